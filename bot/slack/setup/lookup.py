"""Whether ids in the settings mean somebody: people, user groups, channels that the bot is in."""

from __future__ import annotations

import re
from dataclasses import dataclass

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.calls.refusals import read_code

_COPY = "In Slack, copy the id from the details of a person or a channel, or from the menu of a user group."
_INVITE = "In that channel, type /invite @docsbot; a private channel is not seen before that."
_PROBLEMS = {
    "user_not_found": ("is nobody in this workspace", _COPY),
    "no_such_subteam": ("is no user group of this workspace", _COPY),
    "channel_not_found": ("is no channel that the bot can see", _INVITE),
    "not_in_channel": ("is a channel that the bot is not in", _INVITE),
    "is_archived": ("is archived", "Name a channel that is in use."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What looking up one id has shown."""

    seen: bool = True
    """The app may look up ids of that kind."""
    problem: str = ""
    """Goes on after the id: `is archived`; empty where nothing is wrong."""
    mend: str = ""


async def look_up(client: AsyncWebClient, name: str) -> Look:
    """Raises SlackApiError for what says nothing about the id, and what aiohttp raises."""
    try:
        if re.fullmatch(r"[UW][A-Z0-9]{2,}", name):
            return await _person(client, name)
        if re.fullmatch(r"S[A-Z0-9]{2,}", name):
            return await _group(client, name)
        if re.fullmatch(r"[CG][A-Z0-9]{2,}", name):
            # Needs no other scope than the manifest's; nothing of the message is kept.
            await client.conversations_history(channel=name, limit=1)
            return Look()
    except SlackApiError as error:
        code = read_code(error)
        if code == "missing_scope":
            return Look(seen=False)
        if code not in _PROBLEMS:
            raise
        problem, mend = _PROBLEMS[code]
        return Look(problem=problem, mend=mend)
    return Look(problem="is no id of a person (U…), a user group (S…) or a channel (C…)", mend=_COPY)


async def _person(client: AsyncWebClient, name: str) -> Look:
    answer = await client.users_info(user=name)
    if (answer.get("user") or {}).get("deleted"):
        return Look(problem="is deactivated", mend="Name somebody who is in the workspace.")
    return Look()


async def _group(client: AsyncWebClient, name: str) -> Look:
    answer = await client.usergroups_users_list(usergroup=name)
    if not answer.get("users"):
        return Look(problem="is a user group without members", mend="Add people to it, or name another.")
    return Look()
