"""What a crawl did and what is indexed, in words for a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.core.amounts import age, count
from bot.core.models import CrawlFailed, CrawlSummary, IndexStatus, SkippedFile, SourceStatus
from bot.terminal.screen import SHORT_COMMIT
from bot.terminal.text import clean_line

PATHS_A_REASON = 3


def changed(event: CrawlSummary | CrawlFailed) -> bool:
    """Whether there is anything to tell somebody who only wants to ask."""
    if isinstance(event, CrawlFailed):
        return True
    return bool(event.added or event.changed or event.removed or event.failed or not event.files)


def describe_crawl(event: CrawlSummary | CrawlFailed, *, listing: bool = True) -> str:
    """Several lines; `listing` names the files that were left alone."""
    return "\n".join(_crawl_lines(event, listing=listing))


def _crawl_lines(event: CrawlSummary | CrawlFailed, *, listing: bool) -> Iterator[str]:
    if isinstance(event, CrawlFailed):
        yield f"{clean_line(event.source)} was not indexed: {clean_line(event.message)}"
        return
    yield f"{_name(event.source, event.commit)}: {count(event.files, 'file')}, {count(event.chunks, 'chunk')}"
    if not event.files:
        yield "  No documents here: .md, .mdx, .markdown, .rst, .txt, .ipynb and .html are read."
    yield (
        f"  {event.added:,} added, {event.changed:,} changed, {event.removed:,} removed, "
        f"{event.unchanged:,} unchanged; {count(event.embedded_chunks, 'chunk')} embedded, "
        f"{count(event.requests, 'request')}, {event.seconds:.1f} s"
    )
    if listing and event.skipped:
        yield f"  Left alone: {count(len(event.skipped), 'file')}"
        yield from _grouped(event.skipped)
    yield from _failures(event.failed)


def _failures(failed: Sequence[SkippedFile]) -> Iterator[str]:
    if failed:
        yield f"  Failed: {count(len(failed), 'file')}"
        yield from _grouped(failed)


def _grouped(files: Sequence[SkippedFile]) -> Iterator[str]:
    """A line a reason: the reason, and the first paths that it holds for."""
    paths: dict[str, list[str]] = defaultdict(list)
    for file in files:
        paths[clean_line(file.reason)].append(clean_line(file.path))
    for reason, members in paths.items():
        more = len(members) - PATHS_A_REASON
        rest = f" and {more:,} more" if more > 0 else ""
        yield f"    {reason}: {', '.join(members[:PATHS_A_REASON])}{rest}"


def describe_status(status: IndexStatus, now: datetime) -> str:
    """Several lines."""
    lines = [line for source in status.sources for line in _source_lines(source, now)]
    return "\n".join(
        [
            *(lines or ["Nothing is indexed yet."]),
            f"Index: {count(status.chunks, 'chunk')} in {clean_line(status.location)}",
            f"Embedding model: {clean_line(status.embedding_model)}",
            f"Language model: {clean_line(status.language_model)}"
            + (" (none: the documentation is quoted)" if status.language_model == "extractive" else ""),
        ]
    )


def _source_lines(source: SourceStatus, now: datetime) -> Iterator[str]:
    name = _name(source.source, source.commit)
    yield f"{name}: {count(source.files, 'file')}, {count(source.chunks, 'chunk')}"
    crawled = f"indexed {age(source.crawled_at, now)}" if source.crawled_at else "never indexed whole"
    committed = f", its commit is from {age(source.committed_at, now)}" if source.committed_at else ""
    yield f"  {crawled}{committed}"
    yield from _failures(source.failed)


def _name(source: str, commit: str) -> str:
    return clean_line(source) + (f" at {clean_line(commit)[:SHORT_COMMIT]}" if commit else "")
