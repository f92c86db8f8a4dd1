"""The bot's account in its workspace: the clients that call Slack, and who the token belongs to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.errors import FrontUnusable
from bot.slack.calls.patience import RateLimitPatience
from bot.slack.calls.refusals import read_code

TIMEOUT = 20
"""Seconds for one call."""
REFUSED = frozenset(
    {
        "account_inactive",
        "forbidden",
        "invalid_auth",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "token_expired",
        "token_revoked",
    }
)
"""Errors that an operator must mend: trying again is in vain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """The clients of one workspace."""

    patient: AsyncWebClient
    """Waits out a 429 by itself, and calls again where the connection was lost."""
    once: AsyncWebClient
    """Waits out a 429 too, and makes no call again that may have arrived."""
    hasty: AsyncWebClient
    """Neither: a piece of a stream that comes late is sent with the next one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who the bot is in its workspace."""

    team: str
    bot_user: str
    bot: str
    """The bot's own id, which its messages carry."""
    bot_name: str


@asynccontextmanager
async def open_clients(*, token: str, api_url: str) -> AsyncIterator[Clients]:
    """The clients of a workspace, on connections that are used again: one for each call would cost more than
    the call."""
    timeout, no_cookies = aiohttp.ClientTimeout(total=TIMEOUT), aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(timeout=timeout, cookie_jar=no_cookies) as session:
        again = AsyncConnectionErrorRetryHandler(max_retry_count=2)
        clients = Clients(
            patient=make_client(token, api_url, again, RateLimitPatience()),
            once=make_client(token, api_url, RateLimitPatience()),
            hasty=make_client(token, api_url),
        )
        for client in (clients.patient, clients.once, clients.hasty):
            client.session = session
        yield clients


def make_client(token: str, api_url: str, *handlers: AsyncRetryHandler) -> AsyncWebClient:
    """A client that calls this address and no other, and tries again as the handlers say."""
    made = AsyncWebClient(token=token, base_url=_slashed(api_url), timeout=TIMEOUT)
    made.retry_handlers = list(handlers)
    return made


def _slashed(url: str) -> str:
    return url if url.endswith("/") else f"{url}/"


async def sign_in(clients: Clients) -> Account:
    """Who the token belongs to. Raises FrontUnusable."""
    try:
        answer = await clients.patient.auth_test()
    except SlackApiError as error:
        raise FrontUnusable(
            f"Slack refuses the bot token ({read_code(error)}). Check SLACK_BOT_TOKEN: it begins with xoxb-."
        ) from error
    except (OSError, TimeoutError, aiohttp.ClientError) as error:
        raise FrontUnusable("Slack cannot be reached. Check the network and SLACK_API_URL.") from error
    return Account(
        team=answer["team_id"],
        bot_user=answer["user_id"],
        bot=str(answer.get("bot_id") or ""),
        bot_name=answer["user"],
    )
