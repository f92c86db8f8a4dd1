"""What anybody may push to the engine: refused where it is wrong, and nothing else harmed."""

from __future__ import annotations

import asyncio

import pytest
from hatchet_sdk.clients.rest.models.v1_task_status import V1TaskStatus

from pipelines.engine import CRAWL_EVENT, EMBED_EVENT, SCHEDULE_WORKFLOW
from tests.engine_crawl.conftest import CRON, FILES, source
from tests.engine_crawl.stack import Stack, wait_until

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        (CRAWL_EVENT, {"source": 5}),  # malformed
        (CRAWL_EVENT, {"source": "acme/docs@main:nowhere"}),  # nobody serves it
        (CRAWL_EVENT, {"source": source("refused"), "version": 99}),  # of a newer program
        (EMBED_EVENT, {"source": source("refused"), "path": "../page-000.md"}),
        (EMBED_EVENT, {"source": source("refused"), "path": "refused/gone.md"}),
        (EMBED_EVENT, {"path": "refused/page-000.md"}),
    ],
)
async def test_a_wrong_event_fails_at_once_and_alone(
    stack: Stack, event: str, payload: dict[str, object]
) -> None:
    pushed = await stack.hatchet.event.aio_push(event, payload)
    async with asyncio.timeout(30):
        while True:
            runs = await stack.hatchet.runs.aio_list(triggering_event_external_id=pushed.event_id)
            if runs.rows and runs.rows[0].status is V1TaskStatus.FAILED:
                break
            await asyncio.sleep(0.1)
    assert stack.alive


async def test_a_source_that_no_worker_serves_is_told_to_its_follower(stack: Stack) -> None:
    name = "acme/docs@main:elsewhere"
    seen = await stack.follow(name, await stack.push(name), seconds=20)
    assert (seen[-1].record.phase, "DOCS_SOURCES" in seen[-1].record.note) == ("failed", True)


async def test_the_schedule_is_kept_once_and_asks_for_every_source(stack: Stack) -> None:
    stack.start_worker(DOCS_CRAWL_CRON=CRON)
    await wait_until(lambda: len(stack.alive) > 1, stack)
    listed = await stack.hatchet.cron.aio_list(workflow_name=SCHEDULE_WORKFLOW)
    assert [row.cron for row in listed.rows or ()] == [CRON]
    await stack.hatchet.runs.aio_create(SCHEDULE_WORKFLOW, {})
    name = source("scheduled")
    await wait_until(lambda: len(stack.index.store.files(name)) == FILES, stack)
    record = stack.ledger.read(name)
    assert record is not None
    assert record.reason == "schedule"
