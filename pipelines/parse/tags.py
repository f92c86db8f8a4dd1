"""The words of JSX and HTML: tags with their attributes, expressions in braces, string literals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

NAME = re.compile(r"[A-Za-z][\w.:-]*")
SPACE = re.compile(r"\s*")
BLANK_LINE = re.compile(r"\n[ \t]*\n")
ATTRIBUTE = re.compile(r"[^\s\"'<>/={}]+")
EQUALS = re.compile(r"\s*=\s*")
UNQUOTED = re.compile(r"[^\s\"'=<>`{}]+")
TURN = re.compile(r"[{}'\"`/\\]")
LONGEST = 50_000
"""Characters; a longer tag is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """An attribute's value; `code` when it stood in braces and is not a string literal."""

    text: str
    code: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    name: str
    """As written; empty for a fragment, `<>`."""
    attributes: dict[str, Value]
    closing: bool
    """`</name>`."""
    closed: bool
    """`<name/>`."""
    end: int
    """Position behind it."""

    def said(self, *names: str) -> str:
        """The first of these attributes that is a string with something in it."""
        for name in names:
            value = self.attributes.get(name)
            if value and not value.code and value.text.strip():
                return " ".join(value.text.split())
        return ""


class Endless(ValueError):
    """A quote or a brace of a tag that never closes."""


class TagReader:
    """Reads the tags of one text. After too many that never close it takes `<` for a sign: reading stays
    linear in the text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._patience = len(text) // LONGEST + 20

    def read(self, start: int) -> Tag | None:
        """The tag that begins at `text[start] == "<"`, None where none does."""
        if self._patience <= 0:
            return None
        try:
            return read_tag(self._text, start)
        except Endless:
            self._patience -= 1
            return None


def read_tag(text: str, start: int) -> Tag | None:
    """The tag that begins at `text[start] == "<"`, None where none does. Raises Endless."""
    position = start + 1
    closing = text.startswith("/", position)
    position += closing
    found = NAME.match(text, position)
    if not found:
        fragment = text.startswith(">", position)
        return (
            Tag(name="", attributes={}, closing=closing, closed=False, end=position + 1) if fragment else None
        )
    name, position = found.group(), found.end()
    if text[position : position + 1] not in (" ", "\n", "\t", "/", ">", "{"):
        return None
    attributes: dict[str, Value] = {}
    while position - start < LONGEST:
        space = SPACE.match(text, position)
        if space:
            # Between the attributes of an HTML element stands no blank line; `a <b and c` is prose.
            if name[0].islower() and BLANK_LINE.search(space.group()):
                return None
            position = space.end()
        if text.startswith(">", position) or text.startswith("/>", position):
            closed = text[position] == "/"
            end = position + 1 + closed
            return Tag(name=name, attributes=attributes, closing=closing, closed=closed, end=end)
        after = read_attribute(text, position, attributes)
        if after < 0:
            return None
        position = after
    return None


def read_attribute(text: str, position: int, attributes: dict[str, Value]) -> int:
    """Stores the attribute that begins here; the position behind it, -1 where none begins. Raises
    Endless."""
    if text.startswith("{", position):
        return skip_attribute(text, position)
    found = ATTRIBUTE.match(text, position)
    if not found:
        return -1
    name, position = found.group(), found.end()
    equals = EQUALS.match(text, position)
    if not equals:
        attributes[name] = Value(text="")
        return position
    position = equals.end()
    quote = text[position : position + 1]
    if quote in ('"', "'"):
        end = text.find(quote, position + 1, position + LONGEST)
        if end < 0:
            raise Endless
        attributes[name] = Value(text=text[position + 1 : end])
        return end + 1
    if quote == "{":
        end = skip_attribute(text, position)
        attributes[name] = read_value(text[position + 1 : end - 1])
        return end
    bare = UNQUOTED.match(text, position)
    if not bare:
        return -1
    attributes[name] = Value(text=bare.group())
    return bare.end()


def skip_attribute(text: str, start: int) -> int:
    end = skip_braces(text, start, start + LONGEST)
    if end < 0:
        raise Endless
    return end


def read_value(source: str) -> Value:
    literal = read_string(source)
    return Value(text=source, code=True) if literal is None else Value(text=literal)


def skip_braces(text: str, start: int, limit: int | None = None) -> int:
    """Position behind the brace that closes the one at `start`, -1 where none does before `limit`."""
    return skip_code(text, start, len(text) if limit is None else min(limit, len(text)))


def skip_code(text: str, start: int, limit: int) -> int:
    """Braces, strings, templates and comments nest; `open_` holds what is open, innermost last."""
    open_: list[str] = []
    position = start
    while True:
        found = TURN.search(text, position, limit)
        if not found:
            return -1
        mark, position = found.group(), found.end()
        if mark == "\\":
            position += 1
        elif open_ and open_[-1] == "`":
            if mark == "`":
                open_.pop()
            elif mark == "{" and text[position - 2] == "$":
                open_.append("{")
        elif mark == "{" or mark == "`":
            open_.append(mark)
        elif mark == "}":
            open_.pop()
            if not open_:
                return position
        else:
            position = skip_quoted(text, position, limit, mark)


def skip_quoted(text: str, position: int, limit: int, mark: str) -> int:
    """Behind a string or comment that `mark` opened just before `position`; `position` where it opens none:
    an apostrophe in the text of an element closes on no line."""
    if mark == "/":
        ends = {"*": "*/", "/": "\n"}.get(text[position : position + 1])
        if not ends or (ends == "\n" and text[position - 2 : position - 1] == ":"):
            return position
        end = text.find(ends, position + 1, limit)
        return position if end < 0 else end + len(ends)
    line_end = text.find("\n", position, limit)
    line_end = limit if line_end < 0 else line_end
    while position < line_end:
        end = text.find(mark, position, line_end)
        if end < 0:
            return position
        if text[end - 1] != "\\":
            return end + 1
        position = end + 1
    return position


def read_string(source: str) -> str | None:
    """The text of a JavaScript string literal or of a template without holes, None for other code."""
    source = source.strip()
    if len(source) < 2 or source[0] not in "'\"`" or source[-1] != source[0]:
        return None
    inside = source[1:-1]
    if source[0] == "`" and "${" in inside:
        return None
    if "\\" in inside:
        inside = re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t"}.get(found[1], found[1]), inside)
    elif source[0] in inside:
        return None
    return inside


def read_labels(source: str) -> list[str]:
    """The labels in an array, `["npm", { label: "yarn" }, <Icon />]` → `npm`, `yarn` and an empty one."""
    source = source.strip()
    if not source.startswith("[") or not source.endswith("]"):
        return []
    return [read_label(item) for item in split_items(source[1:-1])]


def read_label(item: str) -> str:
    literal = read_string(item)
    if literal is not None:
        return " ".join(literal.split())
    named = re.search(r"\b(?:label|title|name)['\"]?\s*:\s*(['\"`])(.*?)\1", item)
    return named[2] if named and item.startswith("{") else ""


def split_items(source: str) -> Iterator[str]:
    """The items of an array, cut at the commas that stand outside strings and brackets."""
    depth, start, position = 0, 0, 0
    while position < len(source):
        letter = source[position]
        position += 1
        if letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
        elif letter in "'\"`":
            position = skip_quoted(source, position, len(source), letter)
        elif letter == "," and depth == 0:
            yield source[start : position - 1].strip()
            start = position
    if source[start:].strip():
        yield source[start:].strip()
