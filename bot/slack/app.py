"""The Slack app: what each event, command and press leads to. Nothing here knows the transport."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.slack.account import Account
from bot.slack.commands import Commands
from bot.slack.events import read_change, read_message
from bot.slack.front import Front
from bot.slack.votes import WHY, Votes

PROMPTS = (
    ("How do I get started?", "How do I get started?"),
    ("What can I configure?", "What can I configure?"),
)

Json = dict[str, Any]


def make_app(front: Front, account: Account, commands: Commands, *, signing_secret: str = "") -> AsyncApp:
    """Bolt's app with every listener registered; nothing is connected yet."""
    app = AsyncApp(
        client=front.clients.patient,
        signing_secret=signing_secret or None,
        # Socket Mode has no signatures; over HTTP bolt checks them.
        request_verification_enabled=bool(signing_secret),
        # Other bots' and its own messages are dropped here already.
        ignoring_self_events_enabled=True,
    )
    _listen(app, front, account)
    _obey(app, commands)
    _count(app, Votes(front=front, team=account.team))
    return app


def _listen(app: AsyncApp, front: Front, account: Account) -> None:
    """Messages, their edits and deletions, Slack's own Stop, the opened panel."""

    async def on_message(event: Json) -> None:
        if (message := read_message(event, team=account.team, bot=account.bot_user)) is not None:
            await front.on_message(message)
        elif (change := read_change(event, team=account.team, bot=account.bot_user)) is not None:
            await front.on_change(change)

    async def on_stop(event: Json) -> None:
        written = [str(ts) for ts in event.get("streaming_message_ts") or ()]
        await front.on_stop(
            account.team, str(event.get("channel", "")), written, str(event.get("thread_ts", ""))
        )

    async def on_opened(event: Json) -> None:
        if event.get("tab") == "messages":
            await front.clients.patient.assistant_threads_setSuggestedPrompts(
                channel_id=str(event["channel"]),
                prompts=[{"title": title, "message": message} for title, message in PROMPTS],
            )

    app.event("app_mention")(on_message)
    app.event("message")(on_message)
    app.event("agent_session_stopped")(on_stop)
    app.event("app_home_opened")(on_opened)


def _obey(app: AsyncApp, commands: Commands) -> None:
    """Commands, and the buttons of the message that follows a crawl."""

    async def on_ask(ack: AsyncAck, command: Json) -> None:
        await ack()
        await commands.ask(command)

    async def on_reindex(ack: AsyncAck, command: Json) -> None:
        await ack()
        await commands.reindex(command)

    async def on_button(ack: AsyncAck, body: Json, action: Json) -> None:
        await ack()
        await commands.press(body, action)

    app.command("/ask")(on_ask)
    app.command("/reindex")(on_reindex)
    app.action("crawl_cancel")(on_button)
    app.action("crawl_retry")(on_button)


def _count(app: AsyncApp, votes: Votes) -> None:
    """Thumbs, and why one is down."""

    async def on_thumb(ack: AsyncAck, body: Json, action: Json) -> None:
        await ack()
        await votes.take(body, action)

    async def on_reason(ack: AsyncAck, view: Json, body: Json) -> None:
        await ack()
        await votes.explain(view, user=str(body["user"]["id"]))

    app.action("feedback")(on_thumb)
    app.view(WHY)(on_reason)
