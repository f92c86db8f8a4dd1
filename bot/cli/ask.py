"""docsbot ask: one question from the command line, or a stream of them (`--jsonl`)."""

from __future__ import annotations

import argparse
import asyncio

from bot.cli.answers import ask_once
from bot.cli.configuration import read_settings
from bot.cli.runtime import ABSTAINED, ANSWERED, FAILED, Runtime, UsageError
from bot.core.errors import IndexUnusable
from bot.core.models import Answer, Failed, Question
from bot.core.ports import Asker, Service
from bot.records import answer_record, encode, failure_record
from bot.settings import Settings
from bot.terminal.answer import show_answer
from bot.terminal.screen import PlainScreen, Screen

UNINDEXED = "Nothing is indexed yet. Run `docsbot index ./docs` with the folder of your documentation."


def run(args: argparse.Namespace, runtime: Runtime) -> int:
    text = " ".join(args.question).strip()
    if args.jsonl and args.question:
        raise UsageError("--jsonl reads its questions from stdin: give none on the command line.")
    if not args.jsonl and not text:
        raise UsageError('Ask something, for example: docsbot ask "How do I install it?"')
    settings = read_settings(args, runtime)
    return asyncio.run(_run(settings, runtime, None if args.jsonl else text, as_json=args.json))


async def _run(settings: Settings, runtime: Runtime, text: str | None, *, as_json: bool) -> int:
    async with runtime.open_bot(settings) as bot:
        await _require_index(bot)
        if text is None:
            from bot.cli.batch import answer_lines

            return ANSWERED if await answer_lines(bot.answerer, runtime) else FAILED
        question = Question(text=text, id="1")
        if as_json:
            return await _as_json(bot.answerer, question, runtime)
        ended = await show_answer(bot.answerer.ask(question), make_screen(runtime))
    return _code(ended, runtime)


async def _require_index(bot: Service) -> None:
    status = await bot.index.status()
    if not status.chunks:
        raise IndexUnusable(UNINDEXED)


async def _as_json(asker: Asker, question: Question, runtime: Runtime) -> int:
    ended = await ask_once(asker, question)
    if isinstance(ended, Failed):
        runtime.print(encode(failure_record(ended, id=question.id, question=question.text)))
    else:
        runtime.print(encode(answer_record(ended, id=question.id)))
    return _code(ended, runtime)


def _code(ended: Answer | Failed, runtime: Runtime) -> int:
    if isinstance(ended, Failed):
        runtime.warn(ended.message)
        return FAILED
    return ABSTAINED if ended.abstained else ANSWERED


def make_screen(runtime: Runtime) -> Screen:
    """Colours and live Markdown on a terminal, plain text elsewhere."""
    if not runtime.fancy(runtime.stdout):
        return PlainScreen(runtime.stdout)
    from bot.terminal.rich_screen import RichScreen, make_console

    return RichScreen(make_console(runtime.stdout, runtime.environ))
