"""What Slack reads in a text, and how it is kept from reading it in ours.

Slack takes `<!channel>`, `<@U…>`, `<#C…>` and `<address|label>` for its own, even in code, and decodes `&lt;`
before it looks. Each is broken behind its `<`. In code, which people copy, only what Slack would surely read
is touched: `<!DOCTYPE>`, `List<@NonNull T>` and `<https://example.org/>` stay as they are.
"""

from __future__ import annotations

import re
from typing import Final

from bot.core.code import Undecided
from bot.text import safety
from bot.text.links import read_target
from bot.text.rules import BREAK, Guarded

OPEN = re.compile(r"<|&(?:amp;|#0*38;|#[xX]0*26;)*(?:(?:lt|LT);?|#0*60;?|#[xX]0*3[cC];?)")
_ENTITY_BEGUN = re.compile(r"&[#;&0-9a-zA-Z]{0,40}")
_COMMANDS = ("channel", "group", "here", "everyone", "subteam", "date")
_ID = re.compile(r"[A-Z][A-Z0-9]")
_HARMLESS = frozenset("=-/<>,.;:)('\"|+*_~%$?")
_INSIDE = re.compile(r"[^\s<>|]*")
_INSIDE_CODE = re.compile(r"[^\s<>|`]*")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_SCHEME_BEGUN = re.compile(r"[a-z][a-z0-9+.-]*(?::|\Z)", re.IGNORECASE)
_LONGEST = 600
"""Characters of an address that are waited for."""


class SlackRules:
    plain: Final = re.compile(r"[^\\`~!\[\]<&\n]+")
    wraps_addresses: Final = False

    def guard(self, rest: str, *, in_code: bool, final: bool) -> Guarded | Undecided | None:
        if rest[0] not in "<&":
            return None
        if rest[0] == "&" and not final and _ENTITY_BEGUN.fullmatch(rest):
            return "more"
        opening = OPEN.match(rest)
        if opening is None:
            return None
        after = rest[opening.end() :]
        if not after:
            return None if final else "more"
        danger = _in_code(after, final=final) if in_code else _in_prose(after, final=final)
        if danger == "more":
            return "more"
        if danger:
            return Guarded(opening.end(), opening.group() + BREAK)
        inside = _INSIDE.match(after)
        if not in_code and inside and after[inside.end() :][:1] == ">" and ":" in inside.group():
            return Guarded(opening.end() + inside.end() + 1, f"{opening.group()}{inside.group()}>")
        return None

    def link(self, face: str, target: str) -> str:
        return f"[{face}]({target})"

    def address(self, target: str) -> str:
        return target


def _in_prose(after: str, *, final: bool) -> bool | Undecided:
    """Whether Slack would read what stands behind a `<`."""
    head = after[0]
    if head.isspace():
        return False
    if not (head.isalnum() or head in _HARMLESS):
        return True
    inside = _INSIDE.match(after)
    content = inside.group() if inside else ""
    end = after[len(content) : len(content) + 1]
    if not end:
        return len(content) > _LONGEST or (False if final else "more")
    if end == ">" and _SCHEME.match(content):
        return read_target(content) != content
    return end == "|"


def _in_code(after: str, *, final: bool) -> bool | Undecided:
    head, rest = after[0], after[1:]
    if head == "!":
        name = rest[:8].casefold()
        begun = any(command.startswith(name) for command in _COMMANDS)
        return any(map(name.startswith, _COMMANDS)) or ("more" if begun and not final else False)
    if head in "@#":
        begun = len(rest) < 2 and (not rest or "A" <= rest <= "Z")
        return _ID.match(rest) is not None or ("more" if begun and not final else False)
    if not _SCHEME_BEGUN.match(after):
        return False
    inside = _INSIDE_CODE.match(after)
    length = inside.end() if inside else 0
    if length == len(after):
        return length > _LONGEST or (False if final else "more")
    return after[length] in "|`"  # behind the code, Slack may read on


class SafeStream(safety.SafeStream):
    """`feed` and `finish` return what Slack may be sent."""

    def __init__(self) -> None:
        super().__init__(SlackRules())


def safe(markdown: str) -> str:
    """Markdown that Slack may be sent."""
    return safety.safe(markdown, SlackRules())
