"""The thinking that some servers send in front of the answer, in the answer's own stream."""

from __future__ import annotations

_OPEN = "<think>"
_CLOSE = "</think>"


class ThoughtFilter:
    """Takes out a leading `<think>…</think>`; holds back only what may still become one of the two."""

    def __init__(self) -> None:
        self._held = ""
        self._state = "before"

    def feed(self, delta: str) -> str:
        if self._state == "after":
            return delta
        self._held += delta
        if self._state == "before":
            start = self._held.lstrip()
            if start.startswith(_OPEN):
                self._state, self._held = "inside", start[len(_OPEN) :]
            elif not _OPEN.startswith(start):
                return self.finish()
        if self._state == "inside":
            _, closed, rest = self._held.partition(_CLOSE)
            if closed:
                self._state = "after"
                return rest
            self._held = self._held[-len(_CLOSE) :]
        return ""

    def finish(self) -> str:
        """What is held back at the end of the stream: nothing of a thought that was never closed."""
        held = self._held if self._state == "before" else ""
        self._state = "after"
        return held
