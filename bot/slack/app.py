"""The Slack app: which listener gets what. Nothing here knows the transport."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.chat.verbs import VERBS
from bot.conversation.configuring import LanguageInvalid
from bot.slack.front import SlackFront, explain_fields
from bot.slack.markup.modals import CHANNEL, WHY
from bot.slack.setup.manifest import SHORTCUT

Json = dict[str, Any]
Work = Callable[[Json], Awaitable[None]]


def make_app(front: SlackFront, *, signing_secret: str = "") -> AsyncApp:
    """Bolt's app with every listener registered; nothing is connected yet."""
    account, client = front.platform.account, front.platform.means.clients.patient

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
    _listen(app, front)
    _act(app, front)
    return app


def _listen(app: AsyncApp, front: SlackFront) -> None:
    """Messages, their edits and deletions, Slack's own Stop, the opened panel."""

    def listener(work: Work) -> Work:
        async def listen(event: Json) -> None:
            await work(event)

        return listen

    app.event("app_mention")(listener(front.on_message))
    app.event("message")(listener(front.on_message))
    app.event("agent_session_stopped")(listener(front.on_stop))
    app.event("app_home_opened")(listener(front.on_opened))


def _act(app: AsyncApp, front: SlackFront) -> None:
    """Commands, the shortcut in a message's menu, buttons, modals: each is acknowledged first."""

    def listener(work: Work) -> Callable[[AsyncAck, Json], Awaitable[None]]:
        async def listen(ack: AsyncAck, body: Json) -> None:
            await ack()
            await work(body)

        return listen

    async def on_press(ack: AsyncAck, body: Json, action: Json) -> None:
        await ack()
        await front.press(body, action)

    async def on_settings(ack: AsyncAck, body: Json) -> None:
        try:
            settings = await front.read_settings(body)
        except LanguageInvalid as error:
            await ack(response_action="errors", errors=explain_fields(error))
            return
        await ack()
        await front.keep_settings(body, settings)

    app.command("/ask")(listener(front.ask))
    app.command("/reindex")(listener(front.reindex))
    app.command("/docsbot")(listener(front.manage))
    app.message_shortcut(SHORTCUT)(listener(front.answer_message))
    for action in ("feedback", *VERBS):
        app.action(action)(on_press)
    app.view(CHANNEL)(on_settings)
    app.view(WHY)(listener(front.explain))
