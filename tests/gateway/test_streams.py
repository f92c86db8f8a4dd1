"""Event streams: heartbeats, slow readers, whoever hangs up, whatever breaks; without a network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest
from pydantic import BaseModel
from starlette.types import Message

from bot.gateway.streams import ClientGone, Event, EventStream, until_gone


class Data(BaseModel):
    text: str


class Line:
    """The connection of one client, as a server hands it to an application."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.left = asyncio.Event()
        self.slowness = 0.0

    async def receive(self) -> Message:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.body":
            await asyncio.sleep(self.slowness)
        self.sent.append(message)

    @property
    def body(self) -> str:
        return b"".join(message.get("body", b"") for message in self.sent).decode()


class Maker:
    """Makes events, and knows whether it was closed."""

    def __init__(self, *texts: str) -> None:
        self.texts = texts
        self.made = 0
        self.ending = ""
        self.opened: asyncio.Task[object] | None = None
        self.closed: asyncio.Task[object] | None = None
        self.go_on = asyncio.Event()

    async def make(self) -> AsyncGenerator[Event, None]:
        self.opened = asyncio.current_task()
        try:
            for text in self.texts:
                if text == "wait":
                    await self.go_on.wait()
                if text == "break":
                    raise ValueError("a secret")
                self.made += 1
                yield Event(name="text", data=Data(text=text))
            self.ending = "whole"
        finally:
            self.ending = self.ending or "closed"
            self.closed = asyncio.current_task()


async def run(maker: Maker, line: Line, *, heartbeat: float = 60.0) -> None:
    await EventStream(maker.make(), heartbeat=heartbeat)({"type": "http"}, line.receive, line.send)


async def test_events_are_numbered_lines() -> None:
    line, maker = Line(), Maker("a", "two\nlines\r\nand: a colon", "\u2028")
    await run(maker, line)
    assert line.body == (
        'id: 1\nevent: text\ndata: {"text":"a"}\n\n'
        'id: 2\nevent: text\ndata: {"text":"two\\nlines\\r\\nand: a colon"}\n\n'
        'id: 3\nevent: text\ndata: {"text":"\u2028"}\n\n'
    )
    assert line.sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}
    assert maker.ending == "whole"


async def test_silence_is_filled() -> None:
    line, maker = Line(), Maker("a", "wait")
    running = asyncio.create_task(run(maker, line, heartbeat=0.01))
    async with asyncio.timeout(10):
        while line.body.count(": still here\n\n") < 3:
            await asyncio.sleep(0.01)
    maker.go_on.set()
    await running
    # A comment takes no number.
    assert "id: 2\nevent: text" in line.body


@pytest.mark.parametrize("texts", [("a", "wait"), ("wait",), tuple("a" * 500)])
async def test_hanging_up_closes_the_maker(texts: tuple[str, ...]) -> None:
    line, maker = Line(), Maker(*texts)
    line.slowness = 0.01 if len(texts) > 2 else 0.0
    running = asyncio.create_task(run(maker, line))
    await asyncio.sleep(0.05)
    line.left.set()
    await asyncio.wait_for(running, 10)
    assert maker.ending == "closed"
    # By the task that opened it: what a library keeps by task stays whole.
    assert maker.opened is maker.closed
    assert line.sent[-1].get("more_body", True)


async def test_a_slow_reader_slows_the_maker_down() -> None:
    line, maker = Line(), Maker(*("a" * 500))
    line.slowness = 60.0
    running = asyncio.create_task(run(maker, line))
    await asyncio.sleep(0.05)
    assert maker.made < 100
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert maker.ending == "closed"


async def test_what_breaks_is_not_told_to_the_client() -> None:
    line, maker = Line(), Maker("a", "break")
    with pytest.raises(ValueError, match="a secret"):
        await run(maker, line)
    assert 'data: {"text":"a"}' in line.body
    assert "secret" not in line.body


async def test_work_ends_when_the_client_hangs_up() -> None:
    line, ended = Line(), asyncio.Event()

    async def work() -> str:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()
        return "late"

    running = asyncio.create_task(until_gone(work(), line.receive))
    await asyncio.sleep(0.02)
    line.left.set()
    with pytest.raises(ClientGone):
        await running
    assert ended.is_set()


async def test_work_that_is_done_is_what_counts() -> None:
    async def work() -> str:
        return "done"

    async def fail() -> str:
        raise ValueError("as it is")

    line = Line()
    assert await until_gone(work(), line.receive) == "done"
    with pytest.raises(ValueError, match="as it is"):
        await until_gone(fail(), line.receive)
