"""What the index knows of a crawl that is under way: who does it, how far it is, what is wanted, what failed.

It stands beside the files that it is about, so that whoever sees the index sees the crawl's truth: a follower
that starts late, another worker that takes a lost crawl over, a bot that was restarted. No clock is compared
with another machine's: whether a crawl is alive is seen by watching its beat.
"""

from __future__ import annotations

import json
import uuid
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Literal

from pipelines.index.collections import Collections, both
from pipelines.index.models import Skip

if TYPE_CHECKING:
    from chromadb.api.types import Where

Phase = Literal["listing", "indexing", "removing", "done", "failed", "cancelled"]
_NO_FILE: Where = {"$or": [{"kind": "failure"}, {"kind": "cancel"}, {"kind": "limit"}]}
ENDED: frozenset[Phase] = frozenset({"done", "failed", "cancelled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlRecord:
    """The newest crawl of a source; written by the one that does it."""

    source: str
    crawl: str
    """Its id."""
    phase: Phase
    beat: str = ""
    """A random word that is new with every write: it tells that the crawl is alive."""
    holder: str = ""
    """A random word of the task that does it; empty while none does. A task that finds another's leaves."""
    turn: int = 0
    """How often files were given out. A task that is run twice repeats its turn, and the engine knows it."""
    joined: tuple[str, ...] = ()
    """Ids of the requests that this crawl serves besides its own."""
    requested_by: str = ""
    reason: str = ""
    commit: str = ""
    """What is wanted."""
    listed: int = 0
    todo: int = 0
    done: int = 0
    failed: int = 0
    note: str = ""
    """A sentence for a person: a rate limit, the error that ended it."""
    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    files: int = 0
    chunks: int = 0
    embedded_chunks: int = 0
    requests: int = 0
    seconds: float = 0.0
    skipped: tuple[Skip, ...] = ()
    failures: tuple[Skip, ...] = ()

    @property
    def ended(self) -> bool:
        return self.phase in ENDED

    def serves(self, crawl: str) -> bool:
        """Whether the request of that id is answered by this crawl."""
        return crawl == self.crawl or crawl in self.joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The files that a crawl set out to store."""

    commit: str
    committed_at: str
    """ISO 8601; empty where it is not known."""
    etag: str
    entries: tuple[tuple[str, str, int], ...]
    """Path, blob SHA, bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A rate limit that is spent."""

    reason: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What a crawl has done so far, by the records that it left."""

    stored: frozenset[str]
    """Ids of the files' records."""
    failed: Mapping[str, Skip]
    """By path."""
    cancelled: bool
    """Somebody asked it to end."""
    limited: Limit | None
    """The source's rate limit, when it is spent."""


class CrawlLedger:
    """The records of crawls in an index. The calls block, and raise as those of Collections."""

    def __init__(self, collections: Collections) -> None:
        self._collections = collections

    def read(self, source: str) -> CrawlRecord | None:
        """The newest crawl of a source. One cheap call."""
        row = self._collections.record(_id("crawl", source))
        return _crawl(str(row["record"])) if row else None

    def under_way(self) -> tuple[CrawlRecord, ...]:
        """The crawls that have not ended, of whatever source; one of them may be lost."""
        rows = self._collections.records({"kind": "crawl"})
        found = (_crawl(str(row["record"])) for row in rows)
        return tuple(record for record in found if not record.ended)

    def write(self, record: CrawlRecord) -> CrawlRecord:
        """Writes a crawl's state, with a new beat; returns it."""
        beating = replace(record, beat=uuid.uuid4().hex)
        row = {"kind": "crawl", "source": record.source, "record": json.dumps(asdict(beating))}
        self._collections.put({_id("crawl", record.source): row}, announce=False)
        return beating

    def want(self, source: str, wanted: Wanted) -> None:
        """Writes down what is to be stored of a source."""
        packed = b64encode(zlib.compress(json.dumps(asdict(wanted)).encode())).decode()
        row = {"kind": "listing", "source": source, "record": packed}
        self._collections.put({_id("listing", source): row}, announce=False)

    def wanted(self, source: str) -> Wanted | None:
        """What is to be stored of a source; None before its first crawl."""
        row = self._collections.record(_id("listing", source))
        if row is None:
            return None
        values = json.loads(zlib.decompress(b64decode(str(row["record"]))))
        entries = tuple((path, blob, size) for path, blob, size in values["entries"])
        return Wanted(**{**values, "entries": entries})

    def fail(self, *, source: str, path: str, reason: str, crawl: str) -> None:
        """Writes down that a file could not be stored in a crawl."""
        row = {"kind": "failure", "source": source, "crawl": crawl, "path": path, "reason": reason}
        self._collections.put({_id("failure", source, path): row}, announce=False)

    def tally(self, crawl: str) -> Tally:
        """What a crawl has done. One cheap call, and one more if there is more to tell than files stored."""
        ids = self._collections.record_ids({"crawl": crawl})
        stored = frozenset(record_id for record_id in ids if record_id.startswith("file:"))
        failed: dict[str, Skip] = {}
        cancelled, limited = False, None
        if len(stored) < len(ids):
            for row in self._collections.records(both({"crawl": crawl}, _NO_FILE)):
                if row["kind"] == "failure":
                    failed[str(row["path"])] = Skip(path=str(row["path"]), reason=str(row["reason"]))
                cancelled = cancelled or row["kind"] == "cancel"
                if row["kind"] == "limit":
                    until = datetime.fromisoformat(str(row["until"]))
                    limited = Limit(reason=str(row["reason"]), until=until)
        return Tally(stored=stored, failed=failed, cancelled=cancelled, limited=limited)

    def computed(self, crawl: str) -> int:
        """Texts that the embedding model has embedded in a crawl."""
        rows = self._collections.records(both({"crawl": crawl}, {"kind": "file"}))
        return sum(int(row.get("computed", 0)) for row in rows)

    def clear_failures(self, source: str) -> None:
        """Forgets the failures of earlier crawls."""
        ids = self._collections.record_ids(both({"kind": "failure"}, {"source": source}))
        self._collections.delete_records(ids)

    def ask_again(self, source: str, crawl: str) -> None:
        """Asks the crawl that is under way to look once more when it is done, for the request of that id."""
        row = {"kind": "again", "source": source, "crawl": "", "request": crawl}
        self._collections.put({_id("again", source, crawl): row}, announce=False)

    def requests(self, source: str) -> tuple[str, ...]:
        """Ids of the requests that ask for another look."""
        rows = self._collections.records(both({"kind": "again"}, {"source": source}))
        return tuple(str(row["request"]) for row in rows)

    def serve(self, source: str, requests: Sequence[str]) -> None:
        """Takes requests as served."""
        self._collections.delete_records([_id("again", source, request) for request in requests])

    def cancel(self, source: str, crawl: str) -> None:
        """Asks the crawl of that id to end."""
        row = {"kind": "cancel", "source": source, "crawl": crawl}
        self._collections.put({_id("cancel", source): row}, announce=False)

    def limit(self, source: str, crawl: str, limit: Limit) -> None:
        """Writes down that a rate limit is spent: the silence that follows is none of the engine's."""
        about = {"reason": limit.reason, "until": limit.until.isoformat()}
        row = {"kind": "limit", "source": source, "crawl": crawl, **about}
        self._collections.put({_id("limit", source): row}, announce=False)

    def lift(self, source: str) -> None:
        """Takes the limit back."""
        self._collections.delete_records([_id("limit", source)])


def _id(kind: str, *parts: str) -> str:
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return f"{kind}:{blake2b(text, digest_size=16).hexdigest()}"


def _crawl(text: str) -> CrawlRecord:
    values = json.loads(text)
    known = {field.name for field in fields(CrawlRecord)}  # a newer program may know more
    values = {name: value for name, value in values.items() if name in known}
    for name in ("skipped", "failures"):
        values[name] = tuple(Skip(**skip) for skip in values.get(name, ()))
    values["joined"] = tuple(values.get("joined", ()))
    return CrawlRecord(**values)
