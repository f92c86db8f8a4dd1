"""GET /v1/search, GET /v1/status: what the documentation holds, and what is indexed of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from bot.core import policy
from bot.core.answering import check_question
from bot.core.models import Question
from bot.gateway.bodies import SearchBody, SourceName, StatusBody
from bot.gateway.parts import Gateway, MayRead
from bot.gateway.problems import problems
from bot.gateway.rendering import render_passage, render_status

router = APIRouter(tags=["documentation"])

MOST = 20
Words = Annotated[
    str,
    Query(min_length=1, max_length=policy.QUESTION_CHARACTERS, description="A question, or words of one"),
]
Limit = Annotated[int, Query(ge=1, le=MOST, description="Sections at most")]
Sources = Annotated[
    list[SourceName],
    Query(alias="source", max_length=20, description="Only these sources, by the names of /v1/status"),
]


@router.get("/v1/search", operation_id="search", responses=problems(404))
async def search(
    q: Words,
    caller: MayRead,
    parts: Gateway,
    limit: Limit = 10,
    source: Sources = [],  # noqa: B006
) -> SearchBody:
    """Sections of the documentation that answer the question, best first, without a language model."""
    question = Question(text=check_question(q), sources=await parts.find_ids(source))
    found = await parts.retriever.retrieve(question, tokens=policy.SOURCE_TOKENS)
    passages = [render_passage(item) for item in found.passages[:limit]]
    return SearchBody(query=question.text, confidence=found.confidence, passages=passages)


@router.get("/v1/status", operation_id="status", responses=problems())
async def status(caller: MayRead, parts: Gateway) -> StatusBody:
    """What is indexed, how fresh it is, and what the caller may do. Maintainers see failed files too."""
    return render_status(await parts.index.status(), caller)
