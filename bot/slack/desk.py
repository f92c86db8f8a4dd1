"""The channel where people are asked, and where maintainers look at drafts."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.conversation.drafts import Drafted
from bot.conversation.split import split
from bot.core.models import Answer
from bot.core.state import Claimed, Escalation
from bot.slack.markup import blocks, render
from bot.slack.markup.safety import safe
from bot.slack.transport.means import Means
from bot.slack.transport.reach import reach
from bot.slack.transport.stream import Json, read_code

logger = logging.getLogger(__name__)

_TS = re.compile(r"\d{1,12}\.\d{1,9}")
QUOTED = 1_500
"""Characters of a question that are shown to people; the link leads to the rest."""


class PeopleDesk:
    """The channel where people are asked. `names`: its id, and those of user groups that are told."""

    def __init__(self, means: Means, names: Sequence[str]) -> None:
        self._means = means
        self.channel = next((name for name in names if name[:1] in "CG"), "")
        self._groups = [name for name in names if name.startswith("S")]

    async def ask(self, claimed: Claimed, *, by: str) -> tuple[str, str]:
        """The Desk's. Raises ReplyGone."""
        told = " ".join(f"<!subteam^{group}>" for group in self._groups)
        head = f"{told} <@{by or claimed.user}> asks for a person's answer".strip()
        place = await self.link(claimed.key.channel, claimed.key.message)
        found = "*What I found*" if claimed.outcome == "abstained" else "*What I answered*"
        made = [
            *_section(f"{head}{place}:"),
            *quote(claimed.question),
            *(_section(found) if claimed.answer else ()),
            *render.sections(claimed.answer)[:4],
            *_section("_Answer in this thread: it is posted where it was asked._"),
        ]
        return self.channel, await self.post(self.channel, render.fallback(claimed.question), made)

    async def relay(self, escalation: Escalation, *, author: str, text: str) -> None:
        """The Desk's. Raises ReplyGone."""
        # The person's own text, in Slack's markup: its mentions are broken like anybody's.
        words = safe(text)
        made = [*_section(f"<@{author}> answers <@{escalation.user}>:"), *render.body(_first(words))]
        if is_message(escalation.thread):
            await self.post(escalation.key.channel, render.fallback(text), made, thread=escalation.thread)
        else:  # asked privately, by a command: so is the answer
            channel = await self._open(escalation.user)
            await self.post(channel, render.fallback(text), [*quote(escalation.question), *made])

    async def draft(self, claimed: Drafted, answer: Answer) -> str:
        """The DraftDesk's. Raises ReplyGone."""
        key = claimed.key
        made = [
            *_section(f"Draft for <@{claimed.user}>{await self.link(key.channel, key.message)}:"),
            *quote(claimed.text),
            *render.body(_first(safe(answer.text))),
            *render.sources_context(answer.citations, ages=await self._means.freshness.ages()),
            *blocks.draft_buttons(key.channel, key.message),
        ]
        return await self.post(self.channel, render.fallback(answer.text), made)

    async def link(self, channel: str, message: str) -> str:
        """` in <#C…> (the question)`, as far as Slack tells."""
        if channel.startswith("D"):
            return " in a direct message"
        if not is_message(message):
            return f", asked privately in <#{channel}>"
        try:
            answer = await self._means.clients.hasty.chat_getPermalink(channel=channel, message_ts=message)
        except (SlackApiError, aiohttp.ClientError, TimeoutError):
            return f" in <#{channel}>"
        return f" in <#{channel}> (<{answer['permalink']}|the question>)"

    async def _open(self, user: str) -> str:
        """The direct messages with a person. Raises ReplyGone."""
        answer = await reach(self._means.clients.patient.conversations_open(users=user))
        return str(answer["channel"]["id"])

    async def post(self, channel: str, text: str, made: Sequence[Json], *, thread: str = "") -> str:
        """A message; its timestamp. Raises ReplyGone."""
        call = self._means.clients.once.chat_postMessage(
            channel=channel,
            text=text,
            blocks=list(made),
            thread_ts=thread or None,
            unfurl_links=False,
            unfurl_media=False,
        )
        return str((await reach(call))["ts"])

    async def remove(self, message: str) -> None:
        """The DraftDesk's."""
        try:
            await self._means.clients.patient.chat_delete(channel=self.channel, ts=message)
        except SlackApiError as error:
            logger.info("a draft could not be removed: %s", read_code(error))
        except (aiohttp.ClientError, TimeoutError) as error:
            logger.info("a draft could not be removed: %s", type(error).__name__)


def is_message(ts: str) -> bool:
    """Whether it names a message; a command's question is named by its trigger."""
    return _TS.fullmatch(ts) is not None


def quote(question: str) -> list[Json]:
    """What somebody asked, as Slack shows quotations."""
    shown = render.escape(question[:QUOTED]) or "…"
    return _section("\n".join(f">{line}" for line in shown.splitlines()))


def _section(mrkdwn: str) -> list[Json]:
    return [{"type": "section", "text": {"type": "mrkdwn", "text": mrkdwn, "verbatim": True}}]


def _first(markdown: str) -> str:
    return next(iter(split(markdown, render.LIMIT)), "")
