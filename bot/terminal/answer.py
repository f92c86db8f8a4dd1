"""One answer, from its events to the screen."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

from bot.core.models import Abstained, Answer, AnswerEvent, Cited, Done, Failed, Found, Searching, Text
from bot.terminal.screen import Screen

Event = TypeVar("Event")

UNFINISHED = "The answer ended before it was whole. Please ask again."
TAKEN_BACK = "\nPlease disregard what stands above:"


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
    showing = _Showing(screen)
    try:
        async with closing(events) as stream:
            async for event in stream:
                showing.take(event)
    finally:
        screen.end()
    if isinstance(showing.ended, Answer):
        screen.list_sources(showing.ended.citations, heading="Sources")
    return showing.ended


class _Showing:
    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._written = False
        self.ended: Answer | Failed = Failed(message=UNFINISHED)

    def take(self, event: AnswerEvent) -> None:
        match event:
            case Searching():
                self._screen.status("Searching…")
            case Found(passages=passages):
                self._screen.status(f"Reading {len(passages)} passages…" if passages else "Nothing found…")
            case Text(delta=delta):
                self._written = True
                self._screen.write(delta)
            case Cited():
                pass  # the finished answer names them again
            case Done(answer=answer):
                self.ended = answer
            case Abstained(answer=answer):
                self._abstain(answer)
            case Failed():
                self.ended = event

    def _abstain(self, answer: Answer) -> None:
        self.ended = answer
        if self._written:
            # What is printed cannot be unprinted, so it is taken back in words.
            self._screen.end()
            self._screen.say(TAKEN_BACK)
        self._screen.write(answer.text or answer.reason)


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
