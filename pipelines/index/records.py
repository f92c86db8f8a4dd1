"""The index's records of itself, as they stand in Chroma beside the chunks.

They live in a collection of their own, `<name>-state`: one record a file, one a source, and one with the
revision, a random word that is new after every write. Chroma wants a vector for every record; these have one
of two numbers made of the id, which nobody searches.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from pipelines.index.models import Chunk, FileRecord, SourceRecord
from pipelines.index.saved import source_from, source_values

Metadata = Mapping[str, Any]

REVISION = "revision"
_APART = {"id", "source", "path", "text"}


def file_id(source: str, path: str) -> str:
    return (
        "file:"
        + hashlib.blake2b(f"{source}\0{path}".encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    )


def source_id(source: str) -> str:
    return "source:" + hashlib.blake2b(source.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def vector_of(record_id: str) -> list[float]:
    """A point on the circle: alike for alike ids, and no two records in one place."""
    angle = int.from_bytes(hashlib.blake2b(record_id.encode(), digest_size=4).digest(), "little") / 2**32
    return [math.cos(2 * math.pi * angle), math.sin(2 * math.pi * angle)]


def file_metadata(record: FileRecord, *, crawl: str = "", computed: int = 0) -> Metadata:
    """`crawl` stands beside the record, so that what a crawl has stored can be counted by filter; `computed`
    is how many texts the model embedded for it."""
    values = {**asdict(record), "chunks": "".join(record.chunks)}
    return {
        "kind": "file",
        "source": record.source,
        "crawl": crawl,
        "computed": computed,
        "record": _pack(values),
    }


def file_from(metadata: Metadata) -> FileRecord:
    values = json.loads(str(metadata["record"]))
    ids = values["chunks"]
    values["chunks"] = tuple(ids[start : start + 32] for start in range(0, len(ids), 32))
    return FileRecord(**values)


def source_metadata(record: SourceRecord) -> Metadata:
    return {"kind": "source", "source": record.source, "record": _pack(source_values(record))}


def source_record(metadata: Metadata) -> SourceRecord:
    return source_from(json.loads(str(metadata["record"])))


def chunk_metadata(chunk: Chunk) -> Metadata:
    """All of a chunk but its text; the document beside it is the text as embedded, context line first.

    Chroma writes a row for every key, which is most of what a write costs: only what one may filter by has a
    key of its own.
    """
    rest = {name: value for name, value in asdict(chunk).items() if name not in _APART}
    return {"source": chunk.source, "path": chunk.path, "record": _pack(rest)}


def chunk_from(chunk_id: str, document: str, metadata: Metadata) -> Chunk:
    rest = json.loads(str(metadata["record"]))
    rest["headings"] = tuple(rest["headings"])
    bare = Chunk(id=chunk_id, source=str(metadata["source"]), path=str(metadata["path"]), text="", **rest)
    start = len(bare.context) + 1 if bare.context else 0
    return replace(bare, text=document[start + len(bare.lead) : len(document) - len(bare.tail)])


def _pack(values: Mapping[str, object]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))
