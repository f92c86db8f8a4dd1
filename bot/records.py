"""The JSON objects that other programs read. Their fields are fixed: add, never rename."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.core.models import (
    Answer,
    Citation,
    CrawlFailed,
    CrawlSummary,
    Failed,
    IndexStatus,
    Passage,
    SkippedFile,
    SourceStatus,
)

Id = str | int | None


def encode(record: Mapping[str, object]) -> str:
    """One line of ASCII: it survives every locale, and no terminal acts on it."""
    return json.dumps(record, ensure_ascii=True, allow_nan=False)


def answer_record(answer: Answer, *, id: Id) -> dict[str, object]:  # noqa: A002
    timings = answer.timings
    return {
        "id": id,
        "question": answer.question.text,
        "answer": answer.text,
        "abstained": answer.abstained,
        "reason": answer.reason,
        "citations": [citation_record(item) for item in answer.citations],
        "passages": [_passage(item) for item in answer.passages],
        "model": answer.model,
        "timings_ms": {
            "retrieve": round(timings.retrieve, 1),
            "first_token": round(timings.first_token, 1),
            "total": round(timings.total, 1),
        },
    }


def failure_record(failed: Failed, *, id: Id, question: str) -> dict[str, object]:  # noqa: A002
    return {"id": id, "question": question, "error": failed.message, "partial": failed.partial}


def citation_record(item: Citation) -> dict[str, object]:
    return {
        "number": item.number,
        "path": item.path,
        "url": item.url,
        "heading": item.heading,
        "commit": item.commit,
        "quote": item.quote,
    }


def _passage(item: Passage) -> dict[str, object]:
    return {"path": item.path, "heading": item.heading, "score": item.score, "text": item.text}


def crawl_record(event: CrawlSummary | CrawlFailed) -> dict[str, object]:
    if isinstance(event, CrawlFailed):
        return {"source": event.source, "error": event.message}
    return {
        "source": event.source,
        "commit": event.commit,
        "files": event.files,
        "added": event.added,
        "changed": event.changed,
        "removed": event.removed,
        "unchanged": event.unchanged,
        "skipped": _files(event.skipped),
        "failed": _files(event.failed),
        "chunks": event.chunks,
        "embedded_chunks": event.embedded_chunks,
        "requests": event.requests,
        "seconds": round(event.seconds, 3),
    }


def crawls_record(events: Sequence[CrawlSummary | CrawlFailed]) -> dict[str, object]:
    """One source's object as it is; of several, the sums, and each one's object under `sources`."""
    if len(events) == 1:
        return crawl_record(events[0])
    done = [event for event in events if isinstance(event, CrawlSummary)]
    return {
        "source": ", ".join(event.source for event in events),
        "commit": "",
        "files": sum(event.files for event in done),
        "added": sum(event.added for event in done),
        "changed": sum(event.changed for event in done),
        "removed": sum(event.removed for event in done),
        "unchanged": sum(event.unchanged for event in done),
        "skipped": [file for event in done for file in _files(event.skipped)],
        "failed": [file for event in done for file in _files(event.failed)],
        "chunks": sum(event.chunks for event in done),
        "embedded_chunks": sum(event.embedded_chunks for event in done),
        "requests": sum(event.requests for event in done),
        "seconds": round(sum(event.seconds for event in done), 3),
        "sources": [crawl_record(event) for event in events],
    }


def _files(files: Sequence[SkippedFile]) -> list[dict[str, object]]:
    return [{"path": file.path, "reason": file.reason} for file in files]


def status_record(status: IndexStatus) -> dict[str, object]:
    return {
        "sources": [_source(source) for source in status.sources],
        "chunks": status.chunks,
        "embedding_model": status.embedding_model,
        "language_model": status.language_model,
        "location": status.location,
    }


def _source(source: SourceStatus) -> dict[str, object]:
    return {
        "source": source.source,
        "commit": source.commit,
        "committed_at": _moment(source.committed_at),
        "crawled_at": _moment(source.crawled_at),
        "files": source.files,
        "chunks": source.chunks,
        "failed": _files(source.failed),
    }


def _moment(moment: datetime | None) -> str | None:
    """ISO 8601 with its offset."""
    return None if moment is None else moment.isoformat()
