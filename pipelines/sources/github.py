"""A folder of a GitHub repository as a source, through the REST API."""

from __future__ import annotations

import asyncio
import base64
import re
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from itertools import islice
from urllib.parse import quote

from pydantic import AwareDatetime, BaseModel, Field

from pipelines.errors import SourceError, SourceInvalid, SourceLimited, SourceMissing
from pipelines.sources.blob import MAX_BYTES, blob_sha
from pipelines.sources.models import Entry, Listing
from pipelines.sources.selection import Selection
from pipelines.sources.spec import DEFAULT_REF, Repository
from pipelines.sources.tarball import MAX_TOTAL, read_members
from pipelines.sources.tree import SHA, Tree, TreeReader, sort_out
from pipelines.sources.wire import RAW, Reply, Wire

_MANY = 30
"""With more files than these, one tarball is asked for first."""
_AT_ONCE = 8
_MAX_REFS = 5


class _Id(BaseModel):
    sha: str = Field(pattern=SHA)


class _Signature(BaseModel):
    date: AwareDatetime


class _Details(BaseModel):
    committer: _Signature | None = None
    tree: _Id


class _Commit(_Id):
    commit: _Details


class _Blob(BaseModel):
    content: str


class GitHubSource:
    """The documents of one folder at one ref; the commit is frozen by `list`."""

    def __init__(
        self,
        place: Repository,
        *,
        selection: Selection,
        wire: Wire,
        web: str,
        site: str = "",
        etag: str = "",
    ) -> None:
        """`web` is the address that files are opened at, `site` the one that pages are published at; `etag`
        an earlier `conditional`."""
        self._place = place
        self._selection = selection
        self._wire = wire
        self._name = f"{place.owner}/{place.name}"
        self._path = f"/repos/{quote(place.owner)}/{quote(place.name)}"
        self._web = web
        self._site = site
        self._known = etag
        self._conditional = ""
        self._commit = ""
        self._weight = 0

    @property
    def id(self) -> str:
        return self._place.id

    @property
    def address(self) -> str:
        if self._site:
            below = f"|{self._place.path}" if self._place.path else ""
            return f"{self._site}/{{page{below}}}"
        return f"{self._web}/{quote(self._place.owner)}/{quote(self._place.name)}/blob/{{commit}}/{{path}}"

    @property
    def requests(self) -> int:
        return self._wire.requests

    @property
    def conditional(self) -> str:
        return self._conditional

    async def list(self) -> Listing:
        """Freezes the commit and lists its tree, in two calls unless GitHub cuts the tree short.

        Raises NotModified when `etag` was given and still holds, SourceError.
        """
        commit, folder, etag = await self._resolve()
        reader = TreeReader(ask=self._tree, repository=self._name)
        items = await reader.read(commit.commit.tree.sha, folder)
        entries, skipped = sort_out(items, folder, self._selection)
        self._commit, self._weight = commit.sha, reader.weight
        self._conditional = f"{self._selection.fingerprint} {etag}" if etag else ""
        committer = commit.commit.committer
        return Listing(
            commit=commit.sha,
            committed_at=None if committer is None else committer.date,
            entries=entries,
            skipped=(*skipped, *reader.skipped),
        )

    async def fetch(self, entry: Entry) -> bytes:
        """The blob that was listed, checked against its SHA. Raises SourceError."""
        if not re.fullmatch(SHA, entry.blob):
            raise SourceInvalid(f"{entry.path}: {entry.blob!r} is no blob of {self._name}.")

        def decode(reply: Reply) -> bytes:
            for content in (reply.body, _unwrap(reply.body)):
                if blob_sha(content) == entry.blob:
                    return content
            raise ValueError("the content is not the one that was asked for")

        return await self._wire.get(
            f"{self._path}/git/blobs/{entry.blob}",
            decode,
            missing=f"The file {entry.path} of {self._name}",
            accept=RAW,
            limit=4 * MAX_BYTES,
        )

    async def fetch_all(self, entries: Sequence[Entry]) -> AsyncGenerator[tuple[Entry, bytes], None]:
        """By one tarball where there are many, the rest blob by blob, a few at once."""
        left = {entry.path: entry for entry in entries}
        if len(entries) > _MANY and self._commit and self._weight <= MAX_TOTAL:
            async with aclosing(self._unpack(entries)) as members:
                async for entry, content in members:
                    del left[entry.path]
                    yield entry, content
        rest = list(left.values())
        for start in range(0, len(rest), _AT_ONCE):
            batch = rest[start : start + _AT_ONCE]
            results = await asyncio.gather(*map(self.fetch, batch), return_exceptions=True)
            for entry, result in zip(batch, results, strict=True):
                if isinstance(result, bytes):
                    yield entry, result
            for result in results:
                if isinstance(result, BaseException):
                    raise result

    async def close(self) -> None:
        await self._wire.close()

    async def _resolve(self) -> tuple[_Commit, str, str]:
        """The commit, the folder below it, and the ETag.

        A web address does not say where a ref with slashes ends and the path begins: the shortest ref that
        exists is meant (git allows no branch `a` beside a branch `a/b`).
        """
        parts = self._place.path.split("/") if self._place.path else []
        longest = 0 if self._place.ref == DEFAULT_REF else min(len(parts), _MAX_REFS)
        refusal: SourceMissing | None = None
        for taken in range(longest + 1):
            try:
                commit, etag = await self._freeze("/".join((self._place.ref, *parts[:taken])))
            except SourceMissing as error:
                refusal = refusal or error
            else:
                return commit, "/".join(parts[taken:]), etag
        raise refusal or SourceMissing(f"{self._name} has no such ref.")

    async def _freeze(self, ref: str) -> tuple[_Commit, str]:
        fingerprint, _, etag = self._known.partition(" ")
        default = ref == DEFAULT_REF
        return await self._wire.get(
            # Without per_page the answer would hold the patches of up to 300 files.
            f"{self._path}/commits/{quote(ref)}?per_page=1",
            lambda reply: (_Commit.model_validate_json(reply.body), reply.headers.get("etag", "")),
            missing=f"The repository {self._name}"
            if default
            else f"The branch, tag or commit {ref!r} of {self._name}",
            etag=etag if fingerprint == self._selection.fingerprint else "",
        )

    async def _tree(self, sha: str, recursive: bool) -> Tree:
        return await self._wire.get(
            f"{self._path}/git/trees/{sha}{'?recursive=1' if recursive else ''}",
            lambda reply: Tree.model_validate_json(reply.body),
            missing=f"The tree {sha} of {self._name}",
        )

    async def _unpack(self, entries: Sequence[Entry]) -> AsyncGenerator[tuple[Entry, bytes], None]:
        """What the tarball gives, if it can be had at all; it is a short cut, never the only way."""
        try:
            with tempfile.TemporaryFile() as file:
                await self._wire.download(
                    f"{self._path}/tarball/{self._commit}",
                    file,
                    missing=f"The tarball of {self._name}",
                    limit=MAX_TOTAL,
                )
                await asyncio.to_thread(file.seek, 0)
                members = read_members(file, entries)
                while batch := await asyncio.to_thread(lambda: tuple(islice(members, _AT_ONCE))):
                    for member in batch:
                        yield member
        except SourceLimited:
            raise
        except (SourceError, OSError):
            return


def _unwrap(body: bytes) -> bytes:
    """The content in a blob's JSON form, which a server that knows no raw form sends; else nothing."""
    try:
        return base64.b64decode(_Blob.model_validate_json(body).content)
    except ValueError:
        return b""
