"""JSON as it comes over the wire, narrowed without casts."""

from __future__ import annotations

import json
from collections.abc import Mapping

Json = dict[str, object]
"""A JSON object."""


def parse(text: str) -> object:
    """The JSON value of a text, or the text itself where it is none."""
    try:
        value: object = json.loads(text)
    except ValueError:
        return text
    return value


def parse_object(text: str | bytes) -> Json:
    """The JSON object of a text; empty where it is none."""
    try:
        return as_object(json.loads(text))
    except ValueError:
        return {}


def as_object(value: object) -> Json:
    """A copy of a JSON object; empty for anything else."""
    return {str(key): item for key, item in value.items()} if isinstance(value, dict) else {}


def as_objects(value: object) -> list[Json]:
    """The objects of a JSON list."""
    return [as_object(item) for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def as_text(value: object) -> str:
    """A text; empty for anything else."""
    return value if isinstance(value, str) else ""


def text_of(source: Mapping[str, object], key: str) -> str:
    """The text at a key; empty where there is none."""
    return as_text(source.get(key))


def number_of(source: Mapping[str, object], key: str, default: int) -> int:
    """The whole number at a key."""
    value = source.get(key)
    return value if isinstance(value, int) else default


def without_none(source: Mapping[str, object]) -> Json:
    return {key: value for key, value in source.items() if value is not None}
