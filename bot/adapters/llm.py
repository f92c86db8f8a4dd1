"""A language model behind any server that speaks OpenAI's chat completions."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from bot.adapters.llm_errors import Failure, explain
from bot.adapters.thoughts import ThoughtFilter
from bot.core.errors import ModelCut, ModelRefused, ModelUnavailable
from bot.core.ports import Message

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessageChunk
    from langchain_openai import ChatOpenAI
    from openai import AsyncStream
    from openai.resources.chat.completions import AsyncCompletions

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 10.0
LONGEST_WAIT = 5.0
"""Seconds between two attempts; a server that asks for more is reported as being at its limit."""


class ChatModel:
    """A `Model` over `ChatOpenAI`.

    An attempt that fails before its first text is made again, at most `retries` times; once text has come, a
    failure is a `ModelCut`. `first_seconds` bounds the wait for an attempt's first sign of life,
    `next_seconds` the wait between two. An answer that reaches the model's length limit ends with "…".
    """

    def __init__(
        self,
        *,
        model: str,
        api_key: str,
        base_url: str = "",
        temperature: float | None = 0.0,
        retries: int = 2,
        wait_seconds: float = 0.5,
        first_seconds: float = 30.0,
        next_seconds: float = 30.0,
    ) -> None:
        """`base_url` is OpenAI's when empty; a server of one's own may need no key.

        `temperature` None leaves it to the server. `wait_seconds` before the second attempt, doubled for each
        further one.
        """
        self._name = model
        self._api_key = api_key.strip()
        self._base_url = base_url
        self._temperature = temperature
        self._retries = retries
        self._wait_seconds = wait_seconds
        self._first_seconds = first_seconds
        self._next_seconds = next_seconds
        self._client: asyncio.Future[ChatOpenAI] | None = None

    def __repr__(self) -> str:
        return f"ChatModel(model={self._name!r}, base_url={self._base_url!r})"

    @property
    def name(self) -> str:
        return self._name

    async def warm(self) -> None:
        """Loads the client library (over a second) in a thread; the first `stream` does it otherwise."""
        await self._open()

    async def close(self) -> None:
        """Closes idle connections. Streams must have been closed before."""
        if self._client is not None:
            client, self._client = await self._client, None
            if client.http_async_client is not None:
                await client.http_async_client.aclose()

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str, None]:
        """The completion, piece by piece. Closing the iterator ends the request. Raises ModelFailed."""
        for attempt in range(self._retries + 1):
            failure, started = None, False
            async with aclosing(self._attempt(messages)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Failure):
                        failure = piece
                        break
                    started = True
                    yield piece
            if failure is None:
                return
            if started:
                raise ModelCut(failure.error.detail)
            wait = self._wait_seconds * 2**attempt if failure.wait is None else failure.wait
            if not failure.passing or attempt == self._retries or wait > LONGEST_WAIT:
                raise failure.error
            logger.warning("%s: trying again in %.1f s", failure.error.detail, wait)
            await asyncio.sleep(wait)

    async def _attempt(self, messages: Sequence[Message]) -> AsyncGenerator[str | Failure, None]:
        """Text, and a Failure last when there was one.

        A failure is handed on and not raised, so that no chain of exceptions shows what the server echoed.
        """
        client = await self._open()
        finish = ""
        thoughts = ThoughtFilter()
        limit = self._first_seconds
        async with aclosing(_generate(client, messages)) as chunks:
            while True:
                # What came together is read without waiting: everybody else has a turn between two pieces.
                await asyncio.sleep(0)
                chunk = await self._next(chunks, limit)
                if chunk is None:
                    break
                if isinstance(chunk, Failure):
                    yield chunk
                    return
                limit = self._next_seconds
                finish = chunk.response_metadata.get("finish_reason") or finish
                text = thoughts.feed(chunk.text)
                if text:
                    yield text
        text = thoughts.finish()
        if text:
            yield text
        if ending := _judge_finish(finish):
            yield ending

    async def _next(
        self, chunks: AsyncGenerator[BaseMessageChunk, None], limit: float
    ) -> BaseMessageChunk | Failure | None:
        """The next chunk; None at the end."""
        from openai import OpenAIError

        try:
            async with asyncio.timeout(limit):
                return await anext(chunks, None)
        except TimeoutError:
            return Failure(ModelUnavailable(f"no token within {limit:g} s"))
        # What the client library stumbles over where the server sends something that is no completion.
        except (OpenAIError, ValueError, TypeError, KeyError, AttributeError) as error:
            return explain(error, secret=self._api_key)

    async def _open(self) -> ChatOpenAI:
        if self._client is None:
            self._client = asyncio.ensure_future(asyncio.to_thread(self._build))
        return await asyncio.shield(self._client)

    def _build(self) -> ChatOpenAI:
        import openai
        from langchain_openai import ChatOpenAI
        from pydantic import SecretStr

        silence = max(self._first_seconds, self._next_seconds)
        timeout = openai.Timeout(silence, connect=CONNECT_SECONDS)
        client = ChatOpenAI(
            model=self._name,
            api_key=SecretStr(self._api_key or "none"),
            base_url=self._base_url or None,
            temperature=self._temperature,
            # Attempts and silences are counted here: the client's own count goes on after the first text,
            # and its waits can be a minute long.
            max_retries=0,
            timeout=timeout,
            stream_chunk_timeout=None,
            stream_usage=False,
            # A client of our own, because the shared one outlives the event loop it was made in.
            http_async_client=openai.DefaultAsyncHttpxClient(timeout=timeout),
        )
        client.async_client = _PlainCompletions(client.async_client)
        return client


class _PlainCompletions:
    """The client library's completions, each chunk as the JSON that came.

    Making the library's own classes of a chunk takes as long as all else that is done with it.
    """

    def __init__(self, completions: AsyncCompletions) -> None:
        self._completions = completions

    async def create(self, **payload: Any) -> AsyncStream[object]:
        from openai import AsyncStream

        answer = await self._completions.with_raw_response.create(**payload)
        stream: AsyncStream[object] = answer.parse(to=AsyncStream[object])
        return stream


async def _generate(
    client: ChatOpenAI, messages: Sequence[Message]
) -> AsyncGenerator[BaseMessageChunk, None]:
    stream = client.astream([(message.role, message.text) for message in messages])
    try:
        async for chunk in stream:
            yield chunk
    finally:
        if isinstance(stream, AsyncGenerator):
            await stream.aclose()


def _judge_finish(reason: str) -> str | Failure:
    """What ends the text: nothing after a whole answer, "…" where the model's limit cut it."""
    if not reason:
        return Failure(ModelUnavailable("the stream ended without a finish reason"))
    if reason == "content_filter":
        return Failure(ModelRefused("the server's content filter stopped the answer"), passing=False)
    if reason == "length":
        logger.warning("the answer reached the model's length limit")
        return " …"
    return ""
