"""What holds for every kind of source: the same files, on disk and behind GitHub's API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from pipelines.errors import SourceError
from pipelines.sources import open_source
from pipelines.sources.blob import blob_sha
from pipelines.sources.models import BulkSource, Entry
from tests.fakes.github import FakeGitHub

SUFFIXES = frozenset({".md", ".rst"})
FILES = {
    "a.md": "# A",
    "z/b.rst": "B",
    "z/c.MD": "",
    "v0/old.md": "old",
    "code.py": "x",
    ".hidden.md": "x",
    ".github/a.md": "x",
    "z/node_modules/x.md": "x",
    "large.md": "x" * 1_048_577,
}


@dataclass(slots=True)
class Place:
    """Somewhere to keep files, and the source that reads them."""

    folder: Path
    github: FakeGitHub | None
    opened: list[BulkSource]

    def open(self, query: str = "", path: str = "") -> BulkSource:
        if self.github is None:
            source = open_source(f"{self.folder / path}{query}", suffixes=SUFFIXES)
        else:
            spec = f"acme/docs{':' * bool(path)}{path}{query}"
            source = open_source(spec, suffixes=SUFFIXES, api_url=self.github.url, backoff=0)
        self.opened.append(source)
        return source

    def put(self, changes: Mapping[str, str | None]) -> None:
        if self.github is not None:
            self.github.push(changes)
            return
        for path, text in changes.items():
            file = self.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                file.unlink()
            else:
                file.write_text(text)


@pytest.fixture(params=["local", "github"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    kind: Literal["local", "github"] = request.param
    with FakeGitHub({}) as github:
        place = Place(tmp_path, github if kind == "github" else None, [])
        place.put(FILES)
        yield place
        for source in place.opened:
            await source.close()


async def test_a_listing_is_sorted_and_names_content_as_git_does(place: Place) -> None:
    listing = await place.open().list()
    expected = ["a.md", "v0/old.md", "z/b.rst", "z/c.MD"]
    assert listing.entries == tuple(
        Entry(path=path, blob=blob_sha(FILES[path].encode()), size=len(FILES[path])) for path in expected
    )


async def test_what_is_left_alone_has_the_same_reasons(place: Place) -> None:
    listing = await place.open().list()
    assert [(skip.path, skip.reason) for skip in listing.skipped] == [
        (".github", "hidden"),
        (".hidden.md", "hidden"),
        ("large.md", "1,048,577 bytes, more than the limit of 1 MiB"),
        ("z/node_modules", "installed packages, not documentation"),
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?include=**/*.md", ["a.md", "v0/old.md"]),  # globs tell cases apart, suffixes do not
        ("?exclude=v0/**", ["a.md", "z/b.rst", "z/c.MD"]),
        ("?include=z/&exclude=*.rst", ["z/c.MD"]),
        ("?include=nothing", []),
    ],
)
async def test_globs_choose_alike(place: Place, query: str, expected: list[str]) -> None:
    assert [entry.path for entry in (await place.open(query).list()).entries] == expected


async def test_globs_are_relative_to_the_sources_folder(place: Place) -> None:
    listing = await place.open("?include=/b.rst", path="z").list()
    assert [entry.path.rpartition("/")[2] for entry in listing.entries] == ["b.rst"]


async def test_every_entry_can_be_fetched(place: Place) -> None:
    source = place.open()
    entries = (await source.list()).entries
    for entry in entries:
        content = await source.fetch(entry)
        assert (content.decode(), blob_sha(content)) == (FILES[entry.path], entry.blob)
    assert {entry.path: content.decode() async for entry, content in source.fetch_all(entries)} == {
        entry.path: FILES[entry.path] for entry in entries
    }


async def test_many_entries_can_be_fetched_at_once(place: Place) -> None:
    more = {f"more/{n}.md": f"# {n}" for n in range(50)}
    place.put(more)
    source = place.open("?include=more/")
    entries = (await source.list()).entries
    assert {entry.path: content.decode() async for entry, content in source.fetch_all(entries)} == more


async def test_an_entry_that_is_no_longer_there_is_an_error_and_never_another_content(place: Place) -> None:
    source = place.open()
    await source.list()
    with pytest.raises(SourceError):
        await source.fetch(Entry(path="a.md", blob=blob_sha(b"# before"), size=8))


async def test_a_change_is_a_new_blob_and_nothing_else(place: Place) -> None:
    source = place.open()
    before = {entry.path: entry.blob for entry in (await source.list()).entries}
    place.put({"a.md": "# A, again", "z/b.rst": None, "new.md": FILES["a.md"]})
    after = {entry.path: entry.blob for entry in (await source.list()).entries}
    assert after["new.md"] == before["a.md"] != after["a.md"]
    assert {path for path in before if before[path] != after.get(path)} == {"a.md", "z/b.rst"}


async def test_the_name_is_a_way_to_open_it_again(place: Place) -> None:
    source = place.open(path="z")
    api_url = place.github.url if place.github else "https://api.github.com"
    again = open_source(source.id, suffixes=SUFFIXES, api_url=api_url)
    place.opened.append(again)
    assert again.id == source.id
    assert await again.list() == await source.list()
