"""The core's values as the API's objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import PurePath

from bot.core.access import DayCount, Latency, VoteCount
from bot.core.models import Answer, Citation, CrawlFailed, CrawlProgress, CrawlSummary, IndexStatus, Passage
from bot.core.state import Claimed, Gap
from bot.gateway.access import Caller
from bot.gateway.bodies import (
    AnswerBody,
    CallerBody,
    CitationBody,
    FileBody,
    FoundBody,
    KeptAnswerBody,
    SourceBody,
    StatusBody,
)
from bot.gateway.gaps import GapGroup
from bot.gateway.reports import GapBody, GapGroupBody, SourceCrawlBody, StatisticsBody, SummaryBody
from bot.records import answer_record, citation_record, crawl_record, status_record


def name_source(source: str) -> str:
    """A source as strangers see it: of a folder its last name, and not where it is on this machine."""
    return PurePath(source).name or source if PurePath(source).is_absolute() else source


def render_answer(answer: Answer, *, id: str, conversation: str) -> AnswerBody:  # noqa: A002
    record = answer_record(answer, id=id)
    record["citations"] = [render_citation(item) for item in answer.citations]
    return AnswerBody.model_validate({**record, "conversation": conversation, "quoted": answer.quoted})


def render_citation(item: Citation) -> CitationBody:
    return CitationBody.model_validate({**citation_record(item), "title": item.title})


def render_kept(claimed: Claimed) -> KeptAnswerBody:
    return KeptAnswerBody(
        id=claimed.key.message,
        question=claimed.question,
        answer=claimed.answer,
        outcome=claimed.outcome,
        asked_at=claimed.claimed_at,
        citations=[render_citation(item) for item in claimed.citations],
    )


def render_passage(item: Passage) -> FoundBody:
    return FoundBody(
        source=name_source(item.source),
        path=item.path,
        title=item.title,
        heading=item.heading,
        url=item.url,
        commit=item.commit,
        score=item.score,
        text=item.text,
    )


def render_status(status: IndexStatus, caller: Caller) -> StatusBody:
    """Maintainers see where things are and what failed, others how much there is."""
    private = caller.may("maintain")
    record = status_record(status)
    sources = [
        SourceBody(
            source=source.source if private else name_source(source.source),
            commit=source.commit,
            committed_at=source.committed_at,
            crawled_at=source.crawled_at,
            files=source.files,
            chunks=source.chunks,
            failed_files=len(source.failed),
            failed=[FileBody(path=file.path, reason=file.reason) for file in source.failed if private],
        )
        for source in status.sources
    ]
    you = CallerBody(key=caller.key, scopes=sorted(caller.scopes))
    location = status.location if private else ""
    return StatusBody.model_validate({**record, "sources": sources, "location": location, "you": you})


def render_crawl_event(event: CrawlProgress | CrawlSummary | CrawlFailed) -> SourceCrawlBody:
    match event:
        case CrawlProgress():
            return SourceCrawlBody(
                source=event.source,
                phase=event.phase,
                listed=event.listed,
                todo=event.todo,
                done=event.done,
                failed=event.failed,
                note=event.note,
            )
        case CrawlSummary():
            summary = SummaryBody.model_validate(crawl_record(event))
            failed = len(event.failed)
            return SourceCrawlBody(source=event.source, phase="done", failed=failed, summary=summary)
        case CrawlFailed():
            return SourceCrawlBody(source=event.source, phase="failed", note=event.message)


def render_statistics(
    since: datetime, days: Sequence[DayCount], latency: Latency, votes: VoteCount
) -> StatisticsBody:
    return StatisticsBody.model_validate(
        {
            "since": since,
            "days": [asdict(item) for item in days],
            "latency": asdict(latency),
            "votes": asdict(votes),
        }
    )


def render_gap(gap: Gap) -> GapBody:
    return GapBody(question=gap.question, times=gap.times, last_asked=gap.last_asked, reason=gap.reason)


def render_gap_group(group: GapGroup) -> GapGroupBody:
    first = group.gaps[0]
    return GapGroupBody(
        question=first.question,
        times=group.times,
        last_asked=group.last_asked,
        reason=first.reason,
        questions=[render_gap(gap) for gap in group.gaps],
    )
