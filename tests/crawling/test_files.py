"""One file's tasks: what an event may ask of them, and what they refuse."""

from __future__ import annotations

import pytest
from hatchet_sdk.exceptions import NonRetryableException

from pipelines import steps
from pipelines.crawling.file import fetch_file, recorded, store_file
from pipelines.engine import CrawlInput, Fetched, FileInput
from pipelines.errors import DocumentError, PayloadTooNew, PipelineError, SourceInvalid, SourceMissing
from tests.crawling.world import World, blob_of, run_file


def ask(world: World, path: str, **values: str | int) -> FileInput:
    return FileInput.model_validate({"source": world.source, "path": path, **values})


async def test_an_event_alone_embeds_the_file_as_it_is_now(world: World) -> None:
    await world.crawl()
    world.shelf.files[world.source]["a.md"] = b"# a\n\nAnother text."
    await run_file(world.bench, ask(world, "a.md"))
    assert world.stored["a.md"] == world.listed["a.md"]
    assert world.stored.keys() == {"a.md", "b.md", "c.md"}


async def test_an_event_alone_embeds_again_what_is_stored(world: World) -> None:
    await world.crawl()
    await run_file(world.bench, ask(world, "a.md"))
    assert world.shelf.fetched["a.md"] == 2


@pytest.mark.parametrize(
    ("path", "values", "error"),
    [
        ("../a.md", {}, SourceMissing),  # leaves the source
        ("b/../../a.md", {"blob": "1" * 40, "crawl": "c1"}, SourceMissing),  # whoever says so
        ("/etc/passwd", {}, SourceMissing),
        ("gone.md", {}, SourceMissing),  # not listed
        ("a.md", {"version": 99}, PayloadTooNew),
        ("a.md", {"source": "elsewhere"}, SourceInvalid),  # served by nobody here
        ("gone.md", {"blob": "1" * 40, "crawl": "c1"}, SourceMissing),  # vanished since
    ],
)
async def test_a_file_is_refused(
    world: World, path: str, values: dict[str, str | int], error: type[PipelineError]
) -> None:
    world.shelf.files["elsewhere"] = {"a.md": b"text"}
    with pytest.raises(error):
        await fetch_file(world.bench, ask(world, path, **values))
    assert world.stored == {}


@pytest.mark.parametrize(
    "payload",
    [
        {},  # no field at all
        {"source": ""},
        {"source": "s", "path": ""},
        {"source": ["s"], "path": "a.md"},
        {"source": "s", "path": "x" * 5_000},
        {"source": "s", "path": "a.md", "size": "big"},
        {"source": "s", "path": "a.md", "version": "new"},
    ],
)
def test_a_malformed_payload_is_refused(payload: dict[str, object]) -> None:
    with pytest.raises(NonRetryableException, match="malformed"):
        FileInput.model_validate(payload)


def test_a_payload_of_a_newer_program_is_read_as_far_as_it_goes() -> None:
    request = CrawlInput.model_validate({"source": "s", "version": 2, "colour": "red"})
    assert (request.source, request.version) == ("s", 2)
    with pytest.raises(PayloadTooNew, match="update the worker"):
        request.check_version()


async def test_a_file_that_grew_is_refused(world: World) -> None:
    entry = b"# a"
    world.shelf.files[world.source]["a.md"] = b"x" * (steps.LARGEST + 1)
    with pytest.raises(DocumentError, match="grown"):
        await fetch_file(world.bench, ask(world, "a.md", blob=blob_of(entry), crawl="c1"))


async def test_a_failure_is_in_the_ledger_when_it_is_final(world: World) -> None:
    request = ask(world, "gone.md", blob="1" * 40, crawl="c1")
    with pytest.raises(SourceMissing):
        async with recorded(world.bench, request, last=False):
            await fetch_file(world.bench, request)
    assert [*world.bench.ledger.tally("c1").failed] == ["gone.md"]


async def test_nul_bytes_are_stored(world: World) -> None:
    world.shelf.files[world.source]["nul.md"] = b"# nul\n\nA text\x00 with \x00 in it."
    record = await world.crawl()
    assert (record.files + len(record.skipped), record.failures) == (4, ())
    assert "nul.md" in world.stored


async def test_what_arrives_damaged_is_refused(world: World) -> None:
    fetched = Fetched(source_id=world.source, blob="1" * 40, content="no base64!")
    with pytest.raises(DocumentError, match="damaged"):
        await store_file(world.bench, ask(world, "a.md"), fetched)
