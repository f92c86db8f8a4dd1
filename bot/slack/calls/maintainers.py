"""Who may do what members may not: people and user groups named in the settings."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.calls.refusals import read_code

logger = logging.getLogger(__name__)

KEPT = 300.0
"""Seconds that a group's members are remembered: usergroups.users.list is Tier 2."""


class Maintainers:
    """`names` are ids of people (U…, W…) and of user groups (S…); without any, nobody is one."""

    def __init__(
        self,
        client: AsyncWebClient,
        names: Sequence[str],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._people = frozenset(name for name in names if not name.startswith("S"))
        self._groups = tuple(name for name in names if name.startswith("S"))
        self._clock = clock
        self._members: frozenset[str] = frozenset()
        self._read_at = float("-inf")

    async def include(self, user: str) -> bool:
        if user in self._people:
            return True
        if self._groups and self._clock() - self._read_at > KEPT:
            await self._read()
        return user in self._members

    async def _read(self) -> None:
        """Reads the groups; one that cannot be read keeps who was known of it out."""
        members: set[str] = set()
        for group in self._groups:
            try:
                answer = await self._client.usergroups_users_list(usergroup=group)
            except SlackApiError as error:
                logger.warning("the user group %s cannot be read: %s", group, read_code(error))
            except (aiohttp.ClientError, TimeoutError) as error:
                logger.warning("the user group %s cannot be read: %s", group, type(error).__name__)
            else:
                members.update(answer.get("users", ()))
        self._members, self._read_at = frozenset(members), self._clock()
