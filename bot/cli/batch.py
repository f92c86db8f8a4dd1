"""Questions as JSON lines: several are answered at once, and the answers keep the questions' order."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass

from bot.cli.answers import ask_once
from bot.cli.runtime import Runtime
from bot.core.models import Failed, Question, Turn
from bot.core.ports import Asker
from bot.records import Id, answer_record, encode, failure_record
from bot.terminal.lines import read_lines

AT_ONCE = 4


class LineMalformed(Exception):
    """A line that is no question; the text says why, `id` is the line's own where it has one."""

    def __init__(self, reason: str, *, id: Id = None) -> None:  # noqa: A002
        super().__init__(reason)
        self.id = id


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    id: Id
    question: Question


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reply:
    record: Mapping[str, object]
    ok: bool


def parse_request(line: str, number: int) -> Request:
    """One line; without an id, its number stands for it. Raises LineMalformed."""
    try:
        value: object = json.loads(line)
    except (ValueError, RecursionError):
        raise LineMalformed("The line is not JSON.") from None
    if not isinstance(value, dict):
        raise LineMalformed('The line is not an object like {"id": "1", "question": "…"}.')
    given: object = value.get("id")
    if given is not None and (isinstance(given, bool) or not isinstance(given, (str, int))):
        raise LineMalformed("id is neither text nor a whole number.")
    id = str(number) if given is None else given  # noqa: A001
    text: object = value.get("question")
    if not isinstance(text, str) or not text.strip():
        raise LineMalformed("question is missing, empty or not text.", id=given)
    return Request(id=id, question=Question(text=text, id=str(id), thread=_turns(value.get("thread"), id)))


def _turns(value: object, id: Id) -> tuple[Turn, ...]:  # noqa: A002
    """Earlier turns, oldest first. Files of questions name the place that one comes from: that is no turn."""
    if value is None or isinstance(value, str):
        return ()
    if not isinstance(value, list):
        raise LineMalformed("thread is not a list of earlier turns.", id=id)
    return tuple(_turn(item, id) for item in value)


def _turn(item: object, id: Id) -> Turn:  # noqa: A002
    if isinstance(item, str):
        return Turn(role="user", text=item)
    if isinstance(item, dict):
        role: object = item.get("role", "user")
        text: object = item.get("text", item.get("content"))
        if isinstance(text, str) and (role == "user" or role == "assistant"):
            return Turn(role="user" if role == "user" else "assistant", text=text)
    raise LineMalformed(
        'A turn of thread is not like {"role": "user", "text": "…"}; roles: user, assistant.', id=id
    )


async def _reply(asker: Asker, line: str, number: int) -> _Reply:
    try:
        request = parse_request(line, number)
    except LineMalformed as error:
        return _Reply(record={"id": error.id, "error": f"Line {number}: {error}"}, ok=False)
    ended = await ask_once(asker, request.question)
    if isinstance(ended, Failed):
        return _Reply(record=failure_record(ended, id=request.id, question=request.question.text), ok=False)
    return _Reply(record=answer_record(ended, id=request.id), ok=True)


async def answer_lines(asker: Asker, runtime: Runtime) -> bool:
    """Answers until stdin ends; whether every line was answered or abstained on. Blank lines don't count."""
    replies: asyncio.Queue[asyncio.Task[_Reply] | None] = asyncio.Queue()
    places = asyncio.Semaphore(AT_ONCE)
    try:
        async with asyncio.TaskGroup() as group:
            writer = group.create_task(_write(replies, places, runtime))
            number = 0
            async for line in read_lines(runtime.open_stdin()):
                number += 1
                if line.strip():
                    await places.acquire()
                    replies.put_nowait(group.create_task(_reply(asker, line, number)))
            replies.put_nowait(None)
    except ExceptionGroup as errors:
        # The first is the cause: a pipe whose reader is gone; the others were called off with it.
        raise errors.exceptions[0] from None
    return writer.result()


async def _write(
    replies: asyncio.Queue[asyncio.Task[_Reply] | None], places: asyncio.Semaphore, runtime: Runtime
) -> bool:
    ok = True
    while (task := await replies.get()) is not None:
        reply = await task
        runtime.print(encode(reply.record))
        places.release()
        ok = ok and reply.ok
    return ok
