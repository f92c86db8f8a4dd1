"""How the answers went, as sums."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, and_, exists, func, select

from bot.adapters.store.engine import Database
from bot.adapters.store.schema import KEY, claims, gaps, votes
from bot.adapters.store.values import moment, stamp
from bot.core.access import DayCount, Latency, VoteCount
from bot.core.state import JOB, Gap

_DAY = 86_400_000
_MEASURED = 5_000  # answers: more would not move a quantile, and are fetched one by one
_closed = exists().where(
    *(claims.c[name] == gaps.c[name] for name in KEY), claims.c.outcome.in_(["answered", "retracted"])
)


class StoredStatistics:
    """The port `Statistics` over a database. Each call reads the rows since, by an index of their age."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def questions(self, *, since: datetime) -> Sequence[DayCount]:
        day = (claims.c.claimed_at // _DAY).label("day")
        sums = select(day, claims.c.platform, claims.c.outcome, func.count().label("questions"))
        sums = sums.where(_asked(since)).group_by(day, claims.c.platform, claims.c.outcome)
        rows = await self._database.rows(sums.order_by(day, claims.c.platform, claims.c.outcome))
        return [
            DayCount(
                day=datetime.fromtimestamp(row["day"] * _DAY / 1_000, UTC).date(),
                platform=row["platform"],
                outcome=row["outcome"],
                questions=row["questions"],
            )
            for row in rows
        ]

    async def latency(self, *, since: datetime) -> Latency:
        spent = (claims.c.finished_at - claims.c.claimed_at).label("spent")
        ended = claims.c.outcome.in_(["answered", "abstained"])
        newest = select(spent).where(_asked(since), ended).order_by(claims.c.claimed_at.desc())
        rows = await self._database.rows(newest.limit(_MEASURED))
        seconds = sorted(row["spent"] / 1_000 for row in rows)
        return Latency(
            answers=len(seconds),
            p50=quantile(seconds, 0.5),
            p90=quantile(seconds, 0.9),
            p99=quantile(seconds, 0.99),
        )

    async def votes(self, *, since: datetime) -> VoteCount:
        sums = select(votes.c.up, func.count().label("votes")).where(votes.c.voted_at >= stamp(since))
        rows = await self._database.rows(sums.group_by(votes.c.up))
        counted = {bool(row["up"]): int(row["votes"]) for row in rows}
        return VoteCount(up=counted.get(True, 0), down=counted.get(False, 0))

    async def gaps(self, *, since: datetime, limit: int) -> Sequence[Gap]:
        times, last = func.count().label("times"), func.max(gaps.c.asked_at).label("last_asked")
        groups = select(func.max(gaps.c.id).label("newest"), times, last)
        groups = groups.where(gaps.c.asked_at >= stamp(since), ~_closed).group_by(gaps.c.fold)
        ranked = groups.order_by(times.desc(), last.desc()).limit(limit).subquery()
        worded = select(gaps.c.question, gaps.c.reason, ranked.c.times, ranked.c.last_asked)
        worded = worded.join(ranked, gaps.c.id == ranked.c.newest)
        rows = await self._database.rows(worded.order_by(ranked.c.times.desc(), ranked.c.last_asked.desc()))
        return [
            Gap(
                question=row["question"],
                times=row["times"],
                last_asked=moment(row["last_asked"]),
                reason=row["reason"],
            )
            for row in rows
        ]


def quantile(ordered: Sequence[float], share: float) -> float:
    """The smallest of the ordered values that at least this share of them do not exceed; 0 of none."""
    if not ordered:
        return 0.0
    return ordered[max(-int(-share * len(ordered) // 1), 1) - 1]


def _asked(since: datetime) -> ColumnElement[bool]:
    return and_(claims.c.claimed_at >= stamp(since), claims.c.origin.not_like(f"{JOB}%"))
