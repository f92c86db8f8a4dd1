"""The two workflows, thin over the steps: `rag-crawl` (crawl → push_for_embed) fans out one `rag-embeddings`
(fetch_document → store_embeddings) a file."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import grpc
import urllib3.exceptions
from hatchet_sdk import Context, DurableContext, TaskDefaults
from hatchet_sdk.clients.rest.exceptions import ApiException
from hatchet_sdk.exceptions import NonRetryableException
from hatchet_sdk.runnables.contextvars import ctx_durable_context

from pipelines.bench import Bench
from pipelines.correlation import of_crawl
from pipelines.crawling.file import fetch_file, recorded, store_file
from pipelines.crawling.run import settle_crawl, start_crawl
from pipelines.engine import (
    CRAWL_EVENT,
    CRAWL_WORKFLOW,
    EMBED_EVENT,
    EMBED_WORKFLOW,
    CrawlInput,
    Fetched,
    FileInput,
    Payload,
    Planned,
    Stored,
)
from pipelines.errors import EngineUnavailable, PipelineError, SourceLimited
from pipelines.tracing import crawl_span

if TYPE_CHECKING:
    from hatchet_sdk import Hatchet
    from hatchet_sdk.runnables.workflow import Workflow
    from hatchet_sdk.types.trigger import WorkflowRunTriggerConfig

logger = logging.getLogger(__name__)

_RETRIES = 10
_DEFAULTS = TaskDefaults(
    # The engine's own default would cancel after 5 minutes what waits for a slot in a large fan-out.
    schedule_timeout=timedelta(hours=12),
    # 2, 4, 8 and then 10 s: about a minute and a half. A server that was away is found again in 10 s.
    retries=_RETRIES,
    backoff_factor=2.0,
    backoff_max_seconds=10,
)
_FILES_OF = (
    "files_of"  # metadata of a crawl's files; another than the crawl's own, which is not to be dropped
)
_BULK = 500  # runs pushed in one call


def define_crawl(hatchet: Hatchet, bench: Bench, embeddings: Workflow[FileInput]) -> Workflow[CrawlInput]:
    """`rag-crawl`: makes the index equal to a source."""
    workflow = hatchet.workflow(
        name=CRAWL_WORKFLOW, on_events=[CRAWL_EVENT], input_validator=CrawlInput, task_defaults=_DEFAULTS
    )

    @workflow.task(execution_timeout=timedelta(minutes=30))
    async def crawl(input: CrawlInput, ctx: Context) -> Planned:  # noqa: A002 - the SDK's name
        with _belonging("crawl", input):
            async with _final_failures(input):
                return await start_crawl(bench, input, last=_is_last(ctx))

    # Durable tasks have slots of their own: a crawl that waits holds none that its files need.
    @workflow.durable_task(
        parents=[crawl],
        execution_timeout=timedelta(hours=24),
        schedule_timeout=timedelta(hours=12),
        retries=_RETRIES,
        backoff_factor=2.0,
        backoff_max_seconds=10,
        eviction_policy=None,
    )
    async def push_for_embed(input: CrawlInput, ctx: DurableContext) -> Planned:  # noqa: A002
        planned = ctx.task_output(crawl)
        with _belonging("push_for_embed", input):
            async with _final_failures(input):
                if not planned.ended:
                    carrier = EngineCarrier(hatchet, embeddings, crawl=input.crawl)
                    await settle_crawl(bench, input, planned, carrier)
        return planned

    return workflow


def define_embeddings(hatchet: Hatchet, bench: Bench) -> Workflow[FileInput]:
    """`rag-embeddings`: embeds one file."""
    workflow = hatchet.workflow(
        name=EMBED_WORKFLOW, on_events=[EMBED_EVENT], input_validator=FileInput, task_defaults=_DEFAULTS
    )

    @workflow.task(execution_timeout=timedelta(minutes=5))
    async def fetch_document(input: FileInput, ctx: Context) -> Fetched:  # noqa: A002
        with _belonging("fetch_document", input):
            async with _final_failures(input), recorded(bench, input, last=_is_last(ctx)):
                return await fetch_file(bench, input)

    @workflow.task(parents=[fetch_document], execution_timeout=timedelta(minutes=10))
    async def store_embeddings(input: FileInput, ctx: Context) -> Stored:  # noqa: A002
        with _belonging("store_embeddings", input):
            async with _final_failures(input), recorded(bench, input, last=_is_last(ctx)):
                return await store_file(bench, input, ctx.task_output(fetch_document))

    return workflow


def _is_last(ctx: Context) -> bool:
    return ctx.retry_count >= _RETRIES


@contextmanager
def _belonging(step: str, payload: CrawlInput | FileInput) -> Iterator[None]:
    """What is logged and traced of a step names the crawl."""
    about = {"docsbot.source": payload.source}
    if isinstance(payload, FileInput):
        about["docsbot.path"] = payload.path
    with of_crawl(payload.crawl), crawl_span(step, payload.crawl, about):
        yield


@asynccontextmanager
async def _final_failures(payload: Payload) -> AsyncIterator[None]:
    """Tells the engine which failures no retry mends."""
    try:
        yield
    except SourceLimited as error:
        if not (isinstance(payload, FileInput) and payload.crawl):
            raise
        # The crawl gives the file out again when the limit is lifted.
        raise NonRetryableException(str(error)) from error
    except PipelineError as error:
        if error.passing:
            logger.info("%s: %s It is tried again.", payload, error)
            raise
        logger.warning("%s: %s", payload, error)
        raise NonRetryableException(str(error)) from error


class EngineCarrier:
    """Carries a crawl's files as child runs on the engine."""

    def __init__(self, hatchet: Hatchet, embeddings: Workflow[FileInput], *, crawl: str) -> None:
        self._hatchet = hatchet
        self._embeddings = embeddings
        self._crawl = crawl

    async def carry(self, files: Sequence[FileInput], *, turn: int) -> None:
        # A task that is run twice gives its children the same keys, and the engine runs them once.
        items = [
            self._embeddings.create_bulk_run_item(
                input=file,
                child_key=f"{turn}:{file.blob}:{file.path}",
                additional_metadata={_FILES_OF: self._crawl, "path": file.path},
            )
            for file in files
        ]
        for start in range(0, len(items), _BULK):
            try:
                await _run_many(self._embeddings, items[start : start + _BULK])
            except (grpc.RpcError, OSError) as error:
                raise EngineUnavailable("The engine takes no runs at the moment.") from error

    async def drop(self) -> None:
        # Once is enough: what the engine does not show yet finds the crawl ended, and does nothing.
        try:
            await self._hatchet.runs.aio_bulk_cancel_by_filters_with_pagination(
                additional_metadata={_FILES_OF: self._crawl}, sleep_time=0
            )
        except (TypeError, ApiException, urllib3.exceptions.HTTPError):
            return  # the first is the SDK's way of saying that nothing matched


async def _run_many(embeddings: Workflow[FileInput], items: list[WorkflowRunTriggerConfig]) -> None:
    """Pushes runs as children of the task that calls.

    A durable task's own way is a log that is replayed when the task is run again, and that fails it where it
    then pushes other runs than before. Here each time pushes what is missing at that time.
    """
    outside = contextvars.copy_context()
    outside.run(ctx_durable_context.set, None)
    await asyncio.create_task(embeddings.aio_run_many(items, wait_for_result=False), context=outside)
