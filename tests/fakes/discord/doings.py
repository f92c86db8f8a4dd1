"""The user's side: commands, buttons, menus, modals. Each makes an `Interaction` to look at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from tests.fakes.discord import bodies, interacting, invoking
from tests.fakes.discord.acts import Where
from tests.fakes.discord.components import pressable
from tests.fakes.discord.invoking import Value
from tests.fakes.discord.models import (
    AUTOCOMPLETE,
    COMMAND,
    PRESS,
    SUBMIT,
    Channel,
    Choice,
    Interaction,
    Message,
)
from tests.fakes.discord.names import GUILD
from tests.fakes.discord.server import Server
from tests.fakes.discord.world import World
from tests.fakes.slack.wire import Json

T = TypeVar("T")
SLASH, MENU = 1, 3


class Doings:
    """A client knows the synced command tree and says no to what is not in it."""

    server: Server
    world: World

    async def command(
        self, user: str, where: Where, name: str, /, *, even_hidden: bool = False, **options: Value
    ) -> Interaction:
        """A slash command; of a group, `name` has several words: `config set`.

        With `even_hidden`, a user invokes what Discord would hide from him (default_member_permissions): an
        administrator can give a command to anyone, so that the app must check by itself.

        Raises:
            LookupError: For a command or option that is not synced, does not work there, or is hidden.
            TypeError: For a value of another type than the option's.
            ValueError: For a value that the option does not allow.
        """

        def act() -> Interaction:
            place = self._where(where)
            first, *path = name.split()
            found = invoking.find(self.world, SLASH, first, user, place, even_hidden=even_hidden)
            data = invoking.invocation(self.world, found, path, options)
            return interacting.begin(self.world, COMMAND, user, place, data)

        return await self._run(act)

    async def autocomplete(self, user: str, where: Where, name: str, /, **options: Value) -> list[Choice]:
        """What is offered while the last of the options is being typed.

        Raises:
            LookupError: When that option completes nothing.
            TimeoutError: When nothing is offered within 3 seconds.
        """

        def act() -> Interaction:
            place = self._where(where)
            first, *path = name.split()
            found = invoking.find(self.world, SLASH, first, user, place, even_hidden=True)
            data = invoking.invocation(self.world, found, path, options, focused=list(options)[-1])
            return interacting.begin(self.world, AUTOCOMPLETE, user, place, data)

        found = await self._run(act)
        end = self.world.clock.now() + self.world.deadline
        while found.choices is None:
            if self.world.clock.now() > end:
                raise TimeoutError(f"no choices for {options}")
            await asyncio.sleep(0.005)
        return found.choices

    async def context_menu(
        self, user: str, message: Message, name: str, /, *, even_hidden: bool = False
    ) -> Interaction:
        """A command of a message's menu. The app gets the message with its content, whatever its intents."""

        def act() -> Interaction:
            place = self._where(message.channel)
            found = invoking.find(self.world, MENU, name, user, place, even_hidden=even_hidden)
            body = bodies.message(self.world, message)
            data: Json = {"id": found["id"], "name": name, "type": MENU, "target_id": message.id}
            data["resolved"] = {"messages": {message.id: body}}
            if "guild_id" in found:
                data["guild_id"] = GUILD
            return interacting.begin(self.world, COMMAND, user, place, data)

        return await self._run(act)

    async def press(self, user: str, message: Message, name: str) -> Interaction:
        """Presses a button, by its label, its custom_id or its emoji.

        Raises:
            LookupError: When the user sees no such button, or it is disabled.
        """

        def act() -> Interaction:
            self._seen(user, message)
            component = pressable(message.components, name)
            data: Json = {key: component[key] for key in ("custom_id", "id")}
            data["component_type"] = component["type"]
            place = self._where(message.channel)
            return interacting.begin(self.world, PRESS, user, place, data, message)

        return await self._run(act)

    async def choose(self, user: str, message: Message, name: str, values: Sequence[str]) -> Interaction:
        """Chooses from a menu, by its custom_id; of channels, roles and users the ids.

        Raises:
            LookupError: When the user sees no such menu.
            ValueError: For values that it does not offer.
        """

        def act() -> Interaction:
            self._seen(user, message)
            data = invoking.chosen(self.world, pressable(message.components, name), list(values))
            place = self._where(message.channel)
            return interacting.begin(self.world, PRESS, user, place, data, message)

        return await self._run(act)

    async def submit(
        self, user: str, opened: Interaction, values: Mapping[str, str | list[str]] | None = None
    ) -> Interaction:
        """Submits the modal that an interaction opened; `values` by label or custom_id.

        Raises:
            LookupError: When no modal was opened, or an input is unknown or required and empty.
            ValueError: For a text of a length that the input does not allow.
        """

        def act() -> Interaction:
            if not opened.modal or opened.user != user:
                raise LookupError(f"{user} has no modal open")
            data = invoking.filled(self.world, opened.modal, values or {})
            place = self._where(opened.channel)
            return interacting.begin(self.world, SUBMIT, user, place, data, opened.message)

        return await self._run(act)

    async def expire(self, interaction: Interaction) -> None:
        """Ends an interaction's token, as 15 minutes do."""
        interaction.expired = True

    def _where(self, where: Where) -> Channel:
        return where if isinstance(where, Channel) else self.world.channels[where]

    def _seen(self, user: str, message: Message) -> None:
        if message.deleted or (message.ephemeral and message.ephemeral_for != user):
            raise LookupError(f"{user} does not see the message {message.id}")

    async def _run(self, act: Callable[[], T]) -> T:
        return await self.server.do(act)
