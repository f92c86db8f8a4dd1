"""Where documentation comes from: the one door to folders and GitHub repositories."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import SourceInvalid
from pipelines.sources.local import LocalSource
from pipelines.sources.models import BulkSource
from pipelines.sources.selection import make_selection
from pipelines.sources.spec import find_web, parse_sources, parse_spec

if TYPE_CHECKING:
    import httpx

__all__ = ["open_source", "parse_sources"]

GITHUB_API = "https://api.github.com"
_TOKEN = re.compile(r"[!-~]+")


def open_source(
    spec: str,
    *,
    suffixes: Iterable[str],
    include: tuple[str, ...] = (),
    exclude: tuple[str, ...] = (),
    token: str | None = None,
    api_url: str = GITHUB_API,
    etag: str = "",
    client: httpx.AsyncClient | None = None,
    timeout: float = 30.0,
    retries: int = 3,
    backoff: float = 0.5,
) -> BulkSource:
    """The source that `spec` names; nothing is asked of the network yet. Close it after use.

    `spec` is a folder, `owner/repo[@ref][:path]`, or a repository's web address, each with options behind it
    if need be: `?include=GLOB&exclude=GLOB&site=ADDRESS`, the site being where the pages are published. Globs
    are gitignore-style and relative to the source's folder; those of `spec` come in addition to `include` and
    `exclude`. `suffixes` are lower case, with the dot.

    `etag` is an earlier `conditional`, with which `list` raises NotModified when nothing has changed.
    `timeout` is in seconds, for a connection and each read; a call that fails in passing is made `retries`
    times again, first after `backoff` seconds. A `client` that is given stays open.

    Raises SourceInvalid with what was wrong and an example.
    """
    web = find_web(api_url)
    found = parse_spec(spec, web=web)
    selection = make_selection(suffixes, (*include, *found.include), (*exclude, *found.exclude))
    if isinstance(found.place, Path):
        return LocalSource(found.place, selection=selection, site=found.site)
    if token and not _TOKEN.fullmatch(token.strip()):
        raise SourceInvalid(
            "GITHUB_PERSONAL_ACCESS_TOKEN holds characters that no token has. Paste it again."
        )
    # Imported here because a folder needs none of it.
    from pipelines.sources.github import GitHubSource
    from pipelines.sources.wire import Wire

    wire = Wire(
        api_url=api_url.rstrip("/"),
        token=token.strip() if token else None,
        client=client,
        timeout=timeout,
        retries=retries,
        backoff=backoff,
    )
    return GitHubSource(found.place, selection=selection, wire=wire, web=web, site=found.site, etag=etag)
