"""The chat platforms."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel

from bot.values import Address, AnswerPlace, Count, Names, Secret, Switch, Variable


class Fronts(BaseModel):
    user_limit: Annotated[
        Count,
        Variable(
            "DOCSBOT_USER_LIMIT", "Chat", "Questions a minute that one person may ask; 0 for no limit", "10"
        ),
    ] = 10
    team_limit: Annotated[
        Count,
        Variable("DOCSBOT_TEAM_LIMIT", "Chat", "Questions a minute in one workspace; 0 for no limit", "120"),
    ] = 120

    slack_bot_token: Annotated[
        Secret, Variable("SLACK_BOT_TOKEN", "Slack", "The app's bot token", "xoxb-…")
    ] = None
    slack_app_token: Annotated[
        Secret, Variable("SLACK_APP_TOKEN", "Slack", "The app-level token, with connections:write", "xapp-…")
    ] = None
    slack_signing_secret: Annotated[
        Secret,
        Variable("SLACK_SIGNING_SECRET", "Slack", "Proves that a request over HTTP is Slack's", "8f742231…"),
    ] = None
    slack_maintainers: Annotated[
        Names,
        Variable(
            "SLACK_MAINTAINERS",
            "Slack",
            "Ids of the people and user groups who may reindex; without it, nobody may from Slack",
            "U012ABCDEF S345GHIJKL",
        ),
    ] = ()
    slack_api_url: Annotated[
        Address,
        Variable(
            "SLACK_API_URL",
            "Slack",
            "Slack's Web API; another address for GovSlack or a proxy",
            "https://slack-gov.com/api",
        ),
    ] = "https://slack.com/api"
    slack_escalation: Annotated[
        Names,
        Variable(
            "SLACK_ESCALATION",
            "Slack",
            "Id of the channel where people are asked when the documentation has no answer, and of "
            "the user group that is told; drafts go there too",
            "C012ABCDEF S345GHIJKL",
        ),
    ] = ()

    discord_token: Annotated[Secret, Variable("DISCORD_TOKEN", "Discord", "The bot's token", "MTE…")] = None
    discord_api_url: Annotated[
        Address,
        Variable(
            "DISCORD_API_URL",
            "Discord",
            "Discord's REST API; another address for a proxy",
            "https://discord.com/api",
        ),
    ] = "https://discord.com/api"
    discord_maintainers: Annotated[
        Names,
        Variable(
            "DISCORD_MAINTAINERS",
            "Discord",
            "Ids of people and roles who may reindex and configure, besides those who may manage the server",
            "112233445566778899",
        ),
    ] = ()
    discord_escalation: Annotated[
        Names,
        Variable(
            "DISCORD_ESCALATION",
            "Discord",
            "Id of the channel where people are asked when the documentation has no answer, and of "
            "the role that is told; drafts go there too",
            "112233445566778899",
        ),
    ] = ()
    discord_message_content: Annotated[
        Switch,
        Variable(
            "DISCORD_MESSAGE_CONTENT",
            "Discord",
            "on: reads messages that do not mention it, for follow-ups and forums; needs the "
            "privileged intent",
            "on",
        ),
    ] = False
    discord_answer_in: Annotated[
        AnswerPlace,
        Variable(
            "DISCORD_ANSWER_IN",
            "Discord",
            "thread: a mention is answered in a thread of its own; reply: below the message",
            "reply",
        ),
    ] = "thread"
