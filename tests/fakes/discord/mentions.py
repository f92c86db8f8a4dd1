"""Whom a text would notify, and which of its addresses would unfold."""

from __future__ import annotations

import re
from collections.abc import Collection

from tests.fakes.slack.wire import Json

CODE = re.compile(r"```.*?```|``.*?``|`[^`]*`", re.DOTALL)
USER = re.compile(r"<@!?(\d+)>")
ROLE = re.compile(r"<@&(\d+)>")
EVERYONE = re.compile(r"@(?:everyone|here)\b")
ADDRESS = re.compile(r"(?<!<)\bhttps?://[^\s<>)\]]+")


def users(content: str) -> list[str]:
    """The users that a text names, outside of code."""
    return list(dict.fromkeys(USER.findall(CODE.sub(" ", content))))


def roles(content: str) -> list[str]:
    return list(dict.fromkeys(ROLE.findall(CODE.sub(" ", content))))


def everyone(content: str) -> bool:
    return EVERYONE.search(CODE.sub(" ", content)) is not None


def pings(
    content: str, allowed: Json | None, *, author_of_reference: str, known: Collection[str]
) -> list[str]:
    """Whom a message notifies: `everyone`, and ids of users and roles.

    `allowed` is the body's allowed_mentions; without it, everything that the text names is notified, and the
    author of the message that it answers.
    """
    parse = _ids(allowed, "parse") if allowed is not None else ["users", "roles", "everyone"]
    found = ["everyone"] if "everyone" in parse and everyone(content) else []
    named = [user for user in users(content) if user in known]
    found += [user for user in named if "users" in parse or user in _ids(allowed, "users")]
    found += [role for role in roles(content) if "roles" in parse or role in _ids(allowed, "roles")]
    replied = True if allowed is None else allowed.get("replied_user") is True
    if author_of_reference and replied and author_of_reference not in found:
        found.append(author_of_reference)
    return found


def unfolding(text: str) -> list[str]:
    """The addresses that Discord would show a preview of: not in code, not in angle brackets."""
    return ADDRESS.findall(CODE.sub(" ", text))


def _ids(allowed: Json | None, key: str) -> list[str]:
    value = allowed.get(key) if allowed is not None else None
    return [str(each) for each in value] if isinstance(value, list) else []
