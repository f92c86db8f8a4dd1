"""The channel where people are asked, and where maintainers look at drafts."""

from __future__ import annotations

from bot.chat.card import Card, Part, Quote, Sources, Text, Words
from bot.chat.platform import PRIVATE, Platform
from bot.conversation.drafts import Drafted
from bot.conversation.freshness import Freshness
from bot.core.models import Answer
from bot.core.state import Claimed, Escalation


class PeopleDesk:
    """A Desk and a DraftDesk. `channel`: empty where there is none. `groups`: ids of those that are told."""

    def __init__(
        self, platform: Platform, freshness: Freshness, *, channel: str = "", groups: tuple[str, ...] = ()
    ) -> None:
        self._platform = platform
        self._freshness = freshness
        self._groups = groups
        self.channel = channel

    async def ask(self, claimed: Claimed, *, by: str) -> tuple[str, str]:
        """The Desk's. Raises ReplyGone."""
        platform = self._platform
        told = " ".join(map(platform.group, self._groups))
        head = f"{told} {platform.person(by or claimed.user)} asks for a person's answer".strip()
        found = "What I found" if claimed.outcome == "abstained" else "What I answered"
        answer: tuple[Part, ...] = (Text(f"**{found}**\n\n{claimed.answer}"),) if claimed.answer else ()
        card = Card(
            parts=(
                Words(f"{head}{await platform.locate(claimed.key)}:"),
                Quote(claimed.question),
                *answer,
                Words(platform.how_to_answer),
            ),
            summary=claimed.question,
            told=self._groups,
        )
        return self.channel, await platform.post(self.channel, card)

    async def relay(self, escalation: Escalation, *, author: str, text: str) -> None:
        """The Desk's. Raises ReplyGone."""
        platform = self._platform
        head = Words(f"{platform.person(author)} answers {platform.person(escalation.user)}:")
        card = Card(parts=(head, Text(text)), summary=text)
        if escalation.thread.startswith(PRIVATE):  # so is the answer
            asked = Card(parts=(Quote(escalation.question), *card.parts), summary=text)
            await platform.post(await platform.open_direct(escalation.user), asked)
        else:
            await platform.post_where_asked(escalation.key, escalation.thread, card)

    async def draft(self, claimed: Drafted, answer: Answer) -> str:
        """The DraftDesk's. Raises ReplyGone."""
        platform, key = self._platform, claimed.key
        ages = await self._freshness.ages() if answer.citations else {}
        card = Card(
            parts=(
                Words(f"Draft for {platform.person(claimed.user)}{await platform.locate(key)}:"),
                Quote(claimed.text),
                Text(answer.text),
                Sources(answer.citations, ages),
            ),
            summary=answer.text,
            key=key,
            verbs=("post", "discard"),
        )
        return await platform.post(self.channel, card)

    async def remove(self, message: str) -> None:
        """The DraftDesk's."""
        await self._platform.remove(self.channel, message)
