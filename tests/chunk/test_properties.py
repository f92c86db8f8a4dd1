"""What holds for the chunks of every page."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.chunk import EMBEDDED, LIMIT, chunk
from pipelines.errors import DocumentError
from pipelines.index.models import Chunk
from pipelines.parse import SUFFIXES, parse
from pipelines.parse.models import Block, BlockKind, Document, Heading, Section
from tests.chunk.counting import count
from tests.chunk.cutting import joined

WORD = st.from_regex(r"[a-z]{1,9}", fullmatch=True)
LINE = st.lists(WORD, min_size=1, max_size=60).map(" ".join)
LINES = st.lists(LINE, min_size=1, max_size=12)
ANYTHING = st.text(min_size=1, max_size=400).map(lambda text: text.strip()).filter(bool)
CODE = LINES.map(lambda lines: "```py\n" + "\n".join(lines) + "\n```")
TABLE = LINES.map(lambda lines: "| a |\n|---|\n" + "\n".join(f"| {line} |" for line in lines))
LIST = LINES.map(lambda lines: "\n".join(f"- {line}\n  1. {line}" for line in lines))
PROSE = LINES.map(". ".join)


def blocks(kind: BlockKind, texts: st.SearchStrategy[str]) -> st.SearchStrategy[Block]:
    return st.one_of(texts, ANYTHING).map(lambda text: Block(kind=kind, text=text))


BLOCK = st.one_of(blocks("code", CODE), blocks("table", TABLE), blocks("list", LIST), blocks("prose", PROSE))
HEADING = st.one_of(LINE, ANYTHING).map(lambda text: Heading(level=2, text=text, anchor=""))
SECTION = st.builds(
    Section,
    headings=st.lists(HEADING, max_size=3).map(tuple),
    blocks=st.lists(BLOCK, max_size=6).map(tuple),
)
DOCUMENT = st.builds(
    Document,
    title=st.one_of(LINE, ANYTHING),
    description=st.just(""),
    sections=st.lists(SECTION, max_size=4).map(tuple),
)


def assert_sound(document: Document, chunks: list[Chunk]) -> None:
    assert [piece.ordinal for piece in chunks] == list(range(len(chunks)))
    assert len({piece.id for piece in chunks}) == len(chunks)
    for piece in chunks:
        assert piece.text.strip()
        assert count(piece.standing) <= LIMIT
        assert count(piece.embedded) <= EMBEDDED
        assert not piece.glue.strip()
    for number, section in enumerate(document.sections):
        own = [piece for piece in chunks if piece.section == number]
        if section.blocks:
            assert joined(own) == "\n\n".join(block.text for block in section.blocks)
            assert own[0].glue == ""
    assert {piece.section for piece in chunks} <= set(range(len(document.sections)))


@settings(max_examples=80, deadline=None)
@given(document=DOCUMENT)
def test_the_pieces_of_a_section_give_it_back_to_the_letter(document: Document) -> None:
    assert_sound(document, chunk(document, source="s", path="p", count=count))


@settings(max_examples=60, deadline=None)
@given(document=DOCUMENT)
def test_the_limits_hold_for_a_count_of_another_kind(document: Document) -> None:
    """Letters and white space, as for a tokenizer that knows no words."""
    chunks = chunk(document, source="s", path="p", count=len)
    assert all(len(piece.standing) <= LIMIT and len(piece.embedded) <= EMBEDDED for piece in chunks)


UNIQUE = st.lists(
    st.sampled_from(["W W W", "- W\n- W", "```\nW\n\nW\n```", "| W |\n|---|\n| W |", "> W", "W. W! W?"])
)


@settings(max_examples=60, deadline=None)
@given(parts=UNIQUE, repeat=st.integers(1, 60))
def test_every_word_is_in_exactly_one_chunk(parts: list[str], repeat: int) -> None:
    numbers = iter(range(1_000_000))
    source = re.sub("W", lambda _: f"W{next(numbers)}", "\n\n".join(parts * repeat))
    chunks = chunk(parse("p.md", source.encode()), source="s", path="p.md", count=count)
    found = [word for piece in chunks for word in re.findall(r"W\d+", piece.text)]
    assert found == [f"W{number}" for number in range(next(numbers))]


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
@settings(max_examples=50, deadline=None)
@given(content=st.text(max_size=600))
def test_whatever_is_read_is_cut(suffix: str, content: str) -> None:
    try:
        document = parse(f"p{suffix}", content.encode())
    except (DocumentError, UnicodeEncodeError):
        return
    assert_sound(document, chunk(document, source="s", path="p", count=count))
