"""An answer in a thread of Slack's: streamed where that is allowed, else in finished messages, never half."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from bot.chat.sheet import Ending
from bot.core.models import Passage
from bot.slack.markup import blocks, render
from bot.slack.markup.render import Json
from bot.slack.markup.safety import SafeStream, safe
from bot.slack.writing.means import Means
from bot.slack.writing.messages import Messages
from bot.slack.writing.place import Place
from bot.slack.writing.signs import Signs
from bot.slack.writing.stream import Stream, StreamRefused

logger = logging.getLogger(__name__)

FULL = 9_000
"""Characters after which a stream goes on in a new message at the next blank line."""


class ThreadSheet:
    """The Sheet of an answer that everybody in the thread sees."""

    def __init__(self, means: Means, place: Place, *, written: Sequence[str] = ()) -> None:
        """`written`: timestamps of the messages that carry an earlier answer, which this one replaces."""
        self._means = means
        self._place = place
        self._messages = Messages(means, place, written)
        self._signs = Signs(means, place)
        self._streams_allowed = not written
        self._stream: Stream | None = None
        self._safe = SafeStream()
        self._incomplete = False
        """Something may be missing in what was streamed: in the end, the whole answer is written over it."""
        self._page = ""
        """What stands in the message that is being streamed."""
        self._shown = False
        """Some of it has been streamed."""
        self._passages: Sequence[Passage] = ()

    @property
    def id(self) -> str:
        """Timestamps of the messages, separated by commas."""
        return ",".join(self._messages.timestamps)

    async def begin(self) -> None:
        await self._signs.show()

    async def found(self, passages: Sequence[Passage]) -> None:
        self._passages = passages

    async def write(self, text: str) -> None:
        await self._write(self._safe.feed(text))

    async def end(self, ending: Ending) -> None:
        footer = blocks.below(ending, self._place.key)
        # What abstains may say something else than what was streamed.
        streamed = self._stream is not None and ending.kind != "abstained"
        if streamed:
            await self._write(self._safe.finish())
            await self._end_stream(footer, render.sources_task(ending.citations))
        # Of an answer that was cut short, nobody is shown what he has not seen.
        seen = self._shown or ending.kind in ("whole", "abstained")
        if (self._incomplete or not streamed) and (seen or ending.kind == "failed"):
            await self._replace(safe(ending.text) if seen else "", footer, fallback=ending.note)
        await self._signs.settle()

    async def retract(self) -> None:
        if self._stream is not None:
            await self._stream.end()
        await self._messages.remove(streaming=self._stream is None)
        await self._signs.settle()

    async def _write(self, text: str) -> None:
        """Streams safe text; where there is no stream, it waits for the end."""
        if not text:
            return
        if self._stream is not None and self._is_full(text):
            await self._end_stream()
            self._stream, self._page = None, ""
        if self._stream is not None:
            await self._stream.write(text)
        elif not await self._open(text):
            self._incomplete = True
            return
        self._page += text

    async def _end_stream(self, footer: Sequence[Json] = (), tasks: Sequence[Json] = ()) -> None:
        """Ends the stream; what did not arrive for sure is written over in the end."""
        if self._stream is not None:
            left = await self._stream.end(blocks=footer, tasks=tasks)
            self._incomplete = self._incomplete or bool(left) or self._stream.uncertain

    def _is_full(self, text: str) -> bool:
        """Whether the text begins a new message: at a blank line outside of code, or where it must."""
        size = len(self._page) + len(text)
        fences = sum(line.lstrip().startswith("```") for line in self._page.splitlines())
        at_rest = self._page.endswith("\n\n") or text.startswith("\n\n")
        old = self._stream is not None and self._stream.old
        return size > render.LIMIT or ((size > FULL or old) and at_rest and fences % 2 == 0)

    async def _open(self, text: str) -> bool:
        """Begins a stream with this text; False where there can be none: the answer is sent in the end."""
        if not self._streams_allowed:
            return False
        stream = Stream(self._means.clients, self._place, self._means.budget)
        task = render.found_task(self._passages, task=f"search:{self._place.question}")
        try:
            await stream.start([] if self._messages.timestamps else [task], text)
        except StreamRefused as refusal:
            logger.info("no stream: %s", refusal)
            self._streams_allowed = False
            if refusal.uncertain:
                await self._messages.adopt()
            return False
        self._stream, self._shown = stream, True
        self._messages.timestamps.append(stream.ts)
        return True

    async def _replace(self, text: str, footer: Sequence[Json], *, fallback: str = "") -> None:
        """Makes the messages of this answer hold this text, and no other."""
        if self._stream is not None:
            await self._stream.end()
        if await self._messages.replace(text, footer, fallback=fallback):
            self._signs.replied()
