"""A model's answer on its way to the reader: cleaned, its refusal recognised, its marks validated."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core import policy
from bot.core.characters import clean
from bot.core.citations import MarkFilter
from bot.core.refusal import RefusalGate


class Draft:
    """`feed` and `finish` return what may be shown; nothing is shown of a refusal.

    While no source has been named, up to `policy.UNMARKED_CHARACTERS` are held back; `finish` gives them up
    when none was named to the end.
    """

    def __init__(self, sources: int) -> None:
        self._gate = RefusalGate()
        self._marks = MarkFilter(sources)
        self._held = ""
        self._started = False
        self._blank = True

    @property
    def refused(self) -> bool:
        return self._gate.refused

    @property
    def settled(self) -> bool:
        """The refusal is whole: the rest of the stream is not needed."""
        return self._gate.complete

    @property
    def reason(self) -> str:
        """The model's sentence on why there is no answer; may be empty."""
        return self._gate.reason

    @property
    def empty(self) -> bool:
        """The model has written nothing."""
        return self._blank and not self.refused

    @property
    def claims(self) -> Mapping[int, str]:
        """The sources named, in the order of first use, each with the sentence that names it first."""
        return self._marks.claims

    def feed(self, delta: str) -> str:
        return self._release(self._marks.feed(self._gate.feed(clean(delta))))

    def finish(self) -> str:
        rest = self._release(self._marks.feed(self._gate.finish()) + self._marks.finish())
        return rest + self._marks.closing if self._started else ""

    def _release(self, text: str) -> str:
        if self._blank:
            text = text.lstrip()
            self._blank = not text
        self._held += text
        if not (self._started or self.claims or len(self._held) > policy.UNMARKED_CHARACTERS):
            return ""
        self._started = self._started or bool(self._held)
        text, self._held = self._held, ""
        return text
