"""A bot that can be asked, and what may be asked of its crawls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from bot.adapters.docs import DocsControl, DocsRetriever
from bot.adapters.engine import EngineControl
from bot.adapters.llm import ChatModel
from bot.adapters.observing import ObservedAsker
from bot.adapters.shared import SharedCrawls
from bot.adapters.titles import PageTitles
from bot.adapters.tracing import open_tracing
from bot.check import Probe
from bot.core.answering import EXTRACTIVE, Answerer
from bot.core.errors import IndexUnusable
from bot.core.ports import Asker, CrawlControl, Retriever, TitleBook
from bot.probes import Parts, list_probes
from bot.settings import Settings
from bot.wiring.parts import make_index, make_model, make_source
from pipelines.engine import connect
from pipelines.errors import SourceError
from pipelines.index.open import Index


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    answerer: Asker
    retriever: Retriever
    index: CrawlControl
    titles: TitleBook


@asynccontextmanager
async def open_bot(
    settings: Settings,
    *,
    sources: tuple[str, ...] = (),
    through: Callable[[Retriever], Retriever] | None = None,
) -> AsyncIterator[Bot]:
    """A bot on these settings; `sources` restricts what it answers from. Raises IndexUnusable.

    `through` may change what is found before anybody sees it.
    """
    index = make_index(settings)
    model = make_model(settings)
    try:
        restricted = [make_source(settings, spec).id for spec in sources]
    except SourceError as error:
        raise IndexUnusable(str(error)) from error
    retriever: Retriever = DocsRetriever(index, sources=restricted)
    if through is not None:
        retriever = through(retriever)
    # The client library takes seconds to load: meanwhile the index is opened and searched.
    warming = asyncio.create_task(model.warm()) if model else None
    try:
        with open_tracing(settings.otlp_endpoint) as tracer:
            answerer = Answerer(retriever, model, tokens=settings.answer_tokens)
            yield Bot(
                answerer=ObservedAsker(answerer, tracer=tracer, worded=settings.log_questions),
                retriever=retriever,
                index=make_control(settings, index, model),
                titles=PageTitles(index),
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


def make_crawl_control(settings: Settings, bot: Bot, *, requested_by: str) -> CrawlControl:
    """Crawls by the workers where there is an engine, else in this process."""
    if settings.hatchet_client_token is None:
        return SharedCrawls(bot.index)
    return make_engine_control(settings, requested_by=requested_by)
