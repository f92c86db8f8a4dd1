"""An answer's messages on Discord: written by edits, split, its sources and buttons below."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

from bot.chat.sheet import Ending
from bot.chat.verbs import Verb
from bot.conversation.cadence import Cadence
from bot.conversation.models import ReplyGone
from bot.core.models import Passage
from bot.core.state import MessageKey
from bot.discord.calls.reach import PACE, Refused
from bot.discord.markup import render
from bot.discord.markup.buttons import view
from bot.discord.markup.layout import lay_out
from bot.discord.writing.outlet import Outlet
from bot.text.split import Splitter

logger = logging.getLogger(__name__)

INTERVAL = 1.6
"""Seconds between two edits: Discord takes five in five seconds for a whole channel."""
PATIENCE = (1.0, 4.0, 10.0, 20.0, 0.0)
"""Seconds after each of the tries to bring an answer to its end while Discord cannot be reached."""


@dataclass(slots=True)
class Page:
    """One message of an answer."""

    id: int
    content: str
    verbs: tuple[Verb, ...]


@dataclass(slots=True)
class Pages:
    """The messages of one answer, and what they say by now."""

    outlet: Outlet
    key: MessageKey
    mark: str
    """Tells this answer's messages from others, also after a crash: by it Discord knows one sent twice."""
    pages: list[Page]

    async def show(self, parts: Sequence[str], verbs: tuple[Verb, ...]) -> None:
        """Makes the messages say these parts, with the buttons below the last one. Raises ReplyGone."""
        shown = [part for part in parts if part.strip()]
        for number, part in enumerate(shown):
            below = verbs if number == len(shown) - 1 else ()
            if number == len(self.pages):
                nonce = f"{self.mark}{number:02d}"
                buttons = view(below, self.key)
                sent = await self.outlet.send(part, buttons, first=number == 0, nonce=nonce)
                self.pages.append(Page(sent, part, below))
                continue
            page = self.pages[number]
            if (page.content, page.verbs) != (part, below):
                await self.outlet.edit(page.id, part, view(below, self.key))
                page.content, page.verbs = part, below
        while len(self.pages) > len(shown):
            gone = self.pages.pop()
            await self.outlet.delete(gone.id)
            self.mark = str(gone.id)  # what comes in its place is another message


class MessageSheet:
    """The Sheet of every answer on Discord."""

    def __init__(
        self,
        outlet: Outlet,
        key: MessageKey,
        *,
        written: Sequence[int] = (),
        mark: str = "",
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`written`: messages that carry an earlier answer, which this one replaces. `mark`: of its messages,
        other than that answer's; at most 23 characters."""
        self._pages = Pages(outlet, key, mark or key.message, [Page(message, "", ()) for message in written])
        self._outlet = outlet
        self._cadence = Cadence(INTERVAL, clock=clock)
        self._safe = render.SafeStream()
        self._splitter = Splitter(render.LIMIT)
        self._parts: list[str] = []
        self._showing: asyncio.Task[None] | None = None
        self._ended = False

    @property
    def id(self) -> str:
        """`channel:message,message`; empty where others cannot find it."""
        if not self._outlet.room or not self._pages.pages:
            return ""
        return f"{self._outlet.room}:{','.join(str(page.id) for page in self._pages.pages)}"

    async def rest(self) -> str:
        """Waits until nothing of it is in flight, as another goes on in its place.

        The id of what was cut short; empty for a whole answer.
        """
        with suppress(ReplyGone):
            await self._settle()
        self._outlet.rest()
        return "" if self._ended else self.id

    async def begin(self) -> None:
        await self._outlet.begin()

    async def found(self, passages: Sequence[Passage]) -> None:
        """Nothing: the bot types."""

    async def write(self, text: str) -> None:
        self._parts += self._splitter.feed(self._safe.feed(text))
        if self._showing is not None:
            if not self._showing.done():
                return  # the newest text wins when this edit is through
            await self._settle()
        if PACE.pressed and self._pages.pages:
            return
        if self._cadence.due and (self._parts or self._splitter.rest.strip()):
            self._cadence.mark()
            parts = [*self._parts, self._splitter.rest]
            self._showing = asyncio.create_task(self._pages.show(parts, ("stop",)))

    async def end(self, ending: Ending) -> None:
        await self._settle()
        await self._end(lay_out(ending), ending.verbs)

    async def retract(self) -> None:
        with suppress(Refused):
            await self._settle()
        await self._end((), ())

    async def _settle(self) -> None:
        """Waits for an edit that is in flight: there is never a second one. Raises Refused.

        One that could not reach Discord is made up for by the next.
        """
        if self._showing is not None:
            showing, self._showing = self._showing, None
            try:
                await showing
            except Refused:
                raise
            except ReplyGone as gone:
                logger.info("a step of an answer is skipped: %s", gone)

    async def _end(self, parts: Sequence[str], verbs: tuple[Verb, ...]) -> None:
        """What the answer comes to; nothing follows that could make up for it. Raises ReplyGone."""
        try:
            for pause in PATIENCE:
                try:
                    await self._pages.show(parts, verbs)
                    self._ended = True
                    return
                except Refused:
                    raise
                except ReplyGone as gone:
                    logger.warning("an answer waits for Discord: %s", gone)
                    await asyncio.sleep(pause)
            raise ReplyGone("Discord cannot be reached")
        finally:
            self._outlet.rest()
