"""The only place that builds adapters: settings in, a bot that can be asked out."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from platformdirs import user_cache_path

from bot.adapters.docs import DocsControl, DocsRetriever
from bot.adapters.engine import EngineControl
from bot.adapters.llm import ChatModel
from bot.check import Probe
from bot.core.answering import EXTRACTIVE, Answerer
from bot.core.errors import FrontUnusable, IndexUnusable
from bot.core.ports import Asker, CrawlControl
from bot.probes import Parts, list_probes
from bot.settings import Settings
from pipelines.bench import Bench
from pipelines.engine import connect
from pipelines.errors import PipelineError, SourceError
from pipelines.index.chroma import Place
from pipelines.index.embed import Embedder, LocalEmbedder, ServerEmbedder
from pipelines.index.open import Index, open_index
from pipelines.parse import SUFFIXES
from pipelines.sources import open_source
from pipelines.sources.models import BulkSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    answerer: Asker
    index: CrawlControl


@asynccontextmanager
async def open_bot(settings: Settings, *, sources: tuple[str, ...] = ()) -> AsyncIterator[Bot]:
    """A bot on these settings; `sources` restricts what it answers from. Raises IndexUnusable."""
    index = make_index(settings)
    model = make_model(settings)
    try:
        restricted = [make_source(settings, spec).id for spec in sources]
    except SourceError as error:
        raise IndexUnusable(str(error)) from error
    retriever = DocsRetriever(index, sources=restricted)
    # The client library takes seconds to load: meanwhile the index is opened and searched.
    warming = asyncio.create_task(model.warm()) if model else None
    try:
        yield Bot(
            answerer=Answerer(retriever, model, tokens=settings.answer_tokens),
            index=make_control(settings, index, model),
        )
    finally:
        if model and warming:
            warming.cancel()
            await asyncio.gather(warming, return_exceptions=True)
            await model.close()


def probes(settings: Settings) -> tuple[Probe, ...]:
    """The doctor's questions to what these settings name."""
    model = make_model(settings)
    parts = Parts(
        data=settings.data,
        index=make_control(settings, make_index(settings), model),
        sources=settings.sources,
        open_source=partial(make_source, settings),
        model=model,
    )
    return list_probes(parts)


def make_control(settings: Settings, index: Index, model: ChatModel | None) -> DocsControl:
    """What a front may ask of this index, with crawls in this process."""
    return DocsControl(
        index=index,
        open_source=partial(make_source, settings),
        configured=settings.sources,
        language_model=model.name if model else EXTRACTIVE,
    )


def make_engine_control(settings: Settings, *, requested_by: str) -> EngineControl:
    """What a front may ask of the workers on Hatchet; nothing is connected yet."""
    docs = make_control(settings, make_index(settings), make_model(settings))
    return EngineControl(docs, connect, requested_by=requested_by)


async def run_slack(settings: Settings) -> None:
    """Answers in Slack until it is cancelled. Raises FrontUnusable, StateUnusable, IndexUnusable."""
    from bot.adapters.store import open_state
    from bot.conversation.limits import RateLimit
    from bot.conversation.responder import Limits, Responder
    from bot.conversation.writing import Stores
    from bot.slack.app import connected, make_app, make_clients, sign_in
    from bot.slack.budget import StreamBudget
    from bot.slack.commands import Commands
    from bot.slack.front import Front
    from bot.slack.maintainers import Maintainers

    token, app_token = settings.slack_bot_token, settings.slack_app_token
    if token is None or app_token is None:
        raise FrontUnusable("Set SLACK_BOT_TOKEN (xoxb-…) and SLACK_APP_TOKEN (xapp-…).")
    clients = make_clients(token=token.get_secret_value(), api_url=settings.slack_api_url)
    account = await sign_in(clients)
    async with open_bot(settings) as bot, open_state(state_place(settings)) as state:
        stores = Stores(
            ledger=state.ledger, memory=state.memory, feedback=state.feedback, channels=state.channels
        )
        responder = Responder(
            bot.answerer,
            stores,
            platform="slack",
            owner=uuid.uuid4().hex,
            limits=Limits(user=RateLimit(settings.user_limit), team=RateLimit(settings.team_limit)),
        )
        front = Front(responder=responder, stores=stores, clients=clients, budget=StreamBudget())
        commands = Commands(
            front=front,
            crawls=make_crawl_control(settings, bot),
            maintainers=Maintainers(clients.patient, settings.slack_maintainers),
        )
        app = make_app(front, account, commands)
        async with connected(app, front, app_token=app_token.get_secret_value()):
            await asyncio.Event().wait()


def make_crawl_control(settings: Settings, bot: Bot) -> CrawlControl:
    """Crawls by the workers where there is an engine, else in this process."""
    if settings.hatchet_client_token is None:
        return bot.index
    return make_engine_control(settings, requested_by="slack")


def state_place(settings: Settings) -> str | Path:
    """Where the bot's own memory is kept: a database's address, else a file."""
    url = settings.database_url
    return url.get_secret_value() if url else settings.data / "state.sqlite3"


def run_worker(settings: Settings, *, verbose: bool = False) -> None:
    """Works on crawls until SIGTERM; with `verbose`, Hatchet tells every step. Raises IndexUnusable."""
    from pipelines.worker import run_worker

    bench = Bench(
        index=make_index(settings),
        open_source=partial(make_source, settings),
        configured=settings.sources,
    )
    try:
        run_worker(bench, cron=settings.crawl_cron, verbose=verbose)
    except PipelineError as error:
        raise IndexUnusable(str(error)) from error


def make_index(settings: Settings) -> Index:
    """The index that the settings name; nothing is opened yet."""
    place = Place(folder=settings.data / "chroma", host=settings.chroma_host, port=settings.chroma_port)
    return open_index(
        settings.data, place=place, collection=settings.chroma_collection, embedder=make_embedder(settings)
    )


def make_embedder(settings: Settings) -> Embedder:
    """The model that the index is made with."""
    if settings.embedding == "local":
        return LocalEmbedder(cache_folder(settings))
    key = settings.openai_api_key
    return ServerEmbedder(
        model=settings.embedding_model,
        api_key=key.get_secret_value() if key else "",
        base_url=settings.openai_base_url,
        timeout=settings.openai_timeout,
    )


def cache_folder(settings: Settings) -> Path:
    """Where the built embedding model is kept: for all projects of this user, else in the data folder."""
    folder = user_cache_path("docsbot")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return settings.data / "model"
    return folder


def make_model(settings: Settings) -> ChatModel | None:
    """The language model, or None where the bot is to quote."""
    key = settings.openai_api_key
    if key is None and not settings.openai_base_url:
        return None
    return ChatModel(
        model=settings.openai_model,
        api_key=key.get_secret_value() if key else "",
        base_url=settings.openai_base_url,
        # Models that reason refuse any temperature but their own.
        temperature=None if re.match(r"(gpt-5|o[0-9])", settings.openai_model) else 0.0,
        first_seconds=settings.openai_timeout,
        next_seconds=settings.openai_timeout,
    )


def make_source(settings: Settings, spec: str, *, etag: str = "") -> BulkSource:
    """The source of that name; nothing is read yet. Raises SourceInvalid."""
    token = settings.github_token
    return open_source(
        spec,
        suffixes=SUFFIXES,
        include=settings.include,
        exclude=settings.exclude,
        token=token.get_secret_value() if token else None,
        api_url=settings.github_api_url,
        etag=etag,
    )
