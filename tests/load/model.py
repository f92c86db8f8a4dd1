"""A model server that streams at a steady rate, as a process of its own: `python -m tests.load.model`.

It speaks as much of OpenAI's wire as the bot asks for, and keeps when each request came and was served.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import web

from tests.fixtures.processes import Leashed, free_port, wait_until_ready
from tests.load.words import answer, number_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How the model answers."""

    delay: float = 0.5
    """Seconds before its first token."""
    rate: float = 40.0
    """Tokens a second."""
    words: int = 112
    """Counted words of an answer, besides the eight tokens around them."""

    @property
    def seconds(self) -> float:
        """For one whole answer."""
        return self.delay + (self.words + 8) / self.rate


@dataclass(slots=True, kw_only=True)
class Served:
    """One request; times are seconds since 1970."""

    number: int
    came: float
    first: float = 0.0
    """When its first token left; 0 for never."""
    ended: float = 0.0
    """When its last token left; 0 where the client was gone before."""


class SteadyModel:
    """The process, while the context lasts."""

    def __init__(self, folder: Path, pace: Pace) -> None:
        self.pace = pace
        self._log = folder / "model.log"
        self._port = free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    def __enter__(self) -> Self:
        pace = self.pace
        numbers = map(str, (self._port, pace.delay, pace.rate, pace.words))
        self._process = Leashed([sys.executable, "-m", "tests.load.model", *numbers], log=self._log)
        wait_until_ready(self._listens, self._process, name="the model server", seconds=30)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.end()

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0

    async def served(self) -> list[Served]:
        """Every request since the start, in order of arrival."""
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session,
            session.get(f"http://127.0.0.1:{self._port}/served") as response,
        ):
            return [Served(**row) for row in await response.json()]


class _Server:
    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._served: list[Served] = []

    def app(self) -> web.Application:
        app = web.Application(client_max_size=8 * 1024 * 1024)
        app.router.add_post("/v1/chat/completions", self._complete)
        app.router.add_get("/served", self._tell)
        return app

    async def _tell(self, request: web.Request) -> web.Response:
        return web.json_response([asdict(row) for row in self._served])

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        said = await request.json()
        number = number_of(str(said["messages"][-1]["content"]))
        if number is None or not said.get("stream"):
            raise web.HTTPBadRequest(text="only streams, and only questions that have a number")
        served = Served(number=number, came=time.time())
        self._served.append(served)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        try:
            await self._stream(response, served)
        except ConnectionError:
            return response  # the client has left
        served.ended = time.time()
        return response

    async def _stream(self, response: web.StreamResponse, served: Served) -> None:
        """Each token at its time: one that was late does not delay the next."""
        loop = asyncio.get_running_loop()
        due = loop.time() + self._pace.delay
        for token in answer(served.number, self._pace.words):
            await asyncio.sleep(max(0.0, due - loop.time()))
            served.first = served.first or time.time()
            await response.write(_frame({"content": token}))
            due += 1 / self._pace.rate
        await response.write(_frame({}, "stop") + b"data: [DONE]\n\n")


def _frame(delta: dict[str, str], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    frame = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]}
    return b"data: " + json.dumps(frame).encode() + b"\n\n"


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.load.model", description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("delay", type=float, help="seconds before the first token")
    parser.add_argument("rate", type=float, help="tokens a second")
    parser.add_argument("words", type=int, help="words of an answer")
    args = parser.parse_args(argv)
    pace = Pace(delay=args.delay, rate=args.rate, words=args.words)
    web.run_app(
        _Server(pace).app(), host="127.0.0.1", port=args.port, print=None, access_log=None, backlog=512
    )


if __name__ == "__main__":
    main()
