"""What a backup says of itself, and what is refused because of it.

BackupUnusable   a file that is no backup, is damaged, or does not fit; `detail` says what to do
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from bot.core.errors import DocsbotError

FORMAT = 1
"""Of the file. A newer one is refused."""
MANIFEST = "manifest.json"
CHUNKS = "index/chunks.jsonl"
RECORDS = "index/records.jsonl"
TABLES = "state/"

_Member = Annotated[
    str, StringConstraints(pattern=r"^(state/docsbot_[a-z0-9_]{1,60}|index/(chunks|records))\.jsonl$")
]


class BackupUnusable(DocsbotError):
    text = "The backup cannot be used. Please tell the people who run this bot."
    retryable = False


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Member(_Part):
    """One file of JSON lines."""

    rows: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class StatePart(_Part):
    revision: str = Field(pattern=r"^[0-9a-zA-Z_]{1,40}$")
    """Of the schema."""


class IndexPart(_Part):
    layout: str
    """Of the records."""
    model: str
    """The embedding model that made the vectors."""
    whole: bool
    """Nothing was written while it was read."""


class Manifest(_Part):
    """The first thing that is read of a backup, and the last that is written."""

    format: int = FORMAT
    docsbot: str
    """Version of the program."""
    made_at: datetime
    state: StatePart | None = None
    """None where no state was ever kept."""
    index: IndexPart | None = None
    """None where nothing was ever indexed."""
    members: dict[_Member, Member]

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the state's tables."""
        return tuple(
            name.removeprefix(TABLES).removesuffix(".jsonl")
            for name in self.members
            if name.startswith(TABLES)
        )


def table_member(table: str) -> str:
    """The name of the file with that table's rows."""
    return f"{TABLES}{table}.jsonl"
