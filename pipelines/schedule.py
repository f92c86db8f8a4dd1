"""The schedule: a workflow that asks for a crawl of every source, in the way that anybody else does."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hatchet_sdk import Context, EmptyModel

from pipelines.bench import Bench
from pipelines.crawls import push_crawl
from pipelines.engine import SCHEDULE_WORKFLOW

if TYPE_CHECKING:
    from hatchet_sdk import Hatchet
    from hatchet_sdk.runnables.workflow import Workflow


def define_schedule(hatchet: Hatchet, bench: Bench, cron: str) -> Workflow[EmptyModel]:
    """`rag-schedule`: pushes `rag:crawl` for each source at the times of `cron`, or never.

    The engine keeps one schedule however many workers bring it, and forgets it when they come without one.
    """
    workflow = hatchet.workflow(name=SCHEDULE_WORKFLOW, on_crons=[cron] if cron else [])

    # A time that no worker was there for is past: the next one does as well.
    @workflow.task(execution_timeout=timedelta(minutes=5), schedule_timeout=timedelta(minutes=10), retries=2)
    async def push(input: EmptyModel, ctx: Context) -> None:  # noqa: A002 - the SDK's name
        for spec in bench.configured:
            await push_crawl(hatchet, spec, reason="schedule", requested_by="schedule")

    return workflow
