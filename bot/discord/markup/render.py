"""An answer as Discord takes it: nothing pings, nothing unfolds, tables are aligned text. Pure.

Discord knows three levels of headings, no tables, and one kind of fence. It reads `@everyone`, `<@…>`, `<#…>`
and `||…||` outside of code only; its own `AllowedMentions` stays the second lock.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from bot.core.code import Undecided
from bot.core.models import Citation
from bot.text import safety
from bot.text.links import LONGEST, read_target
from bot.text.markup import align, describe_source, is_delimiter, plain_cell, read_markdown, split_row
from bot.text.rules import BREAK, FENCE, Guarded

LIMIT = 2_000
"""Of a message's content."""
_LONGEST_ROW = 2_000
"""Characters of a heading or a table's row that are waited for."""

_INVITE = re.compile(r"(?:https?://)?(?:www\.)?discord(?:app)?\.(?:gg|com/invite|li|me)(?=/)", re.IGNORECASE)
_INVITE_BARE = re.compile(r"discord(?:app)?\.(?=(?:gg|com/invite|li|me)/)", re.IGNORECASE)
_INVITE_BEGUN = re.compile(r"discord[a-z]{0,3}(?:\.[a-z]{0,3}(?:/[a-z]{0,6})?)?", re.IGNORECASE)
_INSIDE = re.compile(r"[^\s<>|]*")
_ENTITY = re.compile(r"(?:[@#:]|(?:a|t|id|sound):)|/[^:]*:\d", re.IGNORECASE)
_PINGS = ("everyone", "here")
_PING = re.compile(r"@(?=everyone|here)", re.IGNORECASE)


class DiscordRules:
    plain: Final = re.compile(r"(?:[^\\`~!\[\]<@|\nhHdD]|(?<=[^\W_])[hH])+")
    wraps_addresses: Final = True

    def guard(self, rest: str, *, in_code: bool, final: bool) -> Guarded | Undecided | None:
        if in_code:
            return None
        match rest[0]:
            case "@":
                return _guard_ping(rest, final=final)
            case "<":
                return _guard_angle(rest, final=final)
            case "|" if len(rest) == 1:
                return None if final else "more"
            case "|":
                return Guarded(1, f"|{BREAK}") if rest[1] == "|" else None
            case "d" | "D":
                return _guard_invite(rest, final=final)
        return None

    def link(self, face: str, target: str) -> str:
        shown = self.address(target)
        return f"{face} ({shown})" if _INVITE.match(target) else f"[{face}]({shown})"

    def address(self, target: str) -> str:
        """In angle brackets it does not unfold. An invite is text: it would show a card even so."""
        target = _PING.sub("%40", target)
        return f"`{target}`" if _INVITE.match(target) else f"<{target}>"


def _guard_ping(rest: str, *, final: bool) -> Guarded | Undecided | None:
    name = rest[1:9].casefold()
    if name.startswith(_PINGS):
        return Guarded(1, f"@{BREAK}")
    return "more" if not final and any(ping.startswith(name) for ping in _PINGS) else None


def _guard_angle(rest: str, *, final: bool) -> Guarded | Undecided | None:
    inside = _INSIDE.match(rest, 1)
    content = inside.group() if inside else ""
    end = rest[len(content) + 1 :][:1]
    if _ENTITY.match(content):
        return Guarded(1, f"<{BREAK}")
    if not end:
        return None if final or len(content) > LONGEST else "more"
    if end == ">" and (target := read_target(content)):
        address = urlsplit(target).scheme in ("http", "https")
        return Guarded(len(content) + 2, DiscordRules().address(target) if address else f"<{target}>")
    return None


def _guard_invite(rest: str, *, final: bool) -> Guarded | Undecided | None:
    found = _INVITE_BARE.match(rest)
    if found:
        return Guarded(found.end(), f"{found.group()}{BREAK}")
    begun = "discord".startswith(rest.casefold()) or _INVITE_BEGUN.fullmatch(rest)
    return "more" if begun and not final else None


class SafeStream(safety.SafeStream):
    """`feed` and `finish` return what Discord may be sent. A table is held back until it ends."""

    def __init__(self) -> None:
        super().__init__(DiscordRules())
        self._rows: list[str] = []

    def finish(self) -> str:
        shown = super().finish()
        self._end_table()
        return shown + self._take_out()

    def _begins_block(self) -> bool:
        return not self._line

    def _block(self, *, final: bool) -> bool | Undecided:
        if self._line:
            return False
        line, newline, after = self._held.partition("\n")
        bare = line.lstrip(" ")
        if not bare and not newline and not final and len(line) < 4:
            return "more"
        if bare.startswith("|") and len(line) - len(bare) < 4:
            return self._table(line, newline, after, final=final)
        self._end_table()
        if bare.startswith("#") and bare == line:
            return self._heading(line, newline, final=final)
        return False

    def _heading(self, line: str, newline: str, *, final: bool) -> bool | Undecided:
        """`#### Deep` in bold: Discord knows three levels."""
        text = line.lstrip("#")
        level = len(line) - len(text)
        if not 4 <= level <= 6:
            return "more" if not (text or newline or final) and level < 4 else False
        if text and not text[0].isspace():
            return False
        if not (newline or final):
            return False if len(line) > _LONGEST_ROW else "more"
        shown = text.strip().rstrip("#").rstrip().replace("**", "")
        self._held = f"{f'**{shown}**' if shown else ''}{newline}{self._held[len(line + newline) :]}"
        return not self._held  # what it became is read on

    def _table(self, line: str, newline: str, after: str, *, final: bool) -> bool | Undecided:
        if not (newline or final):
            if len(line) <= _LONGEST_ROW:
                return "more"
            self._end_table()
            return False
        if self._rows:
            self._rows.append(line)
            self._skip(len(line + newline))
            return True
        second, second_newline, _ = after.partition("\n")
        begun = second.lstrip(" ")[:1] in ("", "|") and len(second) <= _LONGEST_ROW
        if begun and not (second_newline or final):
            return "more"
        if not is_delimiter(second) or len(split_row(second)) != len(split_row(line)):
            return False
        self._rows = [line]
        self._skip(len(line + newline + second + second_newline))
        return True

    def _skip(self, length: int) -> None:
        self._held = self._held[length:]

    def _end_table(self) -> None:
        if self._rows:
            text = align_rows(self._rows)
            self._rows = []
            self._emit(f"{FENCE}\n{text}\n{FENCE}\n")


def align_rows(lines: Sequence[str]) -> str:
    """A table's rows, its header first, as text for a fence."""
    cells = [[plain_cell(read_markdown(cell)) for cell in split_row(line)] for line in lines]
    return align(cells).replace(FENCE, BREAK.join(FENCE))


def safe(markdown: str) -> str:
    """Markdown that Discord may be sent, not yet split."""
    stream = SafeStream()
    return stream.feed(markdown) + stream.finish()


def sources(citations: Sequence[Citation], *, ages: Mapping[str, str] | None = None) -> str:
    """A line for each: `[1] [Title › Heading](<address>)`, the short commit, its age."""
    return "\n".join(safe(f"[{each.number}] {describe_source(each, ages or {})}") for each in citations)
