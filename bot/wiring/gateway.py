"""The gateway as a process."""

from __future__ import annotations

import asyncio
import logging
import os
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI

from bot.adapters.addresses import WebRetriever
from bot.adapters.hatchet import reach_engine
from bot.adapters.meaning import Meanings
from bot.adapters.pushes import Watched, watch
from bot.adapters.retention import expiring
from bot.adapters.store import open_state
from bot.conversation.rooms import Rooms
from bot.core.errors import DocsbotError, FrontUnusable
from bot.core.ports import CrawlControl, IndexControl
from bot.core.push import Push
from bot.core.state import MessageKey, State
from bot.gateway.access import Guard, Limits
from bot.gateway.addresses import Proxies
from bot.gateway.app import Place, make_app
from bot.gateway.asking import Asking
from bot.gateway.crawl_desk import CrawlDesk
from bot.gateway.github import Webhook
from bot.gateway.health import Check, Readiness
from bot.gateway.metrics import Metrics
from bot.gateway.parts import ConfiguredSource, Parts
from bot.gateway.server import listen, serve
from bot.settings import Settings
from bot.wiring.parts import make_embedder, make_source, state_place
from bot.wiring.service import Bot, make_crawl_control, open_bot
from bot.wiring.slack_web import attend_slack, furnish_slack, wants_slack
from pipelines.errors import SourceError

logger = logging.getLogger(__name__)

NOBODY = "Nobody may ask yet: make a key by `docsbot keys add NAME`, or set DOCSBOT_ANONYMOUS=on."


async def run_gateway(settings: Settings, *, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serves until it is cancelled. Raises FrontUnusable, StateUnusable, IndexUnusable."""
    with listen(host, port) as listener:
        async with (
            open_bot(settings, through=WebRetriever) as bot,
            open_state(state_place(settings)) as state,
            expiring(state.privacy, settings.retention_days),
        ):
            place = Place(listens_on=host, public_url=settings.public_url, cors=settings.cors)
            if not settings.anonymous and not await state.keyring.list():
                logger.warning(NOBODY)
            crawls = make_crawl_control(settings, bot, requested_by="web")
            parts = make_parts(settings, bot, state, crawls)
            app = make_app(parts, place)
            async with _beside(_slack(settings, furnish_slack(settings, bot, state, crawls), app)):
                await serve(app, listener, ready=ready, ending=parts.desk.close)


async def _slack(settings: Settings, rooms: Rooms, app: FastAPI) -> None:
    if not wants_slack(settings):
        return
    try:
        await attend_slack(settings, rooms, app.include_router)
    except DocsbotError as error:
        logger.error("Slack is not answered any more: %s", error.detail or error.text)


@asynccontextmanager
async def _beside(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Does the work while the context lasts."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def make_parts(settings: Settings, bot: Bot, state: State, crawls: CrawlControl) -> Parts:
    """What the gateway stands on. Raises FrontUnusable."""
    metrics = Metrics()
    desk = CrawlDesk(crawls, metrics)
    return Parts(
        asking=Asking(bot.answerer, state, metrics, owner=uuid.uuid4().hex),
        retriever=bot.retriever,
        meanings=Meanings(make_embedder(settings)),
        index=bot.index,
        state=state,
        guard=Guard(
            state.keyring,
            anonymous=settings.anonymous,
            limits=Limits(key=settings.user_limit, address=settings.address_limit),
            proxies=_proxies(settings),
        ),
        desk=desk,
        metrics=metrics,
        readiness=Readiness(_checks(settings, bot, state)),
        webhook=_webhook(settings, state, desk),
        sources=_sources(settings),
    )


def _proxies(settings: Settings) -> Proxies:
    try:
        return Proxies(settings.proxies)
    except ValueError:
        raise FrontUnusable(
            "DOCSBOT_PROXIES holds what is no address and no network. Example: DOCSBOT_PROXIES=10.0.0.2"
        ) from None


def _sources(settings: Settings) -> tuple[ConfiguredSource, ...]:
    return tuple(ConfiguredSource(spec=spec, id=_source_id(settings, spec)) for spec in settings.sources)


def _source_id(settings: Settings, spec: str) -> str:
    try:
        return make_source(settings, spec).id
    except SourceError:
        return ""  # whoever crawls it says what is wrong with it


def _webhook(settings: Settings, state: State, desk: CrawlDesk) -> Webhook | None:
    if settings.github_webhook_secret is None:
        return None
    watched = watch(
        settings.sources,
        include=settings.include,
        exclude=settings.exclude,
        api_url=settings.github_api_url,
    )
    return Webhook(
        secret=settings.github_webhook_secret.get_secret_value(),
        deliveries=state.deliveries,
        desk=desk,
        touched=partial(_touched, watched),
    )


def _touched(watched: tuple[Watched, ...], push: Push) -> tuple[str, ...]:
    return tuple(item.spec for item in watched if item.touched_by(push))


def _checks(settings: Settings, bot: Bot, state: State) -> dict[str, Check]:
    checks: dict[str, Check] = {
        "index": partial(_check_index, bot.index),
        "records": partial(_check_records, state),
        "language model": partial(_check_model, settings),
    }
    if settings.hatchet_client_token is not None:
        token = settings.hatchet_client_token.get_secret_value()
        checks["hatchet"] = partial(reach_engine, token, os.environ.get("HATCHET_CLIENT_HOST_PORT", ""))
    return checks


async def _check_index(index: IndexControl) -> str:
    status = await index.status()
    return f"{status.chunks:,} chunks" if status.chunks else "empty: nothing is indexed yet"


async def _check_records(state: State) -> str:
    await state.ledger.get(MessageKey(platform="web", team="", channel="", message="ready?"))
    return "answer"


async def _check_model(settings: Settings) -> str:
    await asyncio.sleep(0)
    return "none: the documentation is quoted" if settings.language_model == "extractive" else "configured"
