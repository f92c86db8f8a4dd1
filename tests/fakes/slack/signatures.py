"""The arguments of the methods that the types leave out, each method's scope, and its tier of rate limits."""

from __future__ import annotations

from collections.abc import Mapping

PAGE: Mapping[str, type] = {"cursor": str, "limit": int}
SPAN: Mapping[str, type] = {"oldest": str, "latest": str, "inclusive": bool, "include_all_metadata": bool}
MODAL: Mapping[str, type] = {"trigger_id": str, "interactivity_pointer": str, "view!": dict}

SIGNATURES: Mapping[str, Mapping[str, type]] = {
    "apps.connections.open": {},
    "auth.test": {},
    "bots.info": {"bot": str},
    "chat.delete": {"channel!": str, "ts!": str, "as_user": bool},
    "chat.getPermalink": {"channel!": str, "message_ts!": str},
    "conversations.history": {"channel!": str, **PAGE, **SPAN},
    "conversations.info": {"channel!": str, "include_locale": bool, "include_num_members": bool},
    "conversations.members": {"channel!": str, **PAGE},
    "conversations.open": {"channel": str, "users": str, "return_im": bool, "prevent_creation": bool},
    "conversations.replies": {"channel!": str, "ts!": str, **PAGE, **SPAN},
    "reactions.add": {"channel!": str, "name!": str, "timestamp!": str},
    "reactions.remove": {"channel": str, "name!": str, "timestamp": str},
    "team.info": {"team": str, "domain": str},
    "usergroups.list": {"include_count": bool, "include_disabled": bool, "include_users": bool},
    "usergroups.users.list": {"usergroup!": str, "include_disabled": bool},
    "users.info": {"user!": str, "include_locale": bool},
    "views.open": MODAL,
    "views.publish": {"user_id!": str, "view!": dict, "hash": str},
    "views.push": MODAL,
    "views.update": {"view_id": str, "external_id": str, "view!": dict, "hash": str},
}
"""Name to type; `!` marks what is required."""

SCOPES: Mapping[str, tuple[str, ...]] = {
    "agents.sessions.setStatus": ("chat:write",),
    "apps.connections.open": ("connections:write",),
    "assistant.threads.setStatus": ("assistant:write", "chat:write"),
    "assistant.threads.setSuggestedPrompts": ("assistant:write",),
    "assistant.threads.setTitle": ("assistant:write",),
    "bots.info": ("users:read",),
    "chat.appendStream": ("chat:write",),
    "chat.delete": ("chat:write",),
    "chat.postEphemeral": ("chat:write",),
    "chat.postMessage": ("chat:write",),
    "chat.startStream": ("chat:write",),
    "chat.stopStream": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.open": ("im:write",),
    "reactions.add": ("reactions:write",),
    "reactions.remove": ("reactions:write",),
    "team.info": ("team:read",),
    "usergroups.list": ("usergroups:read",),
    "usergroups.users.list": ("usergroups:read",),
    "users.info": ("users:read",),
}
"""Any one of them is enough. The reading of conversations depends on their kind: see `conversation_scope`."""

PER_MINUTE = {1: 1, 2: 20, 3: 50, 4: 100}
TIERS: Mapping[str, int] = {
    "agents.sessions.setStatus": 3,
    "apps.connections.open": 1,
    "assistant.threads.setStatus": 4,
    "assistant.threads.setSuggestedPrompts": 4,
    "assistant.threads.setTitle": 4,
    "bots.info": 3,
    "chat.appendStream": 4,
    "chat.delete": 3,
    "chat.postEphemeral": 4,
    "chat.startStream": 2,
    "chat.stopStream": 2,
    "chat.update": 3,
    "conversations.history": 3,
    "conversations.info": 3,
    "conversations.members": 4,
    "conversations.open": 3,
    "conversations.replies": 3,
    "reactions.add": 3,
    "reactions.remove": 2,
    "team.info": 3,
    "usergroups.list": 2,
    "usergroups.users.list": 2,
    "users.info": 4,
    "views.open": 4,
    "views.publish": 4,
    "views.push": 4,
    "views.update": 4,
}
"""chat.postMessage stands apart: one a second and channel. What is not named has ample limits."""

KINDS = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}


def conversation_scope(method: str, kind: str) -> str:
    """The scope that reading a conversation of this kind needs."""
    what = "history" if method in ("conversations.history", "conversations.replies") else "read"
    return f"{KINDS[kind]}:{what}"
