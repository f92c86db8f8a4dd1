"""Slack's payloads → the shared rooms: what each event, command, press and modal leads to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from bot.chat.commands import NOT_YOURS
from bot.chat.front import Front, open_front
from bot.conversation.configuring import LanguageInvalid
from bot.conversation.rooms import Rooms
from bot.core.state import ChannelSettings
from bot.slack.act import Acting, Payload, read_act, read_key, read_press
from bot.slack.calls.account import Account, Clients
from bot.slack.calls.maintainers import Maintainers
from bot.slack.calls.reach import venture
from bot.slack.events import read_change, read_message
from bot.slack.home import show_home
from bot.slack.markup import modals
from bot.slack.platform import SlackPlatform
from bot.slack.writing.budget import Budget
from bot.slack.writing.means import Means

PROMPTS = ("How do I get started?", "What can I configure?")
HOW_TO_ASK = "Ask like this: `/ask How do I rotate a key?`"
HOW_TO_MANAGE = (
    "`/docsbot status` shows what I answer from, `/docsbot config` sets how I answer in this channel "
    "(maintainers), `/reindex` reads the documentation again (maintainers), `/ask` asks it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackFront:
    """One bot in one workspace."""

    platform: SlackPlatform
    chat: Front
    maintainers: Maintainers

    def act(self, body: Payload, *, room: str = "") -> Acting:
        return read_act(self.platform, self.maintainers, body, room=room)

    async def on_message(self, event: Payload) -> None:
        """A message, its edit, its deletion."""
        talk, account = self.chat.talk, self.platform.account
        if message := read_message(event, team=account.team, bot=account.bot_user):
            await talk.hear(message, partial(self.platform.first, message))
        elif change := read_change(event, team=account.team, bot=account.bot_user):
            if change.kind == "deleted":
                await talk.hear_deletion(change.key)
            elif change.message is not None and change.text_changed:
                await talk.hear_edit(change.message, partial(self.platform.first, change.message))

    async def on_stop(self, event: Payload) -> None:
        """Slack's own Stop: the reader wants no more of an answer."""
        rooms, channel = self.chat.talk.rooms, str(event.get("channel", ""))
        await rooms.responder.stop_thread(channel=channel, thread=str(event.get("thread_ts", "")))
        for ts in event.get("streaming_message_ts") or ():  # it may be another process that writes it
            claimed = await rooms.state.ledger.find_reply(
                platform="slack", team=self.platform.account.team, channel=channel, reply=str(ts)
            )
            if claimed is not None:
                await rooms.responder.stop(claimed.key)

    async def on_opened(self, event: Payload) -> None:
        """The Home tab, or the bot's panel."""
        if event.get("tab") == "home":
            await show_home(str(event["user"]), self.platform, self.maintainers, self.chat.commands)
        elif event.get("tab") == "messages":
            await venture(
                self.platform.means.clients.patient.assistant_threads_setSuggestedPrompts(
                    channel_id=str(event["channel"]),
                    prompts=[{"title": prompt, "message": prompt} for prompt in PROMPTS],
                )
            )

    async def ask(self, body: Payload) -> None:
        """`/ask question`."""
        act, text = self.act(body), str(body.get("text") or "").strip()
        if text:
            await self.chat.commands.ask(act, act.key, text)
        else:
            await act.tell(HOW_TO_ASK)

    async def reindex(self, body: Payload) -> None:
        """`/reindex [source]`."""
        await self.chat.commands.reindex(self.act(body), tuple(str(body.get("text") or "").split()))

    async def manage(self, body: Payload) -> None:
        """`/docsbot status` or `/docsbot config`."""
        act, word = self.act(body), str(body.get("text") or "").strip().lower()
        if word == "status":
            await self.chat.commands.status(act)
        elif word != "config":
            await act.tell(HOW_TO_MANAGE)
        elif await act.may_manage():
            settings = await self.chat.commands.read_settings(act.key)
            sources, desk = await self.chat.commands.sources(), self.chat.talk.desk
            await act.open(modals.settings_of(act.room, settings, sources, drafts=bool(desk.channel)))
        else:
            await act.tell(NOT_YOURS)

    async def answer_message(self, body: Payload) -> None:
        """The shortcut in a message's menu: its answer goes into its thread."""
        act, account = self.act(body), self.platform.account
        asked = {"channel": act.room, "user": act.user, "ts": act.message}
        asked |= {name: body["message"].get(name) for name in ("text", "thread_ts")}
        if message := read_message(asked, team=account.team, bot=account.bot_user):
            first = partial(self.platform.first, message)
            await self.chat.commands.answer_message(act, message, first)

    async def press(self, body: Payload, action: Payload) -> None:
        """A button."""
        act = self.act(body)
        if pressed := read_press(action, act):
            await self.chat.controls.press(act, *pressed)

    async def explain(self, body: Payload) -> None:
        """Why a thumb is down."""
        view = body["view"]
        if key := read_key(self.platform, str(view["private_metadata"])):
            comment = modals.read_why(view["state"]["values"])
            await self.chat.controls.explain(self.act(body, room=key.channel), key, comment)

    async def read_settings(self, body: Payload) -> ChannelSettings:
        """What the modal says. Raises LanguageInvalid."""
        view, act = body["view"], self.act(body, room=str(body["view"]["private_metadata"]))
        before = await self.chat.commands.read_settings(act.key)
        known = await self.chat.commands.sources()
        return modals.read(view["state"]["values"], [*known, *before.sources])

    async def keep_settings(self, body: Payload, settings: ChannelSettings) -> None:
        act = self.act(body, room=str(body["view"]["private_metadata"]))
        await self.chat.commands.keep_settings(act, act.key, settings)


def explain_fields(error: LanguageInvalid) -> dict[str, str]:
    """The modal's words for a field that cannot be kept."""
    return {"language": str(error)}


def make_front(
    rooms: Rooms,
    clients: Clients,
    account: Account,
    *,
    maintainers: Sequence[str] = (),
    escalation: Sequence[str] = (),
) -> SlackFront:
    """`maintainers`: ids of people and user groups. `escalation`: a channel's id, and user groups'."""
    channel = next((name for name in escalation if name[:1] in "CG"), "")
    groups = tuple(name for name in escalation if name.startswith("S"))
    means = Means(clients=clients, budget=Budget(), freshness=rooms.freshness, humans=bool(channel))
    platform = SlackPlatform(account=account, means=means)
    return SlackFront(
        platform=platform,
        chat=open_front(platform, rooms, channel=channel, groups=groups),
        maintainers=Maintainers(clients.patient, maintainers),
    )
