"""Which messages the bot answers, and why."""

from __future__ import annotations

from dataclasses import dataclass

from bot.conversation.drafts import DRAFT, Drafts
from bot.core.state import ChannelBook, MessageKey, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A message that a person wrote, and that the bot may read."""

    key: MessageKey
    root: MessageKey | None
    """The first message of its thread; None where it stands in none, or begins one."""
    text: str
    direct: bool
    """Written to the bot alone."""
    mentioned: bool
    """It names the bot."""
    others: bool
    """It names somebody else."""
    asks: bool = False
    """It is a question by its place: a post in a forum."""


class Attention:
    def __init__(self, state: State, drafts: Drafts, *, reviewed: bool) -> None:
        """`reviewed`: whether there is a place where maintainers can look at drafts."""
        self._ledger = state.ledger
        self._channels: ChannelBook = state.channels
        self._drafts = drafts
        self._reviewed = reviewed

    async def origin(self, heard: Heard) -> str:
        """Why it is answered; empty where it is not."""
        if heard.direct:
            return "dm"
        if heard.mentioned:
            return "mention"
        if heard.others:
            return ""
        if heard.root is not None:
            return "follow_up" if await self._began(heard.root) else ""
        if not heard.asks and "?" not in heard.text:
            return ""
        key = heard.key
        settings = await self._channels.read(platform=key.platform, team=key.team, channel=key.channel)
        if settings.mode == "drafts":
            return DRAFT if self._reviewed else ""
        return "unmentioned" if settings.mode == "all" else ""

    async def _began(self, root: MessageKey) -> bool:
        """Whether a thread began with a question that the bot has answered there."""
        claimed = await self._ledger.get(root)
        if claimed is None or claimed.outcome == "retracted":
            return False
        return claimed.origin != DRAFT or bool(await self._drafts.find_post(claimed))
