"""What a crawl does, as plain functions: the inline runner and the Hatchet tasks are thin callers of them.

A crawl is level-triggered: it compares what is wanted (the listing) with what is stored (the records), and
does the difference. Doing it twice, or a part of it, or in another order, harms nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pipelines import chunk as chunking
from pipelines import parse as parsing
from pipelines.errors import DocumentError
from pipelines.index.models import Chunk, FileRecord, Skip, SourceRecord
from pipelines.index.store import Store
from pipelines.sources.models import Entry, Listing, Source

logger = logging.getLogger(__name__)

PARSER = f"{parsing.VERSION}-{chunking.VERSION}"
"""Another parser or chunker makes other chunks of the same file."""
LARGEST = 1_048_576
"""Bytes of a file; a larger one is generated data, not documentation that someone reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The difference between what is wanted of a source and what is stored of it."""

    source: str
    address: str
    listing: Listing
    stored: SourceRecord | None
    todo: tuple[Entry, ...]
    """Files to fetch and store."""
    gone: tuple[FileRecord, ...]
    """Files to remove."""
    added: int
    changed: int
    unchanged: int

    @property
    def settled(self) -> bool:
        """Whether the index already equals the listing, its record of the source included."""
        return (
            not self.todo
            and not self.gone
            and self.stored is not None
            and self.stored.since is None
            and self.stored.commit == self.listing.commit
            and self.stored.address == self.address
        )


def plan_crawl(
    source: str, address: str, listing: Listing, files: Mapping[str, FileRecord], stored: SourceRecord | None
) -> Plan:
    """Compares a listing with the records of the same source, by path."""
    todo = [entry for entry in listing.entries if not is_stored(entry, files.get(entry.path))]
    listed = {entry.path for entry in listing.entries}
    changed = sum(entry.path in files for entry in todo)
    return Plan(
        source=source,
        address=address,
        listing=listing,
        stored=stored,
        todo=tuple(todo),
        gone=tuple(record for path, record in files.items() if path not in listed),
        added=len(todo) - changed,
        changed=changed,
        unchanged=len(listing.entries) - len(todo),
    )


def is_stored(entry: Entry, record: FileRecord | None) -> bool:
    """Whether the index holds this content as this program would store it."""
    return record is not None and record.blob == entry.blob and record.parser == PARSER


def begin_crawl(store: Store, plan: Plan, *, now: datetime) -> None:
    """Writes down what is wanted, so that a crawl that ends half-way is known as such. Blocks."""
    before = plan.stored or SourceRecord(source=plan.source, address=plan.address)
    store.put_source(replace(before, address=plan.address, wanted=plan.listing.commit, since=now))
    if before.since is not None or plan.stored is None:
        store.sweep(plan.source)  # the crawl, or the rebuild, before this one did not end


async def fetch_document(source: Source, entry: Entry) -> bytes:
    """The file's content. Raises SourceError."""
    return await source.fetch(entry)


def store_embeddings(
    store: Store,
    *,
    source: str,
    entry: Entry,
    commit: str,
    content: bytes,
    count: Callable[[str], int],
    crawl: str = "",
) -> FileRecord:
    """Parses, chunks, embeds and stores one file. Blocks.

    Content that cannot be indexed is recorded as such, so that it is not fetched again before it changes.
    Raises EmbeddingError, IndexProblem.
    """
    refused, chunks = "", list[Chunk]()
    try:
        if len(content) > LARGEST:
            raise DocumentError(f"larger than {LARGEST // 1_048_576} MiB")
        document = parsing.parse(entry.path, content)
        chunks = chunking.chunk(document, source=source, path=entry.path, count=count)
    except DocumentError as error:
        refused = str(error)
    except Exception:
        # A parsing library that stumbles over one hostile file must not end the crawl of all others.
        logger.exception("%s cannot be parsed", entry.path)
        refused = "it cannot be parsed; the log says more"
    record = FileRecord(
        source=source,
        path=entry.path,
        blob=entry.blob,
        commit=commit,
        chunks=tuple(piece.id for piece in chunks),
        parser=PARSER,
        refused=refused,
    )
    store.replace(record, chunks, crawl=crawl)
    return record


def finish_crawl(
    store: Store, plan: Plan, *, failed: Sequence[Skip], etag: str = "", now: datetime
) -> tuple[SourceRecord, tuple[Skip, ...]]:
    """Removes what is gone and moves the cursor: every listed file is stored by now, or has failed. Blocks.

    Where one has failed, the cursor stays at the commit that was stored whole. `etag` is what the source gave
    for this listing. Returns the source's new record, and the files that cannot be indexed.
    """
    listed = {entry.path for entry in plan.listing.entries}
    stored = store.files(plan.source)
    store.remove([record for path, record in stored.items() if path not in listed])
    mine = [record for path, record in stored.items() if path in listed]
    record = replace(
        plan.stored or SourceRecord(source=plan.source, address=plan.address),
        address=plan.address,
        wanted=plan.listing.commit,
        since=None,
        files=sum(not record.refused for record in mine),
        chunks=sum(len(record.chunks) for record in mine),
        failed=tuple(failed),
        etag="",
    )
    if not failed:
        record = replace(
            record,
            commit=plan.listing.commit,
            committed_at=plan.listing.committed_at,
            crawled_at=now,
            etag=f"{PARSER} {etag}" if etag else "",
        )
    store.put_source(record)
    return record, refusals(mine)


def known_etag(stored: SourceRecord | None, *, address: str) -> str:
    """What a source may be asked with whether it has changed; empty where the files must be looked at.

    `address`: the source's own, now; one that has changed must be stored.
    """
    if stored is not None and stored.address != address:
        return ""
    parser, _, etag = stored.etag.partition(" ") if stored and stored.since is None else ("", "", "")
    return etag if parser == PARSER else ""


def refusals(records: Iterable[FileRecord]) -> tuple[Skip, ...]:
    """The files that cannot be indexed, with their reasons."""
    return tuple(Skip(path=record.path, reason=record.refused) for record in records if record.refused)
