"""Votes on answers, and questions that got none."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import RowMapping, and_, exists, func, select, true

from bot.adapters.store.engine import Database
from bot.adapters.store.schema import KEY, claims, gaps, is_message, key_values, votes
from bot.adapters.store.values import Now, fold, moment
from bot.core.state import Gap, MessageKey, Platform, Vote

_answered = exists().where(
    *(claims.c[name] == gaps.c[name] for name in KEY), claims.c.outcome.in_(["answered", "retracted"])
)


class StoredFeedback:
    """The port `FeedbackLog` over a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def vote(self, vote: Vote) -> None:
        said = {
            "up": vote.up,
            "question": vote.question,
            "answer": vote.answer,
            "sources": vote.sources,
            "comment": vote.comment,
            "voted_at": Now(),
        }
        statement = self._database.insert(votes).values(**key_values(vote.key), user_id=vote.user, **said)
        await self._database.change(
            statement.on_conflict_do_update(
                index_elements=[*KEY, "user_id"], set_={name: statement.excluded[name] for name in said}
            )
        )

    async def votes(self, key: MessageKey) -> Sequence[Vote]:
        rows = await self._database.rows(select(votes).where(is_message(votes, key)).order_by(votes.c.id))
        return [_vote(key, row) for row in rows]

    async def note_gap(self, key: MessageKey, *, question: str, reason: str) -> None:
        said = {"fold": fold(question), "question": question, "reason": reason}
        statement = self._database.insert(gaps).values(**key_values(key), **said, asked_at=Now())
        await self._database.change(
            statement.on_conflict_do_update(
                index_elements=KEY, set_={name: statement.excluded[name] for name in said}
            )
        )

    async def gaps(self, *, platform: Platform | None = None, limit: int = 20) -> Sequence[Gap]:
        chosen = and_(~_answered, gaps.c.platform == platform if platform else true())
        times, last = func.count().label("times"), func.max(gaps.c.asked_at).label("last_asked")
        groups = select(func.max(gaps.c.id).label("newest"), times, last).where(chosen).group_by(gaps.c.fold)
        ranked = groups.order_by(times.desc(), last.desc()).limit(limit).subquery()
        worded = select(gaps.c.question, gaps.c.reason, ranked.c.times, ranked.c.last_asked).join(
            ranked, gaps.c.id == ranked.c.newest
        )
        rows = await self._database.rows(worded.order_by(ranked.c.times.desc(), ranked.c.last_asked.desc()))
        return [_gap(row) for row in rows]


def _vote(key: MessageKey, row: RowMapping) -> Vote:
    return Vote(
        key=key,
        user=row["user_id"],
        up=row["up"],
        question=row["question"],
        answer=row["answer"],
        sources=row["sources"],
        comment=row["comment"],
    )


def _gap(row: RowMapping) -> Gap:
    return Gap(
        question=row["question"],
        times=row["times"],
        last_asked=moment(row["last_asked"]),
        reason=row["reason"],
    )
