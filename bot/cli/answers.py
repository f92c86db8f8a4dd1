"""One whole answer, for the commands that do not stream."""

from __future__ import annotations

from bot.core.errors import DocsbotError
from bot.core.models import Answer, Failed, Question
from bot.core.ports import Asker
from bot.terminal.answer import collect_answer


async def ask_once(asker: Asker, question: Question) -> Answer | Failed:
    """The whole answer; every failure that has words for a person is a Failed."""
    try:
        return await collect_answer(asker.ask(question))
    except DocsbotError as error:
        return Failed(message=error.text, retryable=error.retryable)
