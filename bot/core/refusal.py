"""The fixed way in which a model says that the documentation does not answer, kept from the reader."""

from __future__ import annotations

from bot.core import policy

SENTINEL = "NO_ANSWER"
_DECORATION = " \t\n*_`\"'#>"
_DECORATION_LIMIT = 80
_LONGEST_REASON = 2 * policy.REASON_CHARACTERS


class RefusalGate:
    """Holds an answer back only while its beginning may still become the sentinel.

    Models dress it up (`**NO_ANSWER:**`, `> no_answer`), so blanks and emphasis before it and its case do not
    count. `feed` and `finish` return what is not part of a refusal, however the answer was cut.
    """

    def __init__(self) -> None:
        self.refused = False
        self._open = False
        self._held = ""

    @property
    def reason(self) -> str:
        """The sentence after the sentinel, so far; empty when none was given."""
        line = self._held.lstrip(":" + _DECORATION).partition("\n")[0]
        return line.strip(_DECORATION) if self.refused else ""

    @property
    def complete(self) -> bool:
        """Whether nothing that may still come changes the reason."""
        return self.refused and (
            len(self._held) > _LONGEST_REASON or "\n" in self._held.lstrip(":" + _DECORATION)
        )

    def feed(self, delta: str) -> str:
        if self._open:
            return delta
        self._held += delta
        if self.refused:
            return ""
        start = self._held.lstrip(_DECORATION)
        folded = start[: len(SENTINEL)].upper()
        if len(self._held) - len(start) > _DECORATION_LIMIT or not SENTINEL.startswith(folded):
            return self.finish()
        if folded == SENTINEL:
            self.refused, self._held = True, start[len(SENTINEL) :]
        return ""

    def finish(self) -> str:
        if self.refused or self._open:
            return ""
        self._open = True
        return self._held
