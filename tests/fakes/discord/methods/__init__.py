"""The operations that the fake serves."""

from __future__ import annotations

from collections.abc import Callable

from tests.fakes.discord.calls import Call
from tests.fakes.discord.methods import (
    account,
    channels,
    commands,
    guilds,
    interactions,
    messages,
    threads,
    webhooks,
)
from tests.fakes.discord.world import World

Method = Callable[[World, Call], object]
"""Gives the JSON of a successful answer; None for one without a body."""

METHODS: dict[str, Method] = {
    **account.METHODS,
    **channels.METHODS,
    **commands.METHODS,
    **guilds.METHODS,
    **interactions.METHODS,
    **messages.METHODS,
    **threads.METHODS,
    **webhooks.METHODS,
}
OPEN = ("/interactions/", "/webhooks/")
"""Paths whose token is in them."""

__all__ = ["METHODS", "OPEN", "Method"]
