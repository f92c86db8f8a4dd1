"""An id is made of source, path and content, and of nothing else."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.chunk import chunk
from pipelines.parse import parse
from tests.chunk.counting import count
from tests.chunk.cutting import cut, words

NAMES = st.sampled_from(["alpha", "beta", "gamma", "delta", "epsilon"])
WORDS = st.lists(NAMES, min_size=1, max_size=200).map(" ".join)
SECTIONS = st.lists(WORDS, min_size=2, max_size=6)


def write(sections: list[str]) -> str:
    return "# T\n\n" + "".join(f"## S{number}\n\n{text}\n\n" for number, text in enumerate(sections))


@settings(max_examples=60, deadline=None)
@given(sections=SECTIONS, data=st.data())
def test_an_edit_changes_the_ids_of_its_section_alone(sections: list[str], data: st.DataObject) -> None:
    edited = data.draw(st.integers(0, len(sections) - 1))
    changed = [f"{text} zeta" if number == edited else text for number, text in enumerate(sections)]
    before, after = cut(write(sections)), cut(write(changed))
    own = (f"S{edited}",)
    assert [c.id for c in before if c.headings != own] == [c.id for c in after if c.headings != own]
    assert [c.id for c in before if c.headings == own] != [c.id for c in after if c.headings == own]


@settings(max_examples=60, deadline=None)
@given(sections=SECTIONS)
def test_ids_are_one_of_a_kind_and_always_the_same(sections: list[str]) -> None:
    ids = [piece.id for piece in cut(write(sections + sections))]
    assert len(set(ids)) == len(ids)
    assert ids == [piece.id for piece in cut(write(sections + sections))]


def test_a_section_that_is_put_before_changes_no_id() -> None:
    text = f"## A\n\n{words(500)}\n"
    before = {piece.id for piece in cut(f"# T\n\n{text}")}
    after = {piece.id for piece in cut(f"# T\n\n## New\n\nwords\n\n{text}")}
    assert before < after


def test_the_same_text_in_another_place_has_another_id() -> None:
    document = parse("a.md", b"# T\n\ntext\n\n## A\n\ntext\n")
    first, second = chunk(document, source="s", path="a.md", count=count)
    [other_path, _] = chunk(document, source="s", path="b.md", count=count)
    [other_source, _] = chunk(document, source="r", path="a.md", count=count)
    assert len({first.id, second.id, other_path.id, other_source.id}) == 4


def test_text_that_repeats_under_one_heading_is_numbered() -> None:
    ids = [piece.id for piece in cut("# T\n\n## A\n\ntext\n\n## A\n\ntext\n")]
    assert len(set(ids)) == 2
