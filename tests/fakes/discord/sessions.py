"""A gateway session: what one IDENTIFY began, and what it was told, to be told again after a RESUME."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import uuid4

from tests.fakes.discord import permissions
from tests.fakes.discord.intents import MESSAGE_CONTENT, Event
from tests.fakes.discord.names import BOT
from tests.fakes.slack.wire import Json

if TYPE_CHECKING:
    from tests.fakes.discord.connections import Connection
    from tests.fakes.discord.world import World


@dataclass(slots=True, eq=False)
class Session:
    """One session; it outlives its connection."""

    intents: int
    id: str = field(default_factory=lambda: uuid4().hex)
    connection: Connection | None = None
    told: list[Json] = field(default_factory=list)
    """Every dispatch, in order; the sequence number of the first is 1."""
    resumed: int = 0
    """How often it was resumed."""

    def tell(self, name: str, body: Json) -> None:
        """Sends a dispatch, or keeps it until the session is resumed."""
        dispatch: Json = {"op": 0, "t": name, "s": len(self.told) + 1, "d": body}
        self.told.append(dispatch)
        if self.connection is not None:
            self.connection.send(dispatch)

    def offer(self, world: World, event: Event) -> None:
        """Tells of an event that the session asked for and whose channel the bot sees."""
        if event.intent and not self.intents & event.intent:
            return
        where = event.channel
        # An interaction reaches the app wherever it happened.
        if where is not None and event.intent and not permissions.sees(world, BOT, where):
            return
        self.tell(event.name, event.build(bool(self.intents & MESSAGE_CONTENT)))
