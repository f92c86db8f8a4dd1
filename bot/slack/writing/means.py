"""What the bot's messages are written with."""

from __future__ import annotations

from dataclasses import dataclass

from bot.conversation.freshness import Freshness
from bot.slack.calls.account import Clients
from bot.slack.writing.budget import Budget


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    clients: Clients
    budget: Budget
    freshness: Freshness
    humans: bool
    """Whether there are people who can be asked: then a button offers it."""
