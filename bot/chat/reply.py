"""The Reply of every question that was put to the bot, whatever it is written on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.chat.sheet import Ending, Sheet
from bot.chat.verbs import Verb
from bot.conversation.freshness import Freshness
from bot.core.models import Answer, Citation, Passage
from bot.core.state import Claimed

STOPPED = "Stopped."


class ChatReply:
    def __init__(self, sheet: Sheet, freshness: Freshness, *, below: tuple[Verb, ...]) -> None:
        """`below`: the buttons of a finished answer."""
        self._sheet = sheet
        self._freshness = freshness
        self._below = below

    @property
    def id(self) -> str:
        return self._sheet.id

    async def searching(self) -> None:
        await self._sheet.begin()

    async def found(self, passages: Sequence[Passage]) -> None:
        await self._sheet.found(passages)

    async def write(self, text: str) -> None:
        await self._sheet.write(text)

    async def finish(self, answer: Answer) -> None:
        # What was not answered is nothing to share.
        verbs = tuple(verb for verb in self._below if not (answer.abstained and verb == "share"))
        await self._sheet.end(
            Ending(
                kind="abstained" if answer.abstained else "whole",
                text=answer.text,
                citations=answer.citations,
                ages=await self._ages(answer.citations),
                verbs=verbs,
            )
        )

    async def show(self, claimed: Claimed) -> str:
        """Posts an answer that is finished; its id. Raises ReplyGone."""
        ages = await self._ages(claimed.citations)
        ending = Ending(
            kind="whole", text=claimed.answer, citations=claimed.citations, ages=ages, verbs=self._below
        )
        await self._sheet.end(ending)
        return self.id

    async def fail(self, message: str, *, partial: str, retryable: bool) -> None:
        again: tuple[Verb, ...] = ("retry",) if retryable else ()
        await self._sheet.end(Ending(kind="failed", text=partial, note=message, verbs=again))

    async def stop(self, partial: str) -> None:
        await self._sheet.end(Ending(kind="stopped", text=partial, note=STOPPED))

    async def retract(self) -> None:
        await self._sheet.retract()

    async def _ages(self, citations: Sequence[Citation]) -> Mapping[str, str]:
        return await self._freshness.ages() if citations else {}
