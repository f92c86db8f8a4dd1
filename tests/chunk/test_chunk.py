from __future__ import annotations

import pytest

from pipelines.chunk import EMBEDDED, LIMIT, TARGET, chunk
from pipelines.parse.models import Block, Document, Section
from tests.chunk.counting import count
from tests.chunk.cutting import cut, heading, joined, page, pieces, words

FENCE = "```py\n" + "\n".join(f"a{n} = {n}" for n in range(200)) + "\n```"
TABLE = "| name | value |\n|---|---|\n" + "\n".join(f"| n{n} | v{n} |" for n in range(200))


def test_a_chunk_carries_what_a_citation_needs() -> None:
    [first, second] = cut(
        "---\ntitle: T\ndescription: Says it\n---\na\n\n## B\n\n### C d\n\n```sh\ne\n```\n", "guide/p.md"
    )
    assert (first.title, first.headings, first.anchor, first.text) == ("T", (), "", "a")
    assert (second.headings, second.anchor, second.section, second.ordinal) == (("B", "C d"), "c-d", 2, 1)
    assert (second.source, second.path, second.description) == ("docs", "guide/p.md", "Says it")
    assert second.embedded == "T > B > C d\n```sh\ne\n```"
    assert len(second.id) == 32
    assert int(second.id, 16) >= 0


def test_small_neighbours_are_joined_up_to_the_target() -> None:
    chunks = pieces(*(("prose", words(50, n * 50)) for n in range(6)))
    assert [count(piece.text) for piece in chunks] == [150, 150]
    assert [piece.glue for piece in chunks] == ["", "\n\n"]


def test_a_block_within_the_limit_is_never_cut() -> None:
    fence = "```\n" + "\n".join(f"a{n}" for n in range(190)) + "\n```"
    chunks = pieces(("prose", words(100)), ("code", fence), ("prose", words(100)))
    assert [piece.text for piece in chunks] == [words(100), fence, words(100)]


def test_a_short_sentence_goes_with_what_it_introduces() -> None:
    """Beyond the target, not beyond the limit."""
    chunks = pieces(("prose", "For example:"), ("code", "```\n" + "\n".join("a" * 170) + "\n```"))
    assert len(chunks) == 1
    assert TARGET < count(chunks[0].text) <= LIMIT


def test_pieces_never_cross_sections() -> None:
    chunks = cut("# T\n\na\n\n## B\n\nb\n\n## C\n\nc\n")
    assert [(piece.headings, piece.text) for piece in chunks] == [((), "a"), (("B",), "b"), (("C",), "c")]


def test_a_long_fence_is_cut_at_lines_and_each_part_stands_alone() -> None:
    chunks = pieces(("code", FENCE))
    assert len(chunks) > 2
    assert joined(chunks) == FENCE
    for piece in chunks:
        assert piece.standing.startswith("```py\n")
        assert piece.standing.endswith("\n```")
        assert all(line.count(" = ") == 1 for line in piece.standing.split("\n")[1:-1])
    assert [piece.lead for piece in chunks] == ["", *["```py\n"] * (len(chunks) - 1)]
    assert [piece.tail for piece in chunks] == [*["\n```"] * (len(chunks) - 1), ""]


def test_a_long_fence_is_rather_cut_at_blank_lines() -> None:
    functions = ["def f():\n" + "\n".join(f"    a{n}" for n in range(60)) for _ in range(4)]
    chunks = pieces(("code", "```py\n" + "\n\n".join(functions) + "\n```"))
    assert [piece.standing.count("def f") for piece in chunks] == [2, 2]
    assert chunks[1].glue == "\n\n"


def test_the_ends_of_a_cut_fence_go_with_their_neighbours() -> None:
    chunks = pieces(("prose", "Before."), ("code", FENCE), ("prose", "After."))
    assert chunks[0].text.startswith("Before.\n\n```py\n")
    assert chunks[-1].lead == "```py\n"
    assert chunks[-1].text.endswith("\n```\n\nAfter.")
    assert joined(chunks) == f"Before.\n\n{FENCE}\n\nAfter."


def test_a_long_table_is_cut_at_rows_and_each_part_has_the_head() -> None:
    chunks = pieces(("table", TABLE), ("prose", "After."))
    assert joined(chunks[:-1]) + joined(chunks[-1:]) == TABLE + "\n\nAfter."
    assert all(piece.standing.startswith("| name | value |\n|---|---|\n| n") for piece in chunks)
    assert all(line.endswith("|") for piece in chunks for line in piece.text.split("\n\n")[0].split("\n"))


def test_a_head_as_large_as_a_piece_is_lent_to_none() -> None:
    table = f"| {words(150)} |\n|---|\n" + "\n".join(f"| {words(30, n)} |" for n in range(20))
    chunks = pieces(("table", table))
    assert {piece.lead for piece in chunks} == {""}
    assert joined(chunks) == table


