"""HTTP delivery: signed requests to the app's request URL."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from urllib.parse import urlencode
from uuid import uuid4

import aiohttp

from tests.fakes.slack.parcels import Outcome, Parcel
from tests.fakes.slack.wire import Json, parse_object

FORM = "application/x-www-form-urlencoded"


class Webhooks:
    """Posts to one request URL: events as JSON, commands and interactions as forms."""

    def __init__(self, secret: str) -> None:
        self.url = ""
        """Empty while the app is in Socket Mode."""
        self.secret = secret
        self.skew = 0.0
        """Seconds by which the timestamps are off."""
        self._session: aiohttp.ClientSession | None = None

    async def attempt(self, parcel: Parcel, number: int, reason: str, seconds: float) -> Outcome:
        kind, content = _content(parcel)
        retries = {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason} if number else {}
        try:
            status, headers, body = await self._post(content, kind, retries, seconds)
        except TimeoutError:
            return Outcome(failure="http_timeout")
        except aiohttp.ClientError:
            return Outcome(failure="connection_failed")
        if 200 <= status < 300:
            return Outcome(reply=parse_object(body) or ({"text": body} if body else {}))
        return Outcome(failure="http_error", final=headers.get("X-Slack-No-Retry") == "1")

    async def verify(self) -> bool:
        """Whether the app answers the challenge with which Slack checks a request URL."""
        challenge = uuid4().hex
        said = {"type": "url_verification", "token": "verification-token", "challenge": challenge}
        content = json.dumps(said)
        status, _, body = await self._post(content, "application/json", {}, 3.0)
        return status == 200 and challenge in (body.strip(), parse_object(body).get("challenge"))

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            await asyncio.sleep(0)

    def sign(self, content: str) -> dict[str, str]:
        """The headers that prove that a request comes from Slack."""
        stamp = str(int(time.time() + self.skew))
        digest = hmac.new(self.secret.encode(), f"v0:{stamp}:{content}".encode(), hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}

    async def _post(
        self, content: str, kind: str, headers: Mapping[str, str], seconds: float
    ) -> tuple[int, Mapping[str, str], str]:
        """Status, headers and body of the answer."""
        if self._session is None:
            self._session = aiohttp.ClientSession()
        said = {"Content-Type": kind, "User-Agent": "Slackbot 1.0", **self.sign(content), **headers}
        limit = aiohttp.ClientTimeout(total=seconds)
        async with self._session.post(self.url, data=content.encode(), headers=said, timeout=limit) as answer:
            return answer.status, answer.headers, await answer.text()


def _content(parcel: Parcel) -> tuple[str, str]:
    if parcel.kind == "events_api":
        return "application/json", json.dumps(parcel.payload)
    fields: Json = parcel.payload
    if parcel.kind == "interactive":
        fields = {"payload": json.dumps(parcel.payload)}
    return FORM, urlencode({key: str(value) for key, value in fields.items()})
