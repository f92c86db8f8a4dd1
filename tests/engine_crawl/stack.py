"""All that a crawl on Hatchet needs, real but for GitHub and the embedding model: engine, Chroma, workers.

Each worker has a data folder of its own, as on a host of its own: what one has embedded no other knows.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.crawls import CrawlFollower, Sighting, push_crawl
from pipelines.index.chroma import Place
from pipelines.index.embed import ServerEmbedder
from pipelines.index.ledger import CrawlLedger, CrawlRecord
from pipelines.index.open import Index, open_index
from tests.fakes.github import FakeGitHub
from tests.fakes.openai import FakeOpenAI
from tests.fixtures.chroma import ChromaServer
from tests.fixtures.engine import Engine
from tests.fixtures.processes import Ending, Leashed, tail

if TYPE_CHECKING:
    from hatchet_sdk import Hatchet

_PROJECT = Path(__file__).parents[2]
_BOT = (sys.executable, "-m", "bot")
_MODEL = "fake-embedding"


@dataclass(frozen=True)
class Called:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def summary(self) -> dict[str, object]:
        """The one object of `--json`."""
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value


@dataclass
class Stack:
    engine: Engine
    chroma: ChromaServer
    github: FakeGitHub
    openai: FakeOpenAI
    folder: Path
    sources: tuple[str, ...]
    collection: str = "crawled"
    _workers: list[Leashed] = field(default_factory=list)

    @property
    def env(self) -> dict[str, str]:
        """The environment of every process: of a worker, and of a command."""
        return {
            **self.engine.env,
            **self.chroma.env,
            "DOCS_SOURCES": " ".join(self.sources),
            "CHROMA_COLLECTION": self.collection,
            "GITHUB_API_URL": self.github.url,
            "OPENAI_BASE_URL": self.openai.url,
            "OPENAI_API_KEY": "none",
            "OPENAI_EMBEDDING_MODEL": _MODEL,
            "PYTHONPATH": str(_PROJECT),
        }

    def start_worker(self, **extra: str) -> Leashed:
        """A worker process on a host of its own; it needs some seconds until it works."""
        place = self.folder / f"worker-{len(self._workers)}"
        place.mkdir()
        worker = Leashed(
            [*self._bare({**self.env, **extra}), *_BOT, "worker", "--data", str(place / "data")],
            log=place / "worker.log",
            ending=Ending(signal=signal.SIGKILL),
        )
        self._workers.append(worker)
        return worker

    @property
    def alive(self) -> list[Leashed]:
        """The workers that have not ended."""
        return [worker for worker in self._workers if worker.exit_status is None]

    def _bare(self, env: Mapping[str, str]) -> list[str]:
        """What starts a command in this environment alone, out of reach of the tester's own settings."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "XDG_CACHE_HOME") if name in os.environ}
        return ["env", "-i", *(f"{name}={value}" for name, value in {**kept, **env}.items())]

    def logs(self) -> str:
        """The end of every worker's log, for a failure's text."""
        return "\n\n".join(f"{worker.log}:\n{tail(worker.log, 30)}" for worker in self._workers)

    def close(self) -> None:
        for worker in self._workers:
            worker.end()

    async def run(self, *argv: str, seconds: float = 90) -> Called:
        """A command as a user calls it."""
        command = [*self._bare(self.env), *_BOT, *argv, "--data", str(self.folder / "front")]
        done = await asyncio.to_thread(
            subprocess.run, command, capture_output=True, text=True, timeout=seconds, check=False
        )
        return Called(done.returncode, done.stdout, done.stderr)

    async def until_known(self, *, seconds: float = 60) -> None:
        """Waits until a worker has made the workflows known: the engine drops an event before that."""
        await wait_until(lambda: bool(self.hatchet.workflows.list().rows), self, seconds=seconds)

    @cached_property
    def hatchet(self) -> Hatchet:
        return self.engine.client()

    @cached_property
    def index(self) -> Index:
        """The index, as a bot on a host of its own sees it."""
        return self.open_index(self.collection)

    def open_index(self, collection: str) -> Index:
        embedder = ServerEmbedder(model=_MODEL, api_key="none", base_url=self.openai.url)
        place = Place(folder=self.folder, host=self.chroma.host, port=self.chroma.port)
        return open_index(self.folder / collection, place=place, collection=collection, embedder=embedder)

    @cached_property
    def ledger(self) -> CrawlLedger:
        return CrawlLedger(self.index.store.collections)

    async def push(self, source: str) -> str:
        return await push_crawl(self.hatchet, source, requested_by="a test")

    def follower(self, source: str, crawl: str) -> CrawlFollower:
        again = partial(push_crawl, self.hatchet, source, "silence", "a test")
        return CrawlFollower(self.ledger, again, source=source, crawl=crawl)

    async def follow(self, source: str, crawl: str, *, seconds: float = 180) -> list[Sighting]:
        """All that a follower is shown."""
        async with asyncio.timeout(seconds):
            return [sighting async for sighting in self.follower(source, crawl).follow()]

    async def crawl(self, source: str, *, seconds: float = 180) -> CrawlRecord:
        """Crawls, and returns the record of the crawl's end."""
        seen = await self.follow(source, await self.push(source), seconds=seconds)
        return seen[-1].record

    async def until_done(self, source: str, count: int, *, seconds: float = 60) -> CrawlRecord:
        """Waits until a crawl under way has stored so many files."""
        deadline = time.monotonic() + seconds
        while True:
            record = await asyncio.to_thread(self.ledger.read, source)
            if record is not None and record.phase == "indexing":
                tally = await asyncio.to_thread(self.ledger.tally, record.crawl)
                if len(tally.stored) >= count:
                    return record
            assert time.monotonic() < deadline, f"{record}\n{self.logs()}"
            await asyncio.sleep(0.05)

    def embedded(self, part: str) -> Counter[str]:
        """Each text with `part` in it that the model was asked for, and how often."""
        counts: Counter[str] = Counter()
        for request in list(self.openai.requests):
            texts = request.body.get("input")
            asked = texts if isinstance(texts, list) else [texts]
            counts.update(text for text in map(str, asked) if part in text)
        return counts


def write_files(folder: str, count: int, *, word: str = "first", start: int = 0) -> dict[str, str]:
    """Documents of three sections, none of which is found twice anywhere."""
    return {
        f"{folder}/page-{number:03}.md": "".join(
            f"# {folder} page {number} part {part}\n\nThe {word} text of {folder}-{number}-{part}: "
            f"{' '.join(f'word{number * 7 + part + step}' for step in range(40))}.\n\n"
            for part in range(3)
        )
        for number in range(start, start + count)
    }


def dump(index: Index, source: str) -> Mapping[str, object]:
    """All that an index holds of a source, vectors byte for byte; of the source's record all but the time."""
    store = index.store
    record = store.source(source)
    held: dict[str, object] = {source: record and replace(record, crawled_at=None), **store.files(source)}
    for page in store.collections.chunks(sorted(store.collections.chunk_ids({"source": source}))):
        vectors = page["embeddings"]
        assert vectors is not None
        rows = zip(page["ids"], page["documents"] or [], page["metadatas"] or [], vectors, strict=True)
        for key, text, about, vector in rows:
            held[key] = (text, dict(about), bytes(memoryview(vector)))
    return held


async def wait_until(holds: Callable[[], bool], stack: Stack, *, seconds: float = 30) -> None:
    """Waits until something holds that is looked up by a blocking call."""
    deadline = time.monotonic() + seconds
    while not await asyncio.to_thread(holds):
        assert time.monotonic() < deadline, stack.logs()
        await asyncio.sleep(0.1)
