"""Who and what is where in the workspace."""

from __future__ import annotations

TEAM, TEAM_DOMAIN = "T0DOCSTEAM", "docs-team"
APP, BOT, BOT_USER, BOT_NAME = "A0DOCSBOT1", "B0DOCSBOT1", "U0DOCSBOT1", "docsbot"
ALICE, BOB, DAVE = "U0ALICE001", "U0BOB00001", "U0DAVE0001"
CAROL = "U0CAROL001"
"""The only one in the user group of maintainers."""
GENERAL, SUPPORT = "C0GENERAL1", "C0SUPPORT1"
PRIVATE = "G0PRIVATE1"
"""A private channel that the app is in."""
ELSEWHERE = "C0ELSEWHR1"
"""A channel that the app is not in."""
MAINTAINERS = "S0MAINTAIN"
BOT_TOKEN, APP_TOKEN = "xoxb-fake-0001-bot", "xapp-1-A0DOCSBOT1-0001-fake"
SIGNING_SECRET = "fake-signing-secret-0123456789"
SUBSCRIPTIONS = frozenset(
    (
        "agent_session_stopped",
        "app_context_changed",
        "app_home_opened",
        "app_mention",
        "message.channels",
        "message.groups",
        "message.im",
        "message.mpim",
        "reaction_added",
    )
)
SCOPES = (
    "app_mentions:read",
    "assistant:write",
    "channels:history",
    "chat:write",
    "commands",
    "groups:history",
    "im:history",
    "im:read",
    "im:write",
    "mpim:history",
    "reactions:read",
    "reactions:write",
    "usergroups:read",
    "users:read",
)
