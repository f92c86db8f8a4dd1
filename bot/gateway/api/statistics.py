"""GET /v1/statistics, /v1/gaps, /metrics: how the answers went."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from bot.core.errors import DocsbotError
from bot.gateway.gaps import GapGroup, group_gaps
from bot.gateway.parts import Gateway, MayMaintain, Parts
from bot.gateway.problems import problems
from bot.gateway.rendering import render_gap, render_gap_group, render_statistics
from bot.gateway.reports import GapsBody, StatisticsBody

router = APIRouter(tags=["statistics"])
Days = Annotated[int, Query(ge=1, le=366, description="How many days back, in UTC, today included")]
Limit = Annotated[int, Query(ge=1, le=1_000)]
Grouped = Annotated[bool, Query(description="With the groups of those that mean the same")]
GAPS = 1_000
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def _since(days: int) -> datetime:
    """Midnight (UTC) that begins the first of these days."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=days - 1)


@router.get("/v1/statistics", operation_id="statistics", responses=problems())
async def statistics(caller: MayMaintain, parts: Gateway, days: Days = 30) -> StatisticsBody:
    """Questions a day by platform and outcome, latency and votes, of all platforms together."""
    since, kept = _since(days), parts.state.statistics
    return render_statistics(
        since,
        await kept.questions(since=since),
        await kept.latency(since=since),
        await kept.votes(since=since),
    )


@router.get("/v1/gaps", operation_id="gaps", responses=problems())
async def gaps(
    caller: MayMaintain, parts: Gateway, days: Days = 90, limit: Limit = 100, grouped: Grouped = False
) -> GapsBody:
    """Questions that the documentation did not answer, and does not yet."""
    found = await parts.state.statistics.gaps(since=_since(days), limit=limit)
    groups: list[GapGroup] = []
    if grouped:
        vectors = await parts.meanings.embed([gap.question for gap in found])
        groups = await asyncio.to_thread(group_gaps, found, vectors)
    return GapsBody(
        gaps=[render_gap(gap) for gap in found], groups=[render_gap_group(group) for group in groups]
    )


@router.get(
    "/metrics",
    operation_id="metrics",
    response_class=Response,
    responses={**problems(), 200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(request: Request, parts: Gateway) -> Response:
    """For Prometheus. With a key of scope maintain, or without one from this machine and through no proxy."""
    keyed = "authorization" in request.headers
    if keyed or not parts.guard.is_local(request):
        await parts.guard.admit(request, "maintain")
    await _refresh(parts)
    return Response(parts.metrics.render(), headers={"Content-Type": CONTENT_TYPE})


async def _refresh(parts: Parts) -> None:
    """What is shown of the index and of other processes; what cannot be read now is left as it was."""
    try:
        parts.metrics.show_index(await parts.index.status())
        since, kept = _since(2), parts.state.statistics
        found = await kept.gaps(since=_since(30), limit=GAPS)
        parts.metrics.show_recent(
            list(await kept.questions(since=since)), await kept.votes(since=since), len(found)
        )
    except DocsbotError:
        parts.metrics.unread()
