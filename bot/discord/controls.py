"""The buttons on the bot's messages, and why a thumb is down."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import aiohttp
import discord
from discord import ui

from bot.conversation import drafts, escalation
from bot.conversation.models import Reply, ReplyGone
from bot.core.errors import DocsbotError
from bot.core.state import Claimed, MessageKey
from bot.discord.crawl import CrawlPost
from bot.discord.desk import quote
from bot.discord.front import Front
from bot.discord.markup.buttons import read_key, view
from bot.discord.transport.interactions import NOT_YOURS, may_manage, settle, whisper
from bot.discord.transport.outlet import ChannelOutlet, WhisperOutlet
from bot.discord.transport.place import place_within
from bot.discord.transport.reach import attempt, make_nonce, reach

logger = logging.getLogger(__name__)

WHY = "docsbot:why:"
"""Begins the name of the modal; behind it stands the question's key."""
COMMENT = 2_000  # characters
THANKS = "Thank you."
FORGOTTEN = "That answer is not known any more."
NOT_TO_STOP = "Only who asked, or a maintainer, may stop it."
NOT_AGAIN = "That cannot be tried again now. Please ask it once more in a minute."
NOT_HERE = "I may not write in this channel."
OVER = "That crawl cannot be cancelled, or is over."

Work = Callable[[discord.Interaction, MessageKey], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    front: Front
    maintainers: Sequence[str]

    async def press(self, interaction: discord.Interaction, verb: str, key: MessageKey) -> None:
        """Acts on a button."""
        try:
            await self._act(interaction, verb, key)
        except DocsbotError as error:
            logger.warning("the button %s: %s", verb, error)
            await whisper(interaction, error.text)

    async def _act(self, interaction: discord.Interaction, verb: str, key: MessageKey) -> None:
        if verb == "down":
            await self._vote_down(interaction, key)
            return
        open_to_all: dict[str, Work] = {"up": self._vote_up, "human": self._hand_over, "share": self._share}
        if verb in open_to_all:
            if await self.front.receive(interaction, private=True):
                await open_to_all[verb](interaction, key)
            return
        if not await self.front.receive(interaction, thinking=False):
            return
        if verb == "stop":
            await self._stop(interaction, key)
        elif verb == "retry":
            await self._retry(interaction, key)
        elif not may_manage(interaction, self.maintainers):
            await whisper(interaction, NOT_YOURS)
        else:
            managing: dict[str, Work] = {
                "post": self._post,
                "discard": self._discard,
                "cancel": self._cancel,
                "again": self._crawl_again,
            }
            await managing[verb](interaction, key)

    async def explain(self, interaction: discord.Interaction, name: str, comment: str) -> None:
        """The modal was sent; also one that was opened by a process that is gone."""
        key = read_key(name.removeprefix(WHY))
        if key is not None and await self.front.receive(interaction, private=True):
            user = str(interaction.user.id)
            known = await self.front.rooms.vote(key, user=user, up=False, comment=comment[:COMMENT])
            await settle(interaction, THANKS if known else FORGOTTEN)

    async def _vote_up(self, interaction: discord.Interaction, key: MessageKey) -> None:
        known = await self.front.rooms.vote(key, user=str(interaction.user.id), up=True)
        await settle(interaction, THANKS if known else FORGOTTEN)

    async def _vote_down(self, interaction: discord.Interaction, key: MessageKey) -> None:
        """The modal must be the first answer; the vote counts also where it is left."""
        name = f"{WHY}{key.team}:{key.channel}:{key.message}"
        modal = ui.Modal(title="What was wrong?", custom_id=name, timeout=900)
        modal.add_item(
            ui.TextInput(
                label="What would have helped?",
                style=discord.TextStyle.paragraph,
                custom_id="comment",
                required=False,
                max_length=COMMENT,
            )
        )
        try:
            await interaction.response.send_modal(modal)
        except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
            logger.info("the modal could not be opened: %s", error)
        await self.front.rooms.vote(key, user=str(interaction.user.id), up=False)

    async def _stop(self, interaction: discord.Interaction, key: MessageKey) -> None:
        claimed = await self.front.rooms.state.ledger.get(key)
        asked = claimed is not None and claimed.user == str(interaction.user.id)
        if asked or may_manage(interaction, self.maintainers):
            await self.front.rooms.responder.stop(key)
        else:
            await whisper(interaction, NOT_TO_STOP)

    async def _hand_over(self, interaction: discord.Interaction, key: MessageKey) -> None:
        handed = await self.front.escalations.hand_over(key, by=str(interaction.user.id))
        await settle(interaction, escalation.WORDS[handed])

    async def _retry(self, interaction: discord.Interaction, key: MessageKey) -> None:
        private = interaction.message is not None and interaction.message.flags.ephemeral

        async def make_reply(claimed: Claimed) -> Reply:
            if not private:
                return await self.front.make_reply(claimed)
            return self.front.reply(WhisperOutlet(interaction), key, claimed.question, private=True)

        user = str(interaction.user.id)
        if not await self.front.rooms.responder.retry(key, make_reply, user=user):
            await whisper(interaction, NOT_AGAIN)

    async def _share(self, interaction: discord.Interaction, key: MessageKey) -> None:
        show = partial(self._show_shared, interaction)
        posted = await self.front.rooms.drafts.post(key, "share", show, by=str(interaction.user.id))
        await settle(interaction, drafts.WORDS[posted])

    async def _post(self, interaction: discord.Interaction, key: MessageKey) -> None:
        user = interaction.user.id
        posted = await self.front.rooms.drafts.post(key, "post", self.front.show_draft, by=str(user))
        if posted == "posted":
            await self._close(interaction, f"Posted by <@{user}>.", key)
        else:
            await whisper(interaction, drafts.WORDS[posted])

    async def _discard(self, interaction: discord.Interaction, key: MessageKey) -> None:
        await self._close(interaction, f"Discarded by <@{interaction.user.id}>.", key)

    async def _cancel(self, interaction: discord.Interaction, key: MessageKey) -> None:
        try:
            cancelled = await self.front.rooms.crawls.cancel(await self._sources(key))
        except DocsbotError as error:
            logger.warning("cancelling a crawl: %s", error.detail or error.text)
            cancelled = False
        if not cancelled:
            await whisper(interaction, OVER)

    async def _crawl_again(self, interaction: discord.Interaction, key: MessageKey) -> None:
        sources = await self._sources(key)
        room, nonce = self.front.client.get_partial_messageable(int(key.channel)), make_nonce()
        said = f"<@{interaction.user.id}> asked for a crawl."
        try:
            sent = await reach(lambda: room.send(said, nonce=nonce))
        except ReplyGone as gone:
            logger.info("a crawl cannot be followed: %s", gone)
            await whisper(interaction, NOT_HERE)
            return
        after = replace(key, message=str(sent.id))
        await self.front.rooms.crawls.follow(after, sources, CrawlPost(self.front.client, after))

    async def _sources(self, key: MessageKey) -> tuple[str, ...]:
        """What the crawl that this message follows was asked for."""
        job = await self.front.rooms.jobs.find(key, "crawl")
        return tuple(job.question.splitlines()) if job else ()

    async def _show_shared(self, interaction: discord.Interaction, claimed: Claimed) -> str:
        channel = interaction.channel_id or int(claimed.key.channel)
        room = self.front.client.get_partial_messageable(channel)
        head = f"<@{claimed.user}> asked:\n{quote(claimed.question)}"
        await reach(lambda: room.send(head, nonce=f"{claimed.key.message}h", suppress_embeds=True))
        place = place_within(claimed.key.team, channel, int(claimed.user))
        outlet = ChannelOutlet(self.front.client, place)
        return await self.front.reply(outlet, claimed.key, claimed.question).show(claimed)

    async def _close(self, interaction: discord.Interaction, text: str, key: MessageKey) -> None:
        """What became of a draft takes the place of its buttons."""
        await attempt(lambda: interaction.edit_original_response(content=text, view=view((), key)))
