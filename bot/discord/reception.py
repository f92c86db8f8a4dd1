"""Where messages and interactions come in: read, acknowledged in time, acted on by one process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import discord

from bot.chat.front import Front
from bot.chat.verbs import Verb
from bot.core.state import MessageKey
from bot.discord.act import Acting
from bot.discord.events import Asked, read_message
from bot.discord.markup.modals import read_why
from bot.discord.platform import DiscordPlatform
from bot.discord.transport.interactions import acknowledge, may_manage

TOO_LATE = "That took too long to reach me. Please try it again."
WORDY: frozenset[Verb] = frozenset({"up", "human", "share"})
"""Buttons that answer with a word; the others change the message that they stand below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """Where messages and interactions come in. `maintainers`: ids of people and roles. `in_threads`: answers
    get threads of their own."""

    front: Front
    platform: DiscordPlatform
    maintainers: Sequence[str]
    in_threads: bool

    def read(self, message: discord.Message) -> Asked | None:
        """None where nobody asks."""
        me = self.platform.client.user
        return read_message(message, me=me, in_threads=self.in_threads) if me else None

    def may_manage(self, interaction: discord.Interaction) -> bool:
        return may_manage(interaction, self.maintainers)

    async def receive(
        self, interaction: discord.Interaction, *, private: bool = True, thinking: bool = True
    ) -> Acting | None:
        """Acknowledges it; None where it is not this process's to act on.

        Where it came too late, who acted is told so directly, by one process.
        """
        act = self._open(interaction, confirms=thinking)
        receipt = await acknowledge(interaction, private=private, thinking=thinking)
        if receipt == "lost":
            jobs = self.front.talk.rooms.jobs
            if job := await jobs.start(act.key, "excuse", user=act.user):
                async with jobs.keeping(job):
                    await self.platform.tell(interaction.user.id, TOO_LATE)
                await jobs.end(job)
        return act if receipt == "mine" else None

    async def press(self, interaction: discord.Interaction, verb: Verb, key: MessageKey) -> None:
        """A button. A thumb down is answered by its modal, which must be the first answer."""
        if verb == "down":
            await self.front.controls.press(self._open(interaction, confirms=False), verb, key)
        elif act := await self.receive(interaction, private=verb in WORDY, thinking=verb in WORDY):
            await self.front.controls.press(act, verb, key)

    async def explain(self, interaction: discord.Interaction, name: str, comment: str) -> None:
        """A modal was sent; also one that was opened by a process that is gone."""
        if (key := read_why(name)) and (act := await self.receive(interaction)):
            await self.front.controls.explain(act, key, comment)

    def _open(self, interaction: discord.Interaction, *, confirms: bool) -> Acting:
        return Acting(
            platform=self.platform, interaction=interaction, maintainers=self.maintainers, confirms=confirms
        )
