"""The channel where people are asked, and where maintainers look at drafts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import discord

from bot.conversation.drafts import Drafted
from bot.conversation.models import ReplyGone
from bot.conversation.split import split
from bot.core.models import Answer
from bot.core.state import Claimed, Escalation, MessageKey
from bot.discord.markup import render
from bot.discord.markup.buttons import Verb, view
from bot.discord.reply import lay_out
from bot.discord.transport.place import DIRECT
from bot.discord.transport.reach import attempt, make_nonce, reach

if TYPE_CHECKING:
    from bot.conversation.freshness import Freshness

QUOTED = 1_000
"""Characters of a question that are shown to people; the link leads to the rest."""


class PeopleDesk:
    """`names`: the channel's id, and that of a role that is told."""

    def __init__(self, client: discord.Client, freshness: Freshness, names: Sequence[str]) -> None:
        self._client = client
        self._freshness = freshness
        self.channel = int(names[0]) if names and names[0].isdecimal() else 0
        self._roles = [int(name) for name in names[1:] if name.isdecimal()]

    async def ask(self, claimed: Claimed, *, by: str) -> tuple[str, str]:
        """The Desk's. Raises ReplyGone."""
        told = " ".join(f"<@&{role}>" for role in self._roles)
        found = "What I found" if claimed.outcome == "abstained" else "What I answered"
        head = f"{told} <@{by or claimed.user}> asks for a person's answer{link(claimed.key)}:".strip()
        parts = [head, quote(claimed.question)]
        if claimed.answer:
            parts.append(f"**{found}**\n{render.safe(claimed.answer)}")
        parts.append("*Reply to this message: your answer is posted where it was asked.*")
        message = await self._post(self.channel, parts, roles=True)
        return str(self.channel), str(message)

    async def relay(self, escalation: Escalation, *, author: str, text: str) -> None:
        """The Desk's. Raises ReplyGone."""
        key = escalation.key
        words = [f"<@{author}> answers <@{escalation.user}>:", render.safe(text)]
        room, _, _ = escalation.thread.partition("/")
        if not room:  # asked privately: so is the answer
            words = [quote(escalation.question), *words]
            user = await reach(lambda: self._client.fetch_user(int(escalation.user)))
            channel = await reach(user.create_dm)
            await self._post(channel.id, words)
            return
        try:
            await self._post(int(room), words)
        except ReplyGone:  # the thread was never opened, or is gone
            await self._post(int(key.channel), words)

    async def draft(self, claimed: Drafted, answer: Answer) -> str:
        """The DraftDesk's. Raises ReplyGone."""
        ages = await self._freshness.ages() if answer.citations else {}
        parts = [f"Draft for <@{claimed.user}>{link(claimed.key)}:", quote(claimed.text)]
        body = "\n\n".join(lay_out(answer.text, answer.citations, ages))
        return str(await self._post(self.channel, [*parts, body], ("post", "discard"), key=claimed.key))

    async def remove(self, message: str) -> None:
        """The DraftDesk's."""
        room = self._client.get_partial_messageable(self.channel)
        await attempt(room.get_partial_message(int(message)).delete)

    async def _post(
        self,
        channel: int,
        parts: Sequence[str],
        verbs: tuple[Verb, ...] = (),
        *,
        key: MessageKey | None = None,
        roles: bool = False,
    ) -> int:
        """Messages one below the other; the id of the last, which has the buttons. Raises ReplyGone."""
        room = self._client.get_partial_messageable(channel)
        told = [discord.Object(role) for role in self._roles] if roles else False
        allowed = discord.AllowedMentions(everyone=False, users=False, replied_user=False, roles=told)
        last = 0
        pieces = split("\n\n".join(parts), render.LIMIT)
        for number, piece in enumerate(pieces):
            below = view(verbs if key and number == len(pieces) - 1 else (), key or _NONE)
            send = partial(
                room.send,
                piece,
                nonce=make_nonce(),
                view=below,
                suppress_embeds=True,
                allowed_mentions=allowed,
            )
            last = (await reach(send)).id
        return last


_NONE = MessageKey(platform="discord", team=DIRECT, channel="0", message="0")


def link(key: MessageKey) -> str:
    """` in <#channel> (address)`."""
    if key.team == DIRECT:
        return " in a direct message"
    return f" in <#{key.channel}> (<https://discord.com/channels/{key.team}/{key.channel}/{key.message}>)"


def quote(question: str) -> str:
    """What somebody asked, as Discord shows quotations."""
    return "\n".join(f"> {line}" for line in render.safe(question[:QUOTED]).splitlines()) or "> …"
