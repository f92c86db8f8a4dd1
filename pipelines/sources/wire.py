"""Calls to GitHub's REST API: one place for headers, retries, counting, and what each refusal means."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import BinaryIO, TypeVar

import httpx
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential, wait_random

from pipelines.errors import SourceError, SourceUnavailable
from pipelines.sources.models import NotModified
from pipelines.sources.refusals import explain_refusal

JSON = "application/vnd.github+json"
RAW = "application/vnd.github.raw+json"
_VERSION = "2022-11-28"
_MAX_JSON = 128 * 1_048_576
_CHUNK = 1_048_576
_MAX_WORDS = 8192
_PATIENCE = 4
"""An attempt may take this many timeouts in all: a server that sends a byte now and then is not alive."""
_MAX_WAIT = 16

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reply:
    """A successful answer, read whole."""

    headers: httpx.Headers
    body: bytes


class Wire:
    """One GitHub server, as one user. A redirect to another host is followed without the token."""

    def __init__(
        self,
        *,
        api_url: str,
        token: str | None,
        client: httpx.AsyncClient | None,
        timeout: float,
        retries: int,
        backoff: float,
    ) -> None:
        """`timeout` in seconds, for a connection and for each read; `backoff` seconds before the first retry,
        doubled for each further one. A client that is given stays open; without one, the wire makes its own.
        """
        self.requests = 0
        self._api_url = api_url
        self._timeout = timeout
        self._owned: httpx.AsyncClient | None = None
        self._client = client
        self._headers = {"User-Agent": "docsbot", "X-GitHub-Api-Version": _VERSION}
        self._has_token = bool(token)
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._retrying = AsyncRetrying(
            retry=retry_if_exception_type(SourceUnavailable),
            stop=stop_after_attempt(retries + 1),
            wait=wait_exponential(multiplier=backoff, max=backoff * _MAX_WAIT) + wait_random(0, backoff),
            reraise=True,
        )

    async def get(
        self,
        path: str,
        decode: Callable[[Reply], T],
        *,
        missing: str,
        accept: str = JSON,
        etag: str = "",
        limit: int = _MAX_JSON,
    ) -> T:
        """Asks for `path`, at most `limit` bytes. `missing` says what does not exist when GitHub says so.

        `decode` raises ValueError for an answer that makes no sense, which is then asked for again. Raises
        NotModified when `etag` still holds, SourceError.
        """

        async def attempt() -> T:
            async with self._open(path, accept=accept, missing=missing, etag=etag) as response:
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > limit:
                        raise SourceUnavailable(f"{self._host} sent more than {limit:,} bytes at once.")
                try:
                    return decode(Reply(response.headers, bytes(body)))
                except ValueError as error:
                    raise SourceUnavailable(
                        f"{self._host} sent what GitHub never does. Check GITHUB_API_URL, or try again."
                    ) from error

        return await self._retrying.copy()(attempt)

    async def download(self, path: str, file: BinaryIO, *, missing: str, limit: int) -> None:
        """Writes the answer into `file`, at most `limit` bytes of it. Raises SourceError, OSError."""

        async def attempt() -> None:
            file.seek(0)
            file.truncate()
            async with self._open(path, accept="*/*", missing=missing, slow=True) as response:
                async for chunk in response.aiter_bytes(_CHUNK):
                    if file.tell() + len(chunk) > limit:
                        return
                    await asyncio.to_thread(file.write, chunk)

        # What takes minutes is not tried for half an hour: there is another way to what it holds.
        await self._retrying.copy(stop=stop_after_attempt(2))(attempt)

    async def close(self) -> None:
        if self._owned is not None:
            await self._owned.aclose()

    @asynccontextmanager
    async def _open(
        self, path: str, *, accept: str, missing: str, etag: str = "", slow: bool = False
    ) -> AsyncIterator[httpx.Response]:
        """One attempt, counted: a 2xx answer, not read yet. Everything else becomes an error here."""
        self.requests += 1
        headers = {**self._headers, "Accept": accept} | ({"If-None-Match": etag} if etag else {})
        limit = self._timeout * (_PATIENCE * _PATIENCE if slow else _PATIENCE)
        try:
            async with (
                asyncio.timeout(limit),
                self._connected().stream(
                    "GET",
                    f"{self._api_url}{path}",
                    headers=headers,
                    timeout=self._timeout,
                    follow_redirects=True,
                ) as response,
            ):
                self.requests += len(response.history)
                if response.status_code == httpx.codes.NOT_MODIFIED:
                    raise NotModified
                if not response.is_success:
                    raise await self._explain(response, missing)
                yield response
        except (httpx.TimeoutException, TimeoutError) as error:
            raise SourceUnavailable(f"{self._host} did not answer in time. Try again in a moment.") from error
        except httpx.RequestError as error:
            raise SourceUnavailable(
                f"{self._host} cannot be reached, or hung up. Check the network and GITHUB_API_URL."
            ) from error

    async def _explain(self, response: httpx.Response, missing: str) -> SourceError:
        words = await anext(response.aiter_bytes(_MAX_WORDS), b"")
        return explain_refusal(
            response.status_code,
            response.headers,
            words,
            host=self._host,
            missing=missing,
            has_token=self._has_token,
        )

    def _connected(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = self._owned = httpx.AsyncClient()
        return self._client

    @property
    def _host(self) -> str:
        return httpx.URL(self._api_url).host
