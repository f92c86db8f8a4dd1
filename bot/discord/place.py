"""Where a question was asked, and where its answer goes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    team: str
    """The guild; `@me` for direct messages."""
    channel: int
    """The channel that the question belongs to: of a thread, the one it was opened in."""
    asked_in: int
    """The channel or thread that the question stands in."""
    room: int
    """The channel or thread that the answer goes to, unless a thread is opened for it."""
    question: int
    """The message that asks; an interaction's id for a command."""
    user: int
    opens: bool
    """The answer goes to a thread that is opened on the question."""

    @property
    def direct(self) -> bool:
        return self.team == "@me"
