"""What the bot remembers beyond the index, as one whole."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.access import Deliveries, Keyring, Statistics
from bot.core.ledger import JOB, LEASE, AnswerLedger, Claimed, MessageKey, Outcome, Platform, ThreadKey
from bot.core.memory import (
    AnswerMode,
    ChannelBook,
    ChannelSettings,
    Escalation,
    EscalationDesk,
    FeedbackLog,
    Gap,
    Memory,
    Privacy,
    Vote,
)

__all__ = [
    "JOB",
    "LEASE",
    "AnswerLedger",
    "AnswerMode",
    "ChannelBook",
    "ChannelSettings",
    "Claimed",
    "Deliveries",
    "Escalation",
    "EscalationDesk",
    "FeedbackLog",
    "Gap",
    "Keyring",
    "Memory",
    "MessageKey",
    "Outcome",
    "Platform",
    "Privacy",
    "State",
    "Statistics",
    "ThreadKey",
    "Vote",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """All that is remembered, in one database."""

    ledger: AnswerLedger
    memory: Memory
    feedback: FeedbackLog
    channels: ChannelBook
    escalations: EscalationDesk
    privacy: Privacy
    keyring: Keyring
    deliveries: Deliveries
    statistics: Statistics
