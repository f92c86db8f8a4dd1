"""What Slack says when it refuses."""

from __future__ import annotations

from slack_sdk.errors import SlackApiError

GONE = frozenset({"channel_not_found", "is_archived", "not_in_channel", "account_inactive", "token_revoked"})
"""There is no place to write any more."""


def read_code(error: SlackApiError) -> str:
    """Slack's word for what went wrong."""
    return str(error.response.get("error", "unknown"))


def read_retry_after(error: SlackApiError) -> float:
    """Seconds that Slack wants to be left alone."""
    value = str(error.response.headers.get("Retry-After", "1"))
    return float(value) if value.isdigit() else 1.0
