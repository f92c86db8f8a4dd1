"""The sources of an answer: its marks validated and numbered, what is cited listed with a quotation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.core import code, words
from bot.core.marks import read_mark
from bot.core.models import Citation, Passage
from bot.core.quotes import find_quote

_TAIL = 600


class MarkFilter:
    """Lets an answer through piece by piece, with every mark naming a source that exists.

    `feed` and `finish` return what may be shown; the pieces joined are the same however the answer was cut.
    Marks are renumbered by first use, so that a reader sees 1, 2, 3. Code is never touched. A number in
    brackets is never left a link: the address would be the model's own.
    """

    def __init__(self, sources: int) -> None:
        """`sources`: marks from 1 to this number name a source."""
        self.claims: dict[int, str] = {}
        """The sources used, in the order of first use, each with the sentence it was first used for."""
        self._sources = sources
        self._held = ""
        self._line = ""
        self._tail = ""
        self._indent = 0
        self._fence: code.Fence | None = None
        self._dropped = False
        self._out: list[str] = []

    @property
    def closing(self) -> str:
        """The line that closes the code fence that is open; empty when none is."""
        if self._fence is None or self._fence.closed_by(self._line, self._indent):
            return ""
        return f"\n{self._fence.mark}"

    def feed(self, delta: str) -> str:
        # Character by character: what is decided cannot depend on how the answer was cut.
        for character in delta:
            self._held += character
            while self._held and self._advance(final=False):
                pass
        return self._take()

    def finish(self) -> str:
        while self._held:
            self._advance(final=True)
        return self._take()

    def _take(self) -> str:
        text = "".join(self._out)
        self._out.clear()
        return text

    def _advance(self, *, final: bool) -> bool:
        """Passes on the beginning of what is held; False when more must come first."""
        if self._fence is not None:
            return self._pass(1)
        blanks = len(self._held) - len(self._held.lstrip(" \t"))
        rest = self._held[blanks:]
        if not self._line.strip() and blanks:
            return self._pass(blanks)  # indentation, which a dropped mark must not take with it
        if not rest:
            return self._pass(1) if final or blanks > 8 else False
        if rest[0] in "[【［\\":
            return self._mark(blanks, rest, final=final)
        if rest[0] in "`~":
            return self._pass(blanks) if blanks else self._code(rest, final=final)
        return self._pass(blanks + 1)

    def _code(self, rest: str, *, final: bool) -> bool:
        fence = code.opens_fence(self._line, rest, self._indent, final=final)
        if fence == "more":
            return False
        if fence is not None:
            self._pass(len(rest.partition("\n")[0]) + 1)
            self._fence = fence
            return True
        end = code.span_end(self._line, rest, final=final) if rest[0] == "`" else None
        if end == "more":
            return False
        return self._pass(end or len(rest) - len(rest.lstrip(rest[0])))

    def _mark(self, blanks: int, rest: str, *, final: bool) -> bool:
        mark = read_mark(rest, final=final)
        if mark == "more":
            return False
        if mark is None:
            escape = rest[0] == "\\" and len(rest) > 1
            return self._pass(blanks + (2 if escape and rest[1] != "[" else 1))
        shown = "".join(f"[{self._number(n)}]" for n in mark.numbers if 1 <= n <= self._sources)
        # At the start of a line `[1]:` would give every mark of the answer the address that follows.
        definition = code.begins_block(self._line) and rest[mark.end : mark.end + 1] == ":"
        taken = blanks + mark.end + definition
        lead, self._held = self._held[:blanks], self._held[taken:]
        if shown:
            self._emit(lead + shown)
        self._dropped = mark.parted or not shown
        return True

    def _number(self, source: int) -> int:
        if source not in self.claims:
            self.claims[source] = words.last_sentence(self._tail)
        return list(self.claims).index(source) + 1

    def _pass(self, length: int) -> bool:
        text, self._held = self._held[:length], self._held[length:]
        self._emit(text)
        return True

    def _emit(self, text: str) -> None:
        if self._dropped and self._tail[-1:].strip() and (text[0].isalnum() or text[0] in "`[]("):
            text = f" {text}"  # what the mark kept apart stays apart
        self._dropped = False
        self._out.append(text)
        self._tail = (self._tail + text)[-_TAIL:]
        for line in (self._line + text).split("\n")[:-1]:
            self._end_line(line)
        self._line = (self._line + text).rpartition("\n")[2]

    def _end_line(self, line: str) -> None:
        if self._fence is None:
            self._indent = code.item_indent(line, self._indent)
        elif self._fence.closed_by(line, self._indent):
            self._fence = None


def cite(claims: Mapping[int, str], passages: Sequence[Passage]) -> tuple[Citation, ...]:
    """The sources used, numbered as a reader sees them; `claims` as a MarkFilter gathered them."""
    return tuple(
        make_citation(number, passages[source - 1], claim)
        for number, (source, claim) in enumerate(claims.items(), start=1)
    )


def make_citation(number: int, passage: Passage, claim: str) -> Citation:
    return Citation(
        number=number,
        title=passage.title,
        path=passage.path,
        url=passage.url,
        heading=passage.heading,
        commit=passage.commit,
        quote=find_quote(passage.text, claim),
    )
