"""A world for crawls without an engine: a shelf of sources in memory, an index in a folder, and a crew that
carries files as the engine would, and loses some."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

from pipelines.bench import Bench
from pipelines.crawling.file import fetch_file, recorded, store_file
from pipelines.crawling.run import settle_crawl, start_crawl
from pipelines.engine import CrawlInput, FileInput, new_crawl_id
from pipelines.errors import PipelineError, SourceError, SourceInvalid, SourceMissing
from pipelines.index.ledger import CrawlRecord
from pipelines.sources.models import Entry, Listing, NotModified


@dataclass
class Shelf:
    """The sources that there are: name → path → content. Everything may be changed at any time."""

    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    broken: dict[str, SourceError] = field(default_factory=dict)
    """By path: what is raised when the file is fetched."""
    unlisted: SourceError | None = None
    """What is raised when a source is listed."""
    fetched: Counter[str] = field(default_factory=Counter)
    listings: int = 0
    slow: asyncio.Event | None = None
    """Waited for before a file is given."""

    def open(self, spec: str, *, etag: str = "") -> ShelfSource:
        if spec not in self.files:
            raise SourceInvalid(f"{spec} is no source.")
        return ShelfSource(self, spec, etag)


def blob_of(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


class ShelfSource:
    """One source of the shelf, as the pipelines see it."""

    address = "https://example.org/{commit}/{path}"

    def __init__(self, shelf: Shelf, name: str, etag: str) -> None:
        self._shelf = shelf
        self._etag = etag
        self.id = name
        self.requests = 0
        self.conditional = ""

    async def list(self) -> Listing:
        self.requests += 1
        self._shelf.listings += 1
        if self._shelf.unlisted is not None:
            raise self._shelf.unlisted
        files = self._shelf.files[self.id]
        state = blob_of(b"".join(path.encode() + content for path, content in sorted(files.items())))
        if self._etag == state:
            raise NotModified
        self.conditional = state
        entries = tuple(
            Entry(path=path, blob=blob_of(content), size=len(content))
            for path, content in sorted(files.items())
        )
        return Listing(commit=state, committed_at=None, entries=entries, skipped=())

    async def fetch(self, entry: Entry) -> bytes:
        self._shelf.fetched[entry.path] += 1
        if self._shelf.slow is not None:
            await self._shelf.slow.wait()
        if entry.path in self._shelf.broken:
            raise self._shelf.broken[entry.path]
        if entry.path not in self._shelf.files[self.id]:
            raise SourceMissing(f"The file {entry.path} does not exist.")
        return self._shelf.files[self.id][entry.path]

    async def fetch_all(self, entries: Sequence[Entry]) -> AsyncGenerator[tuple[Entry, bytes], None]:
        for entry in entries:
            yield entry, await self.fetch(entry)

    async def close(self) -> None:
        return


@dataclass
class Crew:
    """Carries a crawl's files within this process."""

    bench: Bench
    lose: Counter[str] = field(default_factory=Counter)
    """How often each path is lost on the way before it is done."""
    double: bool = False
    """Everything is delivered twice."""
    silent: bool = False
    """Nothing ever arrives."""
    given: list[tuple[int, str]] = field(default_factory=list)
    """Turn and path of all that was to be carried."""
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def carry(self, files: Sequence[FileInput], *, turn: int) -> None:
        for file in files:
            self.given.append((turn, file.path))
            if self.silent:
                continue
            if self.lose[file.path]:
                self.lose[file.path] -= 1
                continue
            for _ in range(2 if self.double else 1):
                task = asyncio.create_task(run_file(self.bench, file))
                self.tasks.add(task)
                task.add_done_callback(self.tasks.discard)

    async def drop(self) -> None:
        for task in self.tasks:
            task.cancel()


async def run_file(bench: Bench, file: FileInput) -> None:
    """The two tasks of one file, in their last attempt; what fails is in the ledger."""
    try:
        async with recorded(bench, file, last=True):
            await store_file(bench, file, await fetch_file(bench, file))
    except PipelineError:
        return


@dataclass
class World:
    bench: Bench
    shelf: Shelf
    source: str

    @property
    def record(self) -> CrawlRecord:
        """The newest crawl."""
        record = self.bench.ledger.read(self.source)
        assert record is not None
        return record

    @property
    def stored(self) -> dict[str, str]:
        """Blob by path, as the index holds it."""
        return {path: file.blob for path, file in self.bench.index.store.files(self.source).items()}

    @property
    def listed(self) -> dict[str, str]:
        """Blob by path, as the source has it."""
        return {path: blob_of(content) for path, content in self.shelf.files[self.source].items()}

    def crew(self) -> Crew:
        return Crew(self.bench)

    def request(self, crawl: str = "") -> CrawlInput:
        return CrawlInput(source=self.source, crawl=crawl or new_crawl_id())

    async def crawl(self, crew: Crew | None = None, *, crawl: str = "") -> CrawlRecord:
        """One request, from its event to its end."""
        request = self.request(crawl)
        planned = await start_crawl(self.bench, request, last=True)
        if not planned.ended:
            await settle_crawl(self.bench, request, planned, crew or self.crew())
        return self.record

    async def until(self, phase: str) -> CrawlRecord:
        """Waits until a crawl is in that phase."""
        async with asyncio.timeout(5):
            while (record := self.bench.ledger.read(self.source)) is None or record.phase != phase:
                await asyncio.sleep(0.005)
        return record
