"""Furnishes the front: its desk, its maintainers, what its messages are written with."""

from __future__ import annotations

from collections.abc import Sequence

from bot.conversation.attention import Attention
from bot.conversation.escalation import Escalations
from bot.conversation.rooms import Rooms
from bot.slack.desk import PeopleDesk
from bot.slack.front import Front
from bot.slack.transport.account import Account
from bot.slack.transport.budget import Budget
from bot.slack.transport.maintainers import Maintainers
from bot.slack.transport.means import Means
from bot.slack.transport.stream import Clients


def make_front(
    rooms: Rooms,
    clients: Clients,
    account: Account,
    *,
    maintainers: Sequence[str] = (),
    escalation: Sequence[str] = (),
) -> Front:
    """`maintainers`: ids of people and user groups. `escalation`: a channel's id, and user groups'."""
    means = Means(
        clients=clients,
        budget=Budget(),
        freshness=rooms.freshness,
        humans=any(name[:1] in "CG" for name in escalation),
    )
    desk = PeopleDesk(means, escalation)
    return Front(
        account=account,
        rooms=rooms,
        means=means,
        maintainers=Maintainers(clients.patient, maintainers),
        desk=desk,
        escalations=Escalations(rooms.state, rooms.jobs, desk),
        attention=Attention(rooms.state, rooms.drafts, reviewed=means.humans),
    )
