"""An answer in a thread of Slack's: streamed where that is allowed, else in finished messages, never half."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Sequence

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.conversation.models import ReplyGone
from bot.conversation.split import split
from bot.core.models import Answer, Citation, Passage
from bot.core.state import Claimed
from bot.slack import blocks, render
from bot.slack.means import Means
from bot.slack.safety import SafeStream, safe
from bot.slack.stream import GONE, Json, Place, Stream, StreamRefused, read_code

logger = logging.getLogger(__name__)

LIMIT = 11_000
"""Characters of one message; Slack takes 12,000 of Markdown in all."""
FULL = 9_000
"""Characters after which a stream goes on in a new message at the next blank line."""
SEARCHING = "is searching the documentation…"
LOADING = ("Looking through the pages…", "Reading what was found…")
STOPPED = "\n\n_Stopped._"


class ThreadReply:
    """The Reply of a mention, a direct message, or a follow-up."""

    def __init__(self, means: Means, place: Place, *, written: Sequence[str] = ()) -> None:
        """`written`: timestamps of the messages that carry an earlier answer, which this one replaces."""
        self._means = means
        self._clients = means.clients
        self._place = place
        self._messages = list(written)
        self._streams_allowed = not written
        self._stream: Stream | None = None
        self._safe = SafeStream()
        self._incomplete = False
        """Something may be missing in what was streamed: in the end, the whole answer is written over it."""
        self._page = ""
        """What stands in the message that is being streamed."""
        self._passages: Sequence[Passage] = ()

    @property
    def id(self) -> str:
        """Timestamps of the messages, separated by commas."""
        return ",".join(self._messages)

    async def searching(self) -> None:
        place = self._place
        # Both at once: the status must be there within a second. The session is what Slack's Stop belongs to.
        await asyncio.gather(
            self._try(
                self._clients.hasty.assistant_threads_setStatus(
                    channel_id=place.channel,
                    thread_ts=place.thread,
                    status=SEARCHING,
                    loading_messages=list(LOADING),
                )
            ),
            self._session("processing"),
        )

    async def found(self, passages: Sequence[Passage]) -> None:
        self._passages = passages

    async def write(self, text: str) -> None:
        await self._write(self._safe.feed(text))

    async def finish(self, answer: Answer) -> None:
        footer = await self._footer(answer.citations)
        streamed = self._stream is not None and not answer.abstained
        if streamed:
            await self._write(self._safe.finish())
            await self._end_stream(footer, render.sources_task(answer.citations))
        if not streamed or self._incomplete:
            await self._replace(safe(answer.text), footer)
        await self._settle()

    async def fail(self, message: str, *, partial: str, retryable: bool) -> None:
        said = render.failure(message, retryable=retryable, value=self._place.question)
        if self._stream is not None:
            await self._write(self._safe.finish())
            await self._stream.end(blocks=said)
        else:
            await self._replace("", said, fallback=message)
        await self._settle()

    async def show(self, claimed: Claimed) -> str:
        """Posts an answer that is finished; the message. Raises ReplyGone."""
        await self._replace(safe(claimed.answer), await self._footer(claimed.citations))
        return self.id

    async def _footer(self, citations: Sequence[Citation]) -> list[Json]:
        ages = await self._means.freshness.ages() if citations else {}
        return blocks.footer(citations, self._place.question, ages=ages, humans=self._means.humans)

    async def stop(self, partial: str) -> None:
        if self._stream is not None:
            await self._write(self._safe.finish() + STOPPED)
            if await self._stream.end():
                # Slack's own Stop has ended the stream before: the mark can only be written over it.
                await self._replace(safe(partial) + STOPPED, ())
        await self._settle()

    async def retract(self) -> None:
        if self._stream is not None:
            await self._stream.end()
        for ts in self._messages:
            if self._stream is None:  # it may have been left streaming by a crashed process
                await self._try(self._clients.hasty.chat_stopStream(channel=self._place.channel, ts=ts))
            await self._try(self._clients.patient.chat_delete(channel=self._place.channel, ts=ts))
        self._messages.clear()
        await self._settle()

    async def _write(self, text: str) -> None:
        """Streams safe text; where there is no stream, it waits for the end."""
        if not text:
            return
        if self._stream is not None and self._is_full(text):
            await self._end_stream()
            self._stream, self._page = None, ""
        stream = await self._open()
        if stream is None:
            self._incomplete = True
        else:
            self._page += text
            await stream.write(text)

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
        return size > LIMIT or ((size > FULL or old) and at_rest and fences % 2 == 0)

    async def _open(self) -> Stream | None:
        """The stream to write into; None where there can be none: then the answer is sent in the end."""
        if self._stream is None and self._streams_allowed:
            stream = Stream(self._clients, self._place, self._means.budget)
            try:
                await stream.start([render.found_task(self._passages)] if not self._messages else ())
            except StreamRefused as refusal:
                logger.info("no stream: %s", refusal)
                self._streams_allowed = False
                return None
            self._stream = stream
            self._messages.append(stream.ts)
        return self._stream

    async def _replace(self, text: str, footer: Sequence[Json], *, fallback: str = "") -> None:
        """Makes the messages of this answer hold this text, and no other."""
        if self._stream is not None:
            await self._stream.end()
        parts = split(text, LIMIT) or ("",)
        for number, part in enumerate(parts):
            made = [*render.body(part), *(footer if number == len(parts) - 1 else ())]
            shown = render.fallback(part or fallback)
            if number < len(self._messages):
                await self._update(self._messages[number], shown, made)
            else:
                await self._post(shown, made)
        surplus = self._messages[len(parts) :]
        del self._messages[len(parts) :]
        for ts in surplus:
            await self._try(self._clients.patient.chat_delete(channel=self._place.channel, ts=ts))

    async def _update(self, ts: str, text: str, made: Sequence[Json]) -> None:
        """Writes a message anew; one that a crashed process left streaming is ended first."""

        def call() -> Awaitable[AsyncSlackResponse]:
            return self._clients.patient.chat_update(
                channel=self._place.channel, ts=ts, text=text, blocks=list(made)
            )

        try:
            await call()
        except SlackApiError as error:
            if read_code(error) != "streaming_state_conflict":
                raise ReplyGone(read_code(error)) from error
            await self._try(self._clients.patient.chat_stopStream(channel=self._place.channel, ts=ts))
            await self._send(call())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ReplyGone("Slack does not answer") from error

    async def _post(self, text: str, made: Sequence[Json]) -> None:
        response = await self._send(
            self._clients.patient.chat_postMessage(
                channel=self._place.channel,
                thread_ts=self._place.thread,
                text=text,
                blocks=list(made),
                unfurl_links=False,
                unfurl_media=False,
            )
        )
        self._messages.append(str(response["ts"]))

    async def _settle(self) -> None:
        """Nothing is under way any more."""
        await asyncio.gather(self._session("active"), self._clear())

    async def _clear(self) -> None:
        place = self._place
        await self._try(
            self._clients.hasty.assistant_threads_setStatus(
                channel_id=place.channel, thread_ts=place.thread, status=""
            )
        )

    async def _session(self, status: str) -> None:
        place = self._place
        await self._try(
            self._clients.hasty.agents_sessions_setStatus(
                channel_id=place.channel, thread_ts=place.thread, status=status
            )
        )

    async def _send(self, call: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
        """A call that must succeed. Raises ReplyGone where it cannot."""
        try:
            return await call
        except SlackApiError as error:
            logger.warning("a message was refused: %s", read_code(error))
            raise ReplyGone(read_code(error)) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ReplyGone("Slack does not answer") from error

    async def _try(self, call: Awaitable[AsyncSlackResponse]) -> None:
        """A call whose failure takes nothing from the answer."""
        try:
            await call
        except SlackApiError as error:
            if (code := read_code(error)) in GONE:
                raise ReplyGone(code) from error
            logger.info("%s was refused: %s", error.response.api_url, code)
        except (aiohttp.ClientError, TimeoutError) as error:
            logger.info("Slack does not answer: %s", type(error).__name__)
