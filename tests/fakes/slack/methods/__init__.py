"""The methods of the Web API, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.fakes.slack.calls import Call
from tests.fakes.slack.methods import agents, chat, conversations, people, reactions, streams, views
from tests.fakes.slack.wire import Json
from tests.fakes.slack.world import World

Method = Callable[[World, Call], Json]

METHODS: Mapping[str, Method] = {
    "agents.sessions.setStatus": agents.set_session,
    "assistant.threads.setStatus": agents.set_status,
    "assistant.threads.setSuggestedPrompts": agents.set_prompts,
    "assistant.threads.setTitle": agents.set_title,
    "auth.test": people.auth_test,
    "bots.info": people.bot_info,
    "chat.appendStream": streams.append,
    "chat.delete": chat.delete,
    "chat.getPermalink": chat.permalink,
    "chat.postEphemeral": chat.post_ephemeral,
    "chat.postMessage": chat.post,
    "chat.startStream": streams.start,
    "chat.stopStream": streams.stop,
    "chat.update": chat.update,
    "conversations.history": conversations.history,
    "conversations.info": conversations.info,
    "conversations.members": conversations.members,
    "conversations.open": conversations.open_direct,
    "conversations.replies": conversations.replies,
    "reactions.add": reactions.add,
    "reactions.remove": reactions.remove,
    "team.info": people.team_info,
    "usergroups.list": people.usergroups,
    "usergroups.users.list": people.usergroup_users,
    "users.info": people.user_info,
    "views.open": views.open_modal,
    "views.publish": views.publish,
    "views.push": views.push,
    "views.update": views.update,
}
"""apps.connections.open is the server's own."""
