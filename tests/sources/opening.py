"""Sources opened for tests: short timeouts, no waiting between retries."""

from __future__ import annotations

from pathlib import Path

import httpx

from pipelines.sources import open_source
from pipelines.sources.models import BulkSource, Listing
from tests.fakes.github import FakeGitHub

SUFFIXES = frozenset({".md", ".mdx", ".rst", ".txt"})


def open_folder(folder: Path, query: str = "") -> BulkSource:
    return open_source(f"{folder}{query}", suffixes=SUFFIXES)


class Opener:
    """Opens repositories of a fake server, and closes them all at the end."""

    def __init__(self) -> None:
        self._opened: list[BulkSource] = []
        # Certificates are not needed here, and loading them takes longer than most tests.
        self._client = httpx.AsyncClient(verify=False)

    def __call__(
        self,
        github: FakeGitHub,
        spec: str = "acme/docs",
        *,
        token: str | None = None,
        etag: str = "",
        timeout: float = 5.0,
        retries: int = 3,
    ) -> BulkSource:
        source = open_source(
            spec,
            suffixes=SUFFIXES,
            api_url=github.url,
            token=token,
            etag=etag,
            client=self._client,
            timeout=timeout,
            retries=retries,
            backoff=0,
        )
        self._opened.append(source)
        return source

    async def close(self) -> None:
        for source in self._opened:
            await source.close()
        await self._client.aclose()


def write(folder: Path, files: dict[str, str | bytes]) -> None:
    for path, content in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)


def paths(listing: Listing) -> list[str]:
    return [entry.path for entry in listing.entries]


def reasons(listing: Listing) -> dict[str, str]:
    return {skip.path: skip.reason for skip in listing.skipped}
