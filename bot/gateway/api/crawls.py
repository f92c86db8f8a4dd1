"""POST /v1/reindex and /v1/crawls: crawls, asked for, followed, cancelled."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from bot.gateway.bodies import ID
from bot.gateway.crawl_desk import Crawl
from bot.gateway.parts import Gateway, MayMaintain, Parts
from bot.gateway.problems import Problem, not_found, problems
from bot.gateway.rendering import render_crawl_event
from bot.gateway.reports import CrawlBody, CrawlsBody, ReindexBody
from bot.gateway.streams import Event, EventStream, describe_stream

router = APIRouter(tags=["crawls"])
CrawlId = Annotated[str, Path(pattern=ID)]
_STREAM = describe_stream("source", "end")


@router.post("/v1/reindex", operation_id="reindex", status_code=202, responses=problems(404))
async def reindex(body: ReindexBody, caller: MayMaintain, parts: Gateway) -> CrawlBody:
    """Asks for a crawl of configured sources. It goes on in the background: follow it by its id."""
    specs = parts.find_specs(body.sources)
    return render_crawl(parts.desk.request(specs, requested_by=caller.user))


@router.get("/v1/crawls", operation_id="list_crawls", responses=problems())
async def list_crawls(caller: MayMaintain, parts: Gateway) -> CrawlsBody:
    """The crawls that were asked for at this gateway since it started."""
    return CrawlsBody(crawls=[render_crawl(crawl) for crawl in parts.desk.list()])


@router.get(
    "/v1/crawls/{crawl}",
    operation_id="get_crawl",
    response_model=CrawlBody,
    responses={**problems(404), 200: _STREAM},
)
async def get_crawl(
    request: Request, crawl: CrawlId, caller: MayMaintain, parts: Gateway
) -> Response | CrawlBody:
    """How far a crawl is. With `Accept: text/event-stream` as events: `source` at each news of one source,
    and `end` with the whole crawl as the last one. Hanging up ends nothing."""
    found = _find(parts, crawl)
    if "text/event-stream" in request.headers.get("accept", ""):
        return EventStream(_stream(found))
    return render_crawl(found)


@router.delete(
    "/v1/crawls/{crawl}", operation_id="cancel_crawl", status_code=202, responses=problems(404, 409)
)
async def cancel_crawl(crawl: CrawlId, caller: MayMaintain, parts: Gateway) -> CrawlBody:
    """Asks a crawl to end. What it stored stays, and the next one goes on there."""
    found = _find(parts, crawl)
    if not await parts.desk.cancel(found):
        raise Problem(409, "over", "This crawl is over, or cannot be ended.")
    return render_crawl(found)


def render_crawl(crawl: Crawl) -> CrawlBody:
    return CrawlBody(
        id=crawl.id,
        state=crawl.state,
        sources=list(crawl.sources),
        requested_by=crawl.requested_by,
        asked_at=crawl.asked_at,
        ended_at=crawl.ended_at,
        message=crawl.message,
        progress=[render_crawl_event(event) for _, event in crawl.told.values()],
    )


def _find(parts: Parts, crawl: str) -> Crawl:
    found = parts.desk.find(crawl)
    if found is None:
        raise not_found("This gateway knows no such crawl. /v1/status shows what is indexed.")
    return found


async def _stream(crawl: Crawl) -> AsyncGenerator[Event, None]:
    async with aclosing(crawl.follow()) as events:
        async for event in events:
            yield Event(name="source", data=render_crawl_event(event))
    yield Event(name="end", data=render_crawl(crawl))
