"""What came last, by key: a mapping that forgets what is old."""

from __future__ import annotations

from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

KEPT = 200


class Newest(Generic[K, V]):
    """The newest KEPT."""

    def __init__(self) -> None:
        self._values: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        return self._values.get(key)

    def keep(self, key: K, value: V) -> None:
        self._values.pop(key, None)
        self._values[key] = value
        if len(self._values) > KEPT:
            del self._values[next(iter(self._values))]
