"""GET /v1/answers/{id}, POST /v1/feedback: answers as they were kept, and votes on them."""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import APIRouter, Path

from bot.core.state import Claimed, Vote
from bot.gateway.access import Caller
from bot.gateway.bodies import ID, FeedbackBody, KeptAnswerBody
from bot.gateway.parts import Gateway, MayRead, Parts
from bot.gateway.problems import forbidden, not_found, problems
from bot.gateway.rendering import render_kept

router = APIRouter(tags=["answers"])
AnswerId = Annotated[str, Path(pattern=ID)]


@router.get("/v1/answers/{answer}", operation_id="get_answer", responses=problems(404))
async def get_answer(answer: AnswerId, caller: MayRead, parts: Gateway) -> KeptAnswerBody:
    """An answer that was given over the web. Whoever knows its id, which cannot be guessed, may see it."""
    return render_kept(await _find(parts, answer))


@router.post("/v1/feedback", operation_id="vote", status_code=204, responses=problems(404))
async def vote(body: FeedbackBody, caller: MayRead, parts: Gateway) -> None:
    """A vote on an answer of your own: one that was asked with your key, or whose conversation you name."""
    claimed = await _find(parts, body.answer)
    if not _is_own(claimed, caller, body.conversation):
        raise forbidden("This answer is not your own: send the id of its conversation along.")
    await parts.state.feedback.vote(
        Vote(
            key=claimed.key,
            # Whoever asked without a key is told apart by the conversation, which nobody else knows.
            user=caller.user or "visitor",
            up=body.up,
            question=claimed.question,
            answer=claimed.answer,
            sources=tuple(item.url for item in claimed.citations if item.url),
            comment=body.comment,
        )
    )
    parts.metrics.count_vote(up=body.up)


async def _find(parts: Parts, answer: str) -> Claimed:
    claimed = await parts.asking.find(answer)
    if claimed is None:
        raise not_found("There is no such answer. It may have been removed.")
    return claimed


def _is_own(claimed: Claimed, caller: Caller, conversation: str | None) -> bool:
    if caller.key and claimed.user == caller.user:
        return True
    return conversation is not None and hmac.compare_digest(conversation, claimed.thread)
