"""One file of a crawl: fetched by one task, embedded and stored by the next."""

from __future__ import annotations

import asyncio
import binascii
import zlib
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from pipelines import steps
from pipelines.bench import Bench
from pipelines.engine import Fetched, FileInput, Stored
from pipelines.errors import DocumentError, IndexProblem, PipelineError, SourceLimited, SourceMissing
from pipelines.index.ledger import CrawlLedger, Limit
from pipelines.sources.models import Entry


async def fetch_file(bench: Bench, request: FileInput) -> Fetched:
    """The file's content, unless it is stored already at this blob. Raises PipelineError."""
    request.check_version()
    bench.check(request.source)
    source = bench.source(request.source)
    if request.crawl and not await _wanted(bench, source.id, request.crawl):
        return Fetched(stored=True, source_id=source.id)
    bench.check_limit(request.source)
    entry, commit = await _find(bench, request)
    record = await asyncio.to_thread(bench.index.store.file, source.id, entry.path)
    if request.crawl and steps.is_stored(entry, record):
        return Fetched(stored=True, source_id=source.id)
    async with bench.fetching:
        bench.check_limit(request.source)
        content = await steps.fetch_document(source, entry)
    if len(content) > steps.LARGEST:
        raise DocumentError(f"{entry.path} has grown beyond {steps.LARGEST // 1_048_576} MiB.")
    packed = b64encode(zlib.compress(content)).decode()
    return Fetched(source_id=source.id, blob=entry.blob, commit=commit, content=packed)


async def _wanted(bench: Bench, source: str, crawl: str) -> bool:
    """Whether the crawl of that id is still under way: its files are not fetched after it was cancelled, and
    another that took over gives them out itself."""
    record = await asyncio.to_thread(bench.ledger.read, source)
    return record is None or (record.crawl == crawl and not record.ended)


async def _find(bench: Bench, request: FileInput) -> tuple[Entry, str]:
    """The entry that is meant, and its commit. One that was asked for by an event alone is the one that the
    source lists now: an event may name anything."""
    if ".." in request.path.split("/") or request.path.startswith("/"):
        raise SourceMissing(f"{request.path} is outside of {request.source}.")
    if request.crawl and request.blob:
        entry = Entry(path=request.path, blob=request.blob, size=request.size)
        return entry, request.commit
    async with bench.listing(request.source) as source:
        listing = await source.list()
    for entry in listing.entries:
        if entry.path == request.path:
            return entry, listing.commit
    raise SourceMissing(f"{request.path} is not listed in {request.source}.")


async def store_file(bench: Bench, request: FileInput, fetched: Fetched) -> Stored:
    """Parses, embeds and stores what was fetched. Raises PipelineError."""
    if fetched.stored:
        return Stored()
    request.check_version()
    try:
        content = zlib.decompress(b64decode(fetched.content))
    except (binascii.Error, zlib.error) as error:
        raise DocumentError(f"{request.path} arrived damaged from the engine.") from error
    entry = Entry(path=request.path, blob=fetched.blob, size=len(content))
    async with bench.storing(fetched.source_id, entry.path):
        before = await asyncio.to_thread(bench.index.store.file, fetched.source_id, entry.path)
        if request.crawl and steps.is_stored(entry, before):
            return Stored(chunks=len(before.chunks) if before else 0)
        record = await asyncio.to_thread(
            partial(
                steps.store_embeddings,
                bench.index.store,
                source=fetched.source_id,
                entry=entry,
                commit=fetched.commit,
                content=content,
                count=bench.index.count,
                crawl=request.crawl,
            )
        )
    return Stored(chunks=len(record.chunks), refused=record.refused)


@asynccontextmanager
async def recorded(bench: Bench, request: FileInput, *, last: bool) -> AsyncIterator[None]:
    """Writes a failure into the crawl's ledger, where the waiting crawl and its followers see it: one that is
    final, or the last of one that may pass. The failure goes on its way."""
    try:
        yield
    except SourceLimited as error:
        bench.remember(request.source, error)
        if request.crawl:
            await _note(bench.ledger, bench.source(request.source).id, request, error)
        raise
    except IndexProblem:
        raise  # the ledger is in that index
    except PipelineError as error:
        if request.crawl and (last or not error.passing):
            await asyncio.to_thread(
                partial(
                    bench.ledger.fail,
                    source=bench.source(request.source).id,
                    path=request.path,
                    reason=str(error),
                    crawl=request.crawl,
                )
            )
        raise


async def _note(ledger: CrawlLedger, source: str, request: FileInput, error: SourceLimited) -> None:
    reason = f"The source's rate limit is spent until {error.retry_at:%H:%M} UTC."
    limit = Limit(reason=reason, until=error.retry_at)
    await asyncio.to_thread(ledger.limit, source, request.crawl, limit)
