"""Segments and snapshots: however an index came to be, it is the one that its files make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.index.confidence import weigh
from pipelines.index.fuse import fuse, pick
from pipelines.index.passages import gather
from pipelines.index.rank import read_query, score
from pipelines.index.segment import build, merge
from pipelines.index.snapshot import Snapshot
from tests.fakes.embedder import HashEmbedder
from tests.index.samples import SOURCE, Version, change_to, make_chunk, make_file, visible

EMBEDDER = HashEmbedder()
QUESTIONS = ("red fish", "how is blue?", "max_retries one", "nothing of it")
Row = tuple[float, float, float, float]

texts = st.lists(
    st.lists(
        st.sampled_from(["one", "red", "blue", "fish", "max_retries", "ü", "🐟"]), min_size=1, max_size=6
    ),
    max_size=4,
)
states = st.lists(st.dictionaries(st.sampled_from(["a.md", "b.md", "c.md", "d/e.md"]), texts), min_size=1)


def make_files(state: Mapping[str, Sequence[Sequence[str]]]) -> dict[str, Version]:
    return {path: make_file(path, [" ".join(words) for words in pieces]) for path, pieces in state.items()}


def scores(snapshot: Snapshot, question: str) -> dict[str, Row]:
    """The four scores of each chunk that is searched, by its id."""
    query = read_query(question, EMBEDDER.embed([question])[0])
    found = score(snapshot, query)
    ids = np.concatenate([segment.ids for segment in snapshot.segments]).tolist()
    rows = zip(found.lexical, found.heading, found.dense, found.page, strict=True)
    pairs = zip(ids, rows, found.searched, strict=True)
    return {key.decode(): (float(a), float(b), float(c), float(d)) for key, (a, b, c, d), on in pairs if on}


@given(states)
@settings(max_examples=80, deadline=None)
@example([{"a.md": [["one"]], "b.md": [["red"]]}, {"a.md": [["one"], ["blue"]]}, {"a.md": [["one"]]}])
@example([{path: [["fish", str(turn)]] for path in ("a.md", "b.md")} for turn in range(12)])
@example([{f"{n}.md": [["fish"]] for n in range(turn)} for turn in range(12)])  # one more segment each time
def test_changes_in_any_order_end_where_a_fresh_build_does(
    turns: list[Mapping[str, Sequence[Sequence[str]]]],
) -> None:
    grown = Snapshot()
    for turn in turns:
        grown = change_to(grown, make_files(turn), EMBEDDER)
        assert len(grown.segments) <= 9
    final = make_files(turns[-1])
    fresh = change_to(Snapshot(), final, EMBEDDER)
    expected = sorted((chunk for _, chunks in final.values() for chunk in chunks), key=lambda chunk: chunk.id)
    assert visible(grown) == visible(fresh) == expected
    assert grown.count == fresh.count == len(expected)
    for question in QUESTIONS if expected else ():
        ours, theirs = scores(grown, question), scores(fresh, question)
        assert ours.keys() == theirs.keys()
        for key, row in theirs.items():
            assert ours[key] == pytest.approx(row, abs=1e-4)


@given(states)
@settings(max_examples=40, deadline=None)
def test_a_snapshot_stays_as_it_is_while_the_next_is_made(
    turns: list[Mapping[str, Sequence[Sequence[str]]]],
) -> None:
    held = Snapshot()
    for turn in turns:
        before = visible(held)
        following = change_to(held, make_files(turn), EMBEDDER)
        assert visible(held) == before
        held = following


def test_merging_keeps_what_is_alive_and_numbers_sections_and_pages_anew() -> None:
    files = [make_file(path, ["one", "two", "three"]) for path in ("a.md", "b.md")]
    parts = [build(chunks, EMBEDDER.embed([chunk.embedded for chunk in chunks])) for _, chunks in files]
    one = merge(parts, [np.array([True, False, True]), np.array([False, True, True])])
    kept = [files[0][1][0], files[0][1][2], files[1][1][1], files[1][1][2]]
    assert [one.chunk(row) for row in range(len(one))] == kept
    assert one.sections.tolist() == [0, 1, 2, 3]
    assert one.pages.tolist() == [0, 0, 1, 1]
    assert np.allclose(np.linalg.norm(one.centres, axis=1), 1)
    assert one.row_of == {chunk.id.encode(): row for row, chunk in enumerate(kept)}


def test_a_chunk_without_words_and_one_with_very_many() -> None:
    chunks = [make_chunk("🐟🐟 — …"), make_chunk("fish " * 70_000, ordinal=1)]
    chunks[0] = replace(chunks[0], title="", headings=(), path="…")
    segment = build(chunks, EMBEDDER.embed(["a", "b"]))
    assert [segment.chunk(0), segment.chunk(1)] == chunks
    assert int(segment.postings.counts.max()) == 65_535
    assert segment.tokens.tolist()[1] == 65_535
    nothing = build(chunks[:1], EMBEDDER.embed(["a"]))
    assert len(nothing.postings.terms) == 0
    assert len(merge([nothing], [np.array([True])])) == 1


def test_a_word_that_only_an_old_version_held_is_not_known_any_more() -> None:
    before = change_to(
        Snapshot(),
        {"a.md": make_file("a.md", ["about wombats"]), "b.md": make_file("b.md", ["fish"])},
        EMBEDDER,
    )
    after = change_to(
        before, {"a.md": make_file("a.md", ["about fish"]), "b.md": make_file("b.md", ["fish"])}, EMBEDDER
    )
    query = read_query("wombats", EMBEDDER.embed(["wombats"])[0])
    found = score(after, query)
    passages = gather(after, pick(fuse(found)), tokens=1_000)
    assert "does not mention “wombats”" in weigh(after, query, found, passages).reason


def test_a_search_can_be_held_to_sources() -> None:
    mine, theirs = make_file("a.md", ["red fish"]), make_file("a.md", ["red fish"], source="other")
    snapshot = change_to(Snapshot(), {"1": mine}, EMBEDDER)
    both = change_to(snapshot, {"1": mine, "2": theirs}, EMBEDDER)
    query = read_query("red fish", EMBEDDER.embed(["red fish"])[0])
    for sources, expected in (((), 2), ((SOURCE,), 1), (("other",), 1), (("neither",), 0)):
        assert int(score(both, query, sources=sources).searched.sum()) == expected
