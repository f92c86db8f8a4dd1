"""The titles that are offered to who is typing a question."""

from __future__ import annotations

from dataclasses import replace

from pipelines.index.snapshot import Snapshot
from pipelines.index.titles import list_titles
from tests.fakes.embedder import HashEmbedder
from tests.index.samples import Version, change_to, make_file


def titled(path: str, title: str) -> Version:
    record, chunks = make_file(path, [f"{title} one", f"{title} two"])
    return record, [replace(chunk, title=title) for chunk in chunks]


def test_each_page_s_title_once_and_none_of_what_is_gone() -> None:
    embedder = HashEmbedder()
    titles = {"a.md": "retries", "b.md": "Keys", "c.md": ""}
    first = {path: titled(path, title) for path, title in titles.items()}
    snapshot = change_to(Snapshot(), first, embedder)
    assert list_titles(snapshot) == ("Keys", "retries")
    later = {"a.md": titled("a.md", "Attempts"), "d.md": titled("d.md", "Keys")}
    snapshot = change_to(snapshot, later, embedder)
    assert list_titles(snapshot) == ("Attempts", "Keys")
    assert list_titles(Snapshot()) == ()
