"""Crawls on the real engine, by a real worker process, as one asks for them and follows them."""

from __future__ import annotations

import asyncio
import signal
import time

import pytest

from pipelines.engine import EMBED_EVENT
from pipelines.index.records import file_id
from tests.engine_crawl.conftest import CRON, FILES, source
from tests.engine_crawl.stack import Stack, dump, wait_until, write_files

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_the_command_crawls_and_then_finds_nothing_new(stack: Stack) -> None:
    name = source("commands")
    before = len(stack.github.calls)
    first = await stack.run("reindex", name, "--json")
    assert first.code == 0, f"{first.err}\n{stack.logs()}"
    wanted = {"source": name, "commit": stack.github.head, "files": FILES, "added": FILES, "unchanged": 0}
    assert first.summary.items() >= {**wanted, "failed": [], "embedded_chunks": 3 * FILES}.items()
    # The commit, the tree, and each file once.
    assert len(stack.github.calls) - before == FILES + 2

    before, asked = len(stack.github.calls), len(stack.openai.requests)
    again = await stack.run("reindex", name, "--json")
    assert again.code == 0, again.err
    assert again.summary.items() >= {"added": 0, "unchanged": FILES, "embedded_chunks": 0}.items()
    assert [call.headers.get("if-none-match", "")[:2] for call in stack.github.calls[before:]] == ["W/"]
    assert len(stack.openai.requests) == asked

    stack.github.push(write_files("commands", 1, word="zanzibar"))
    changed = await stack.run("reindex", name, "--json")
    assert changed.summary.items() >= {"changed": 1, "unchanged": FILES - 1, "embedded_chunks": 3}.items()
    found = await stack.run("ask", "What is the zanzibar text of commands-0-1?", "--json")
    assert '"commands/page-000.md"' in found.out, found


async def test_five_requests_at_once_are_one_crawl(stack: Stack) -> None:
    name = source("five")
    crawls = [await stack.push(name) for _ in range(5)]
    ends = await asyncio.gather(*[stack.follow(name, crawl) for crawl in crawls])
    last = [seen[-1].record for seen in ends]
    assert {record.crawl for record in last} < set(crawls)
    assert {record.phase for record in last} == {"done"}, stack.logs()
    assert last[0].added == FILES
    assert set(stack.embedded("text of five-").values()) == {1}


async def test_a_push_during_a_crawl_is_looked_at_after_it(stack: Stack) -> None:
    name = source("again")
    first = await stack.push(name)
    following = asyncio.create_task(stack.follow(name, first))
    await stack.until_done(name, 1)
    stack.github.push(write_files("again", 1, start=FILES))
    second = await stack.follow(name, await stack.push(name))
    await following
    assert second[-1].record.serves(first)
    assert second[-1].record.commit == stack.github.head
    assert len(stack.index.store.files(name)) == FILES + 1


async def test_an_event_alone_embeds_one_file_again(stack: Stack) -> None:
    name = source("alone")
    await stack.crawl(name)
    path = "alone/page-003.md"
    stack.github.push(write_files("alone", 1, word="other", start=3))
    await stack.hatchet.event.aio_push(EMBED_EVENT, {"source": name, "path": path})
    await wait_until(lambda: sum(stack.embedded("other text of alone-").values()) == 3, stack)
    await wait_until(lambda: "other" in _text(stack, path), stack)
    assert stack.index.store.files(name).keys() == {f"alone/page-{number:03}.md" for number in range(FILES)}


def _text(stack: Stack, path: str) -> str:
    record = stack.index.store.file(source("alone"), path)
    chunks, _ = stack.index.store.load(record.chunks if record else ())
    return " ".join(chunk.text for chunk in chunks)


async def test_a_worker_leaves_its_crawl_to_the_next(stack: Stack) -> None:
    """SIGTERM: the files in hand are finished, nothing is embedded twice, the follower sees it through."""
    name = source("left")
    worker = stack.alive[0]
    crawl = await stack.push(name)
    following = asyncio.create_task(stack.follow(name, crawl))
    await stack.until_done(name, 2)
    worker.send(signal.SIGTERM)
    begin = time.monotonic()
    stack.start_worker(DOCS_CRAWL_CRON=CRON)
    assert await asyncio.to_thread(worker.wait, 40) == 0
    assert time.monotonic() - begin < 30
    seen = await following
    assert seen[-1].record.phase == "done", stack.logs()
    assert seen[-1].record.crawl == crawl
    assert set(stack.embedded("text of left-").values()) == {1}


async def test_cancel_ends_a_crawl_and_leaves_what_is_stored(stack: Stack) -> None:
    name = source("cancelled")
    stack.github.patience = 15
    stack.github.fail("slow", times=4, on="/git/blobs/")
    asked = await stack.run("reindex", name, "--no-wait")
    assert asked.code == 0, asked.err
    record = await stack.until_done(name, FILES - 4)
    cancelled = await stack.run("reindex", name, "--cancel")
    assert cancelled.code == 0, cancelled.err
    seen = await stack.follow(name, record.crawl, seconds=10)
    assert seen[-1].record.phase == "cancelled"
    kept = stack.index.store.source(name)
    assert kept is not None
    assert (kept.wanted, kept.commit) == (stack.github.head, "")
    assert (await stack.crawl(name, seconds=10)).added == 4
    assert set(stack.embedded("text of cancelled-").values()) == {1}


async def test_no_step_of_a_crawl_fills_the_log(stack: Stack) -> None:
    name = source("dropped")
    worker = stack.alive[-1]
    before = worker.log.read_text().count("\n")
    await stack.crawl(name)
    said = worker.log.read_text().splitlines()[before:]
    assert said == []
    assert stack.index.store.collections.record(file_id(name, "dropped/page-000.md")) is not None
    assert dump(stack.index, name)
