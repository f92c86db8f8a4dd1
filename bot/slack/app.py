"""The Slack app: what each event, command and press leads to. Nothing here knows the transport."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.conversation.configuring import LanguageInvalid
from bot.slack.channel_modal import CHANNEL
from bot.slack.commands import Commands
from bot.slack.controls import Controls, Press, explain, read_press
from bot.slack.events import read_change, read_message
from bot.slack.front import Front
from bot.slack.home import Home
from bot.slack.setup.manifest import SHORTCUT
from bot.slack.votes import WHY, Votes

PROMPTS = (
    ("How do I get started?", "How do I get started?"),
    ("What can I configure?", "What can I configure?"),
)

Json = dict[str, Any]


def make_app(front: Front, *, signing_secret: str = "") -> AsyncApp:
    """Bolt's app with every listener registered; nothing is connected yet."""
    account, client = front.account, front.means.clients.patient

    async def authorize() -> AuthorizeResult:
        """Who the token belongs to is known: bolt would ask Slack, once for each event of the first ones."""
        return AuthorizeResult(
            enterprise_id=None,
            team_id=account.team,
            bot_user_id=account.bot_user,
            bot_id=account.bot,
            bot_token=client.token,
        )

    app = AsyncApp(
        client=client,
        authorize=authorize,
        signing_secret=signing_secret or None,
        # Socket Mode has no signatures; over HTTP bolt checks them.
        request_verification_enabled=bool(signing_secret),
        # Other bots' and its own messages are dropped here already.
        ignoring_self_events_enabled=True,
    )
    commands = Commands(front=front)
    _listen(app, front, Home(front=front))
    _obey(app, commands)
    _press(app, Controls(front=front, commands=commands))
    _count(app, Votes(front=front))
    return app


def _listen(app: AsyncApp, front: Front, home: Home) -> None:
    """Messages, their edits and deletions, Slack's own Stop, the opened panel."""
    team, bot = front.account.team, front.account.bot_user

    async def on_message(event: Json) -> None:
        if (message := read_message(event, team=team, bot=bot)) is not None:
            await front.on_message(message)
        elif (change := read_change(event, team=team, bot=bot)) is not None:
            await front.on_change(change)

    async def on_stop(event: Json) -> None:
        written = [str(ts) for ts in event.get("streaming_message_ts") or ()]
        await front.on_stop(str(event.get("channel", "")), written, str(event.get("thread_ts", "")))

    async def on_opened(event: Json) -> None:
        if event.get("tab") == "home":
            await home.show(str(event["user"]))
        elif event.get("tab") == "messages":
            await front.means.clients.patient.assistant_threads_setSuggestedPrompts(
                channel_id=str(event["channel"]),
                prompts=[{"title": title, "message": message} for title, message in PROMPTS],
            )

    app.event("app_mention")(on_message)
    app.event("message")(on_message)
    app.event("agent_session_stopped")(on_stop)
    app.event("app_home_opened")(on_opened)


def _obey(app: AsyncApp, commands: Commands) -> None:
    """Commands, and the shortcut in a message's menu."""

    def listener(work: Callable[[Json], Awaitable[None]]) -> Callable[[AsyncAck, Json], Awaitable[None]]:
        async def listen(ack: AsyncAck, body: Json) -> None:
            await ack()
            await work(body)

        return listen

    app.command("/ask")(listener(commands.ask))
    app.command("/reindex")(listener(commands.reindex))
    app.command("/docsbot")(listener(commands.manage))
    app.message_shortcut(SHORTCUT)(listener(commands.answer_message))


def _press(app: AsyncApp, controls: Controls) -> None:
    """Buttons, and the settings of a channel."""

    def listener(
        work: Callable[[Press], Awaitable[None]],
    ) -> Callable[[AsyncAck, Json, Json], Awaitable[None]]:
        async def listen(ack: AsyncAck, body: Json, action: Json) -> None:
            await ack()
            await work(read_press(body, action))

        return listen

    async def on_settings(ack: AsyncAck, view: Json, body: Json) -> None:
        try:
            settings = await controls.read_settings(view)
        except LanguageInvalid as error:
            await ack(response_action="errors", errors=explain(error))
            return
        await ack()
        await controls.keep_settings(view, settings, user=str(body["user"]["id"]))

    for action, work in {
        "ask_human": controls.ask_human,
        "retry": controls.retry,
        "share": controls.share,
        "draft_post": controls.post_draft,
        "draft_discard": controls.discard_draft,
        "crawl_cancel": controls.cancel_crawl,
        "crawl_retry": controls.retry_crawl,
    }.items():
        app.action(action)(listener(work))
    app.view(CHANNEL)(on_settings)


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
