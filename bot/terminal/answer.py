"""One answer, from its events to the screen."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

from bot.core.models import Abstained, Answer, AnswerEvent, Cited, Done, Failed, Found, Searching, Text
from bot.terminal.screen import Screen

Event = TypeVar("Event")

UNFINISHED = "The answer ended before it was whole. Please ask again."


@asynccontextmanager
async def closing(events: AsyncIterator[Event]) -> AsyncIterator[AsyncIterator[Event]]:
    """Ends a stream of events that is left in the middle, so that the model's call ends with it."""
    try:
        yield events
    finally:
        if isinstance(events, AsyncGenerator):
            await events.aclose()


async def show_answer(events: AsyncIterator[AnswerEvent], screen: Screen) -> Answer | Failed:
    """Shows the answer and what it rests on; gives back how it ended.

    A stream that ends without a last event counts as failed.
    """
    ended: Answer | Failed = Failed(message=UNFINISHED)
    written = False
    try:
        async with closing(events) as stream:
            async for event in stream:
                match event:
                    case Searching():
                        screen.status("Searching…")
                    case Found(passages=passages):
                        screen.status(f"Reading {len(passages)} passages…" if passages else "Nothing found…")
                    case Text(delta=delta):
                        written = True
                        screen.write(delta)
                    case Cited():
                        pass  # the finished answer names them again
                    case Done(answer=answer) | Abstained(answer=answer):
                        ended = answer
                        if not written:
                            screen.write(answer.text or answer.reason)
                    case Failed():
                        ended = event
    finally:
        screen.end()
    if isinstance(ended, Answer):
        screen.list_sources(ended.citations, heading="Nearest pages" if ended.abstained else "Sources")
    return ended


async def collect_answer(events: AsyncIterator[AnswerEvent]) -> Answer | Failed:
    """How the answer ended, for a reader that wants it whole."""
    async with closing(events) as stream:
        async for event in stream:
            match event:
                case Done(answer=answer) | Abstained(answer=answer):
                    return answer
                case Failed():
                    return event
                case _:
                    pass
    return Failed(message=UNFINISHED)
