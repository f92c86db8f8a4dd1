"""A Slack for tests: it speaks the wire, is as strict as Slack's types, and lets a test play the user.

The way in is `FakeSlack` (`fake.py`). People and channels are in `names.py`; what people do in `acts.py`;
what a test looks at in `looks.py` and `models.py`; faults and rate limits in `limits.py`.
"""

from __future__ import annotations

from tests.fakes.slack.acts import typed
from tests.fakes.slack.calls import Call
from tests.fakes.slack.fake import FakeSlack
from tests.fakes.slack.models import Message, Session, Status, Surface, Violation
from tests.fakes.slack.names import (
    ALICE,
    BOB,
    BOT,
    BOT_USER,
    CAROL,
    DAVE,
    ELSEWHERE,
    GENERAL,
    MAINTAINERS,
    PRIVATE,
    SUPPORT,
    TEAM,
)
from tests.fakes.slack.parcels import Parcel

__all__ = [
    "ALICE",
    "BOB",
    "BOT",
    "BOT_USER",
    "CAROL",
    "DAVE",
    "ELSEWHERE",
    "GENERAL",
    "MAINTAINERS",
    "PRIVATE",
    "SUPPORT",
    "TEAM",
    "Call",
    "FakeSlack",
    "Message",
    "Parcel",
    "Session",
    "Status",
    "Surface",
    "Violation",
    "typed",
]
