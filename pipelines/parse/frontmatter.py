"""The block of YAML (or TOML) between fences at a page's head."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass

import yaml

LONGEST = 65_536
"""Characters; a longer block is no front matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontMatter:
    title: str = ""
    description: str = ""


def split_front_matter(text: str) -> tuple[FrontMatter, str]:
    """What the front matter says of the page, and the text behind it.

    Malformed front matter says nothing and is dropped all the same: no reader ever sees it.
    """
    for fence, ends in (("---", ("---", "...")), ("+++", ("+++",))):
        first, newline, rest = text.partition("\n")
        if not newline or first.rstrip() != fence:
            continue
        position = 0
        for line in rest[:LONGEST].splitlines(keepends=True):
            if line.rstrip() in ends:
                body = rest[:position]
                if fence == "---" and not looks_like_yaml(body):
                    break
                return read(fence, body), rest[position + len(line) :]
            position += len(line)
    return FrontMatter(), text


def looks_like_yaml(body: str) -> bool:
    """A page may begin with a thematic break: then prose follows, not `key: value`."""
    lines = [line for line in body.splitlines() if line.strip() and not line.startswith("#")]
    return not lines or ":" in lines[0]


def read(fence: str, body: str) -> FrontMatter:
    try:
        values: object = yaml.safe_load(body) if fence == "---" else tomllib.loads(body)
    except (yaml.YAMLError, tomllib.TOMLDecodeError, ValueError, RecursionError):
        return FrontMatter()
    if not isinstance(values, dict):
        return FrontMatter()
    return FrontMatter(title=one_line(values.get("title")), description=one_line(values.get("description")))


def one_line(value: object) -> str:
    return " ".join(str(value).split()) if isinstance(value, str | int | float) else ""
