"""What GitHub's refusals mean, in words that say what to do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from pipelines.errors import SourceDenied, SourceError, SourceLimited, SourceMissing, SourceUnavailable

_VARIABLE = "GITHUB_PERSONAL_ACCESS_TOKEN"
_UNTOLD = timedelta(seconds=60)
"""What GitHub's documentation asks for where it names no time."""
_LONGEST = timedelta(days=1)
_ABSENT = frozenset({404, 410, 451})


def explain_refusal(
    status: int, headers: Mapping[str, str], body: bytes, *, host: str, missing: str, has_token: bool
) -> SourceError:
    """The error for an answer that is neither 2xx nor 304. `missing` names what was asked for.

    Of the body's text nothing is repeated: it is another's, and may be anything.
    """
    if status == 429 or (status == 403 and _is_limit(headers, body)):
        return _limited(headers, host=host, has_token=has_token)
    if status == 401:
        return SourceDenied(
            f"{host} refused the token in {_VARIABLE}: it is wrong, expired or revoked. Make a new one with "
            "read access to the repository's contents, or unset it: public repositories need none."
            if has_token
            else f"{host} wants a token. Set {_VARIABLE} to one that may read the repository's contents."
        )
    if status == 409:
        return SourceMissing(f"{missing}: the repository is empty. Push a first commit, then index again.")
    if status == 422:
        return SourceMissing(f"{missing} does not exist.")
    if status in _ABSENT:
        may = (
            "the token may not see it"
            if has_token
            else f"the repository is private: set {_VARIABLE} to read it"
        )
        return SourceMissing(f"{missing} does not exist, or {may} ({host} answered {status}).")
    if status == 408 or status >= 500:
        return SourceUnavailable(f"{host} answered {status}. Try again in a moment.")
    may = (
        f"Give the token in {_VARIABLE} read access to the repository's contents"
        if has_token
        else f"Set {_VARIABLE}"
    )
    return SourceDenied(f"{host} refused to show {missing} (it answered {status}). {may}.")


def _is_limit(headers: Mapping[str, str], body: bytes) -> bool:
    # The secondary limit may come without any header; only its text tells it from a missing permission.
    spent = headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers
    return spent or b"rate limit" in body.lower()


def _limited(headers: Mapping[str, str], *, host: str, has_token: bool) -> SourceLimited:
    retry_at = _retry_at(headers, datetime.now(UTC))
    more = "" if has_token else f" With a token in {_VARIABLE} the limit is far higher."
    return SourceLimited(
        f"{host} allows no more requests until {retry_at:%H:%M:%S} UTC.{more}", retry_at=retry_at
    )


def _retry_at(headers: Mapping[str, str], now: datetime) -> datetime:
    """When to ask again: never in the past, at most a day ahead."""
    try:
        after = headers.get("retry-after", "").strip()
        if after.isdigit():
            told = now + timedelta(seconds=int(after))
        elif after:
            told = parsedate_to_datetime(after).astimezone(UTC)
        else:
            told = datetime.fromtimestamp(int(headers["x-ratelimit-reset"]), UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        told = now + _UNTOLD
    return min(max(told, now), now + _LONGEST)