def test_a_long_list_is_cut_between_items() -> None:
    items = [f"{n}. {words(50)}\n   - {words(20)}" for n in range(1, 8)]
    chunks = pieces(("list", "\n".join(items)))
    assert [piece.text for piece in chunks] == ["\n".join(items[n : n + 2]) for n in range(0, 7, 2)]
    assert chunks[1].glue == "\n"


def test_a_long_item_is_cut_between_its_blocks_and_a_fence_in_it_like_a_fence() -> None:
    code = "\n".join(f"   a{n}" for n in range(300))
    text = f"1. {words(50)}\n\n   {words(120)}\n\n   ```py\n{code}\n   ```\n\n   after\n2. b"
    chunks = pieces(("list", text))
    assert joined(chunks) == text
    assert chunks[0].text == f"1. {words(50)}"
    assert chunks[1].text == f"   {words(120)}" or chunks[1].text.startswith("   w0")
    middle = [piece for piece in chunks if piece.lead and piece.tail]
    assert middle
    assert all(piece.lead == "   ```py\n" and piece.tail == "\n   ```" for piece in middle)


def test_long_prose_is_cut_between_sentences() -> None:
    sentences = [f"{words(70, n * 70).capitalize()}." for n in range(5)]
    chunks = pieces(("prose", " ".join(sentences)))
    assert [piece.text for piece in chunks] == [" ".join(sentences[n : n + 2]) for n in (0, 2, 4)]
    assert [piece.glue for piece in chunks] == ["", " ", " "]


LONG = [
    # Sentences in Chinese, without spaces; a sentence and a word without end; emoji; a line of signs.
    ("prose", "这是一个很长的句子。" * 100),
    ("prose", words(1000)),
    ("prose", "x" * 30_000),
    ("prose", "😀" * 1000),
    ("prose", "-" * 1000),
    ("prose", f"a {'y' * 5000} b"),
    # Code on one line, without lines, without a closing fence.
    ("code", f"```\n{words(1000)}\n```"),
    ("code", "```\n```"),
    ("code", f"``` {words(500)}"),
    ("code", f"```{words(500)}\na\n```"),
    ("code", "```\n" + "\n" * 5000 + "a\n```"),
    ("code", "```\n" + " " * 5000 + "\n```"),
    # A row that is too long, a table that is none.
    ("table", f"| a |\n|---|\n| {words(1000)} |"),
    ("table", words(1000)),
    # A list of one item, one that is nested without end, one that is none.
    ("list", f"- {words(1000)}"),
    ("list", "\n".join("  " * n + f"- w{n}" for n in range(500))),
    ("list", words(1000)),
]


@pytest.mark.parametrize(("kind", "text"), LONG)
def test_whatever_is_too_long_is_cut_and_kept(kind: str, text: str) -> None:
    made = page((kind, text), ("prose", "end"))  # type: ignore[arg-type]
    chunks = chunk(made, source="s", path="p", count=count)
    assert joined(chunks) == f"{text}\n\nend"
    for piece in chunks:
        assert piece.text.strip()
        assert count(piece.standing) <= LIMIT
        assert count(piece.embedded) <= EMBEDDED


def test_a_word_that_the_model_cannot_read_is_not_taken_for_a_small_one() -> None:
    """The real tokenizer counts a word of more than 100 letters as one unknown piece."""
    made = page(("prose", "x" * 100_000))
    chunks = chunk(made, source="s", path="p", count=lambda text: len(text.split()))
    assert max(len(piece.text) for piece in chunks) < 3_000


def test_headings_without_text() -> None:
    chunks = cut("# T\n\n## A\n\n### B\n\ntext\n\n## C\n\n## D\n")
    assert [(piece.headings, piece.text) for piece in chunks] == [
        (("A", "B"), "text"),  # A stands in the breadcrumb
        (("C",), "C"),
        (("D",), "D"),
    ]


def test_a_page_of_a_title_alone() -> None:
    assert [piece.text for piece in cut("# Only a title")] == ["Only a title"]


def test_an_empty_page_has_no_chunks() -> None:
    assert cut("") == []


def test_a_breadcrumb_as_long_as_a_page_is_cut() -> None:
    made = Document(
        title=words(300),
        description="",
        sections=(
            Section(
                headings=tuple(heading(words(60, n)) for n in range(20)),
                blocks=(Block(kind="prose", text=words(500)),),
            ),
        ),
    )
    chunks = chunk(made, source="s", path="p", count=count)
    assert joined(chunks) == words(500)
    assert all(count(piece.embedded) <= EMBEDDED for piece in chunks)
    assert chunks[0].headings[-1].startswith("w19 ")
    assert chunks[0].title.startswith("w0 ")


def test_a_long_breadcrumb_leaves_less_room_for_text() -> None:
    made = page(("prose", words(1000)), title=words(40))
    nested = Document(
        title=made.title,
        description="",
        sections=(Section(headings=(heading(words(38)), heading("a")), blocks=made.sections[0].blocks),),
    )
    chunks = chunk(nested, source="s", path="p", count=count)
    assert all(count(piece.embedded) <= EMBEDDED for piece in chunks)
    assert joined(chunks) == words(1000)
