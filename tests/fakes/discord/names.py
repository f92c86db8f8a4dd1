"""Who and what is where in the guild. Ids are snowflakes, as texts."""

from __future__ import annotations

GUILD = "1100000000000000001"
EVERYONE = GUILD
"""The role that everybody has; its id is the guild's."""
APPLICATION = "1100000000000000011"
BOT = "1100000000000000012"
"""The bot's user; not the application's id, as for applications made before 2021: mixing them up shows."""
BOT_NAME = "docsbot"
BOT_ROLE = "1100000000000000013"

ALICE, BOB = "1100000000000000101", "1100000000000000102"
CAROL = "1100000000000000103"
"""She has the role MAINTAINERS, which may manage the server."""
DAVE = "1100000000000000104"
"""He has the role VOLUNTEERS, which may nothing special."""
OWNER = "1100000000000000105"

MAINTAINERS, VOLUNTEERS = "1100000000000000201", "1100000000000000202"

GENERAL, SUPPORT = "1100000000000000301", "1100000000000000302"
FORUM = "1100000000000000303"
DESK = "1100000000000000304"
"""Where people are asked when the documentation has no answer."""
HIDDEN = "1100000000000000305"
"""A text channel that the bot cannot see."""
TAG = "1100000000000000401"
"""The forum's only tag."""

TOKEN = "fake-discord-token-0123456789"
