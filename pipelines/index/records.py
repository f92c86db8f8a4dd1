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
from typing import Any

from pipelines.index.models import Chunk, FileRecord
from pipelines.index.models import SourceRecord as SourceRecord
from pipelines.index.saved import source_from, source_values

Metadata = Mapping[str, Any]

REVISION = "revision"


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


def file_metadata(record: FileRecord) -> Metadata:
    return {
        "kind": "file",
        "source": record.source,
        "path": record.path,
        "blob": record.blob,
        "commit": record.commit,
        "parser": record.parser,
        "refused": record.refused,
        "chunks": "".join(record.chunks),
    }


def file_from(metadata: Metadata) -> FileRecord:
    ids = str(metadata["chunks"])
    return FileRecord(
        source=str(metadata["source"]),
        path=str(metadata["path"]),
        blob=str(metadata["blob"]),
        commit=str(metadata["commit"]),
        parser=str(metadata["parser"]),
        refused=str(metadata["refused"]),
        chunks=tuple(ids[start : start + 32] for start in range(0, len(ids), 32)),
    )


def source_metadata(record: SourceRecord) -> Metadata:
    return {"kind": "source", "source": record.source, "record": json.dumps(source_values(record))}


def source_record(metadata: Metadata) -> SourceRecord:
    return source_from(json.loads(str(metadata["record"])))


def chunk_metadata(chunk: Chunk) -> Metadata:
    """All of a chunk but its text; the document beside it is the text as embedded, context line first."""
    return {
        "source": chunk.source,
        "path": chunk.path,
        "title": chunk.title,
        "headings": json.dumps(chunk.headings, ensure_ascii=False),
        "anchor": chunk.anchor,
        "section": chunk.section,
        "ordinal": chunk.ordinal,
        "glue": chunk.glue,
        "lead": chunk.lead,
        "tail": chunk.tail,
        "tokens": chunk.tokens,
        "description": chunk.description,
    }


def chunk_from(chunk_id: str, document: str, metadata: Metadata) -> Chunk:
    chunk = Chunk(
        id=chunk_id,
        source=str(metadata["source"]),
        path=str(metadata["path"]),
        title=str(metadata["title"]),
        headings=tuple(json.loads(str(metadata["headings"]))),
        anchor=str(metadata["anchor"]),
        section=int(metadata["section"]),
        ordinal=int(metadata["ordinal"]),
        glue=str(metadata["glue"]),
        text="",
        lead=str(metadata["lead"]),
        tail=str(metadata["tail"]),
        tokens=int(metadata["tokens"]),
        description=str(metadata["description"]),
    )
    start = len(chunk.context) + 1 if chunk.context else 0
    body = document[start + len(chunk.lead) : len(document) - len(chunk.tail)]
    return Chunk(**{field: getattr(chunk, field) for field in chunk.__slots__} | {"text": body})
