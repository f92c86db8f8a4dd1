"""A month of questions, answers, votes and gaps, as if they had been."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, create_engine, select

from bot.adapters.store.schema import claims, gaps, votes

MISSED = {
    # Wordings of one question, and how often each was asked.
    "rust": {
        "Is there a Rust client library?": 5,
        "Is there a Rust client?": 4,
        "Do you have a client library for Rust?": 3,
    },
    "saml": {"How do I set up SAML single sign-on?": 4, "Is SAML single sign-on supported?": 3},
    "arm": {"Are there ARM64 Docker images?": 3, "Do the Docker images run on ARM64?": 2},
    "price": {"How much does the team plan cost?": 4},
    "dark": {"Does the dashboard have a dark mode?": 2},
    "kafka": {"Can it read from Kafka?": 1},
}
REASON = "The documentation does not mention this."
DAYS = 30


@dataclass(slots=True)
class _Writer:
    connection: Connection
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    number: int = 0

    def claim(
        self, asked: datetime, outcome: str, question: str = "How do I rotate a key?"
    ) -> dict[str, str]:
        self.number += 1
        key = {"platform": "web", "team": "web", "channel": "web", "message": f"seeded-{self.number:013}"}
        at = int(asked.timestamp() * 1_000)
        took = int(self.chance.lognormvariate(0.6, 0.5) * 1_000)
        row: dict[str, object] = {
            **key,
            "thread": key["message"],
            "user_id": "key:asker",
            "question": question,
            "origin": "api",
            "owner": "",
            "attempt": 1,
            "reply": "",
            "answer": "",
            "outcome": outcome,
            "claimed_at": at,
            "leased_until": at,
            "finished_at": at + took,
            "ticket": "",
            "citations": (),
        }
        self.connection.execute(claims.insert().values(row))
        if outcome == "answered" and self.chance.random() < 0.35:
            self.vote(key, at, up=self.chance.random() < 0.9)
        return key

    def vote(self, key: dict[str, str], at: int, *, up: bool) -> None:
        said = {"question": "", "answer": "", "sources": (), "comment": ""}
        row = {**key, **said, "user_id": "key:asker", "up": up, "voted_at": at}
        self.connection.execute(votes.insert().values(row))

    def miss(self, asked: datetime, question: str) -> None:
        key = self.claim(asked, "abstained", question)
        said = {"fold": question.casefold(), "question": question, "reason": REASON}
        row = {**key, **said, "asked_at": int(asked.timestamp() * 1_000)}
        self.connection.execute(gaps.insert().values(row))


def write_history(state: Path) -> None:
    """Fills the records of a gateway."""
    engine = create_engine(f"sqlite:///{state}")
    now = datetime.now(UTC)
    with engine.begin() as connection:
        writer = _Writer(connection)
        for day in range(DAYS):
            asked = now - timedelta(days=day, minutes=3)
            busy = 1.0 if asked.weekday() < 5 else 0.35
            for _ in range(int(busy * writer.chance.randint(14, 30) * (1 - day / 60))):
                writer.claim(asked, "answered")
            for _ in range(writer.chance.choice((0, 0, 0, 1))):
                writer.claim(asked, "failed")
        for wordings in MISSED.values():
            for question, times in wordings.items():
                for _ in range(times):
                    writer.miss(now - timedelta(days=writer.chance.randint(0, DAYS - 2), hours=1), question)
    engine.dispose()


def count_claims(state: Path) -> Counter[str]:
    """Questions by how they ended."""
    engine = create_engine(f"sqlite:///{state}")
    with engine.connect() as connection:
        outcomes = connection.execute(select(claims.c.outcome)).scalars().all()
    engine.dispose()
    return Counter(outcomes)
