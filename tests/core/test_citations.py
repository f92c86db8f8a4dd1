"""Marks are validated and renumbered while they stream; citations quote what stands closest."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.core import policy
from bot.core.citations import MarkFilter, cite
from bot.core.quotes import find_quote
from tests.fakes.retriever import make_passage


def run(text: str, sources: int = 3, *, size: int = 10_000) -> str:
    marks = MarkFilter(sources)
    return "".join(marks.feed(text[i : i + size]) for i in range(0, len(text), size)) + marks.finish()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        # Numbered by first use, without holes.
        ("A [2]. B [3][2]. C [1].", "A [1]. B [2][1]. C [3]."),
        # Several in one pair of brackets, ranges.
        ("A [1, 2] B [1,2] C [1-3] D [2–3] E [1; 3]", "A [1][2] B [1][2] C [1][2][3] D [2][3] E [1][3]"),
        # What models write instead.
        ("A [source 1]. B [Source: 2] C [Sources 1 and 3]", "A [1]. B [2] C [1][3]"),
        (
            "A 【1】 B【2†L3-L9】 C [^3] D [[1]] E \\[2\\] F ［3］ G [doc2]",
            "A [1] B[2] C [3] D [1] E [2] F [3] G [2]",
        ),
        # A mark that names no source goes, with the blank before it.
        ("A [4]. B [0] and [17], C [1].", "A. B and, C [1]."),
        ("A [1, 9]. B [7-9].", "A [1]. B."),
        # What it kept apart stays apart.
        ("one[9]two", "one two"),
        ("**bold [9]** *it[9]*", "**bold** *it*"),
        # Year or number in brackets: a reader would take it for a mark.
        ("In [2024] it", "In it"),
        # A date, a version, a flag are none.
        ("[2024-01-02] [1.2] [-1] [x] [ ] [] [a-1]", "[2024-01-02] [1.2] [-1] [x] [ ] [] [a-1]"),
        # A link whose text is a number: the address is the model's own.
        ("A [1](https://evil.example/x) B [9](https://evil.example).", "A [1] B."),
        ("A [[2]](docs/a.md) B", "A [1] B"),
        # A parenthesis is no address, and must not become one.
        ("A [1](optional)", "A [1] (optional)"),
        ("A [1] (see below)", "A [1] (see below)"),
        # A definition would turn every mark of the answer into a link.
        (
            "A [1].\n\n[1]: https://evil.example\n> [9]: https://evil.example",
            "A [1].\n\n[1] https://evil.example\n> https://evil.example",
        ),
        # Links with words are the answer's own.
        ("See [the guide](https://a.example/1).", "See [the guide](https://a.example/1)."),
        # Code is not touched.
        ("`x[9]` and ``a ` [8]``", "`x[9]` and ``a ` [8]``"),
        ("```py\nx[9] = y[1]\n```\nA [2][9]", "```py\nx[9] = y[1]\n```\nA [1]"),
        ("~~~\n[9]\n```\n[8]\n~~~\n[7]", "~~~\n[9]\n```\n[8]\n~~~\n"),
        (
            "1. Do:\n\n   ```sh\n   a[9]\n   ```\n   then [9]\n",
            "1. Do:\n\n   ```sh\n   a[9]\n   ```\n   then\n",
        ),
        ("> ```\n> a[9]\n> ```\n> b [9]", "> ```\n> a[9]\n> ```\n> b"),
        # An unclosed fence is code to the end; the unclosed backtick is just a backtick.
        ("```\na[9]", "```\na[9]"),
        ("a ` b [9]\n\nc ` d [9]", "a ` b\n\nc ` d"),
        ("a \\`b [9]\\`", "a \\`b\\`"),
        # Three backticks inside a line are a code span.
        ("```x[9]``` [9]", "```x[9]```"),
        # Dropping one mark must not make another.
        ("[[9]7] [1[9]]", "[ 7] [1 ]"),
        # Brackets that are never closed.
        ("a [1", "a [1"),
        ("a [source", "a [source"),
        ("a \\", "a \\"),
        # Digits of other scripts are digits.
        ("A [٢] B [٩]", "A [1] B"),
    ],
)
def test_marks(text: str, shown: str) -> None:
    assert run(text) == shown
    for size in (1, 2, 3, 5):
        assert run(text, size=size) == shown


def test_holds_back_a_few_characters_only() -> None:
    marks = MarkFilter(2)
    assert marks.feed("The default ") == "The default"
    assert marks.feed("is 3") == " is 3"
    assert marks.feed(" [") == ""
    assert marks.feed("1]") == ""
    assert marks.feed(". ") == " [1]."
    assert marks.feed("[not a mark") == " [not a mark"


# Pieces that answers are made of, and pieces that break them.
_PIECES = (
    *(
        "word",
        "claim",
        " ",
        " ",
        ". ",
        "\n",
        "\n\n",
        "[1]",
        "[2]",
        "[3]",
        "[9]",
        "[1, 9]",
        "[1-3]",
        "[",
        "]",
        "(",
    ),
    *(
        ")",
        "](http://x.example)",
        "`",
        "``",
        "\n```\n",
        "\n```py\n",
        "\n~~~\n",
        "\n- ",
        "\n1. ",
        "\n> ",
        "\\",
    ),
    *("【2】", "1", "9", "source "),
)
_TEXTS = st.lists(st.sampled_from(_PIECES), max_size=30).map("".join)


@given(_TEXTS, st.data())
def test_the_same_however_it_is_cut(text: str, data: st.DataObject) -> None:
    whole, cut = MarkFilter(3), MarkFilter(3)
    expected = whole.feed(text) + whole.finish()
    shown, rest = "", text
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        shown += cut.feed(rest[:size])
        rest = rest[size:]
    assert shown + cut.finish() == expected
    assert cut.claims == whole.claims


def visible(markdown: str) -> str:
    """The text outside code, by a parser that knows nothing of the filter."""
    tokens = MarkdownIt("commonmark").parse(markdown)
    parts = [
        child.content for token in tokens for child in token.children or [] if child.type != "code_inline"
    ]
    return "\n".join(parts)


@settings(max_examples=300)
@given(_TEXTS)
def test_no_mark_of_a_missing_source_is_ever_visible(text: str) -> None:
    marks = MarkFilter(3)
    shown = marks.feed(text) + marks.finish()
    # A fence in a list or quote, whose code leaves the list: CommonMark ends the fence there, chat
    # platforms end it where its author meant to, and so does the filter.
    assume(not re.search(r"^[ \t]*(?:[-*+>]|\d+[.)])[ \t>]*(?:```|~~~)", shown, re.MULTILINE))
    numbers = {int(number) for number in re.findall(r"\[(\d+)\]", visible(shown))}
    assert numbers <= set(range(1, len(marks.claims) + 1))


@given(st.text(st.characters(codec="utf-8", exclude_characters="[]\\`【】［］~"), max_size=200))
def test_text_without_brackets_passes_unchanged(text: str) -> None:
    assert run(text) == text


@given(
    st.lists(st.sampled_from(["x[9]", "[1]", "y = 1", "`", "~~", "", "    z[2]"])),
    st.sampled_from(["```", "~~~~"]),
)
def test_a_fence_passes_unchanged(lines: list[str], fence: str) -> None:
    text = "\n".join([f"{fence}py", *lines, fence, "done"])
    assert run(text) == text


@pytest.mark.parametrize(
    ("text", "closing"),
    [
        ("```py\nx = 1", "\n```"),
        ("````\n```", "\n````"),
        ("```\nx\n```", ""),
        ("text [1]", ""),
    ],
)
def test_knows_the_line_that_closes_an_open_fence(text: str, closing: str) -> None:
    marks = MarkFilter(1)
    marks.feed(text)
    marks.finish()
    assert marks.closing == closing


def test_citations_are_numbered_as_shown_and_quote_the_claim() -> None:
    passages = [
        make_passage("Unused.", path="a.md"),
        make_passage("First things. Workers retry a task 3 times by default. Last things.", path="b.md"),
        make_passage("Set `backoff` in seconds.", path="c.md", headings=()),
    ]
    marks = MarkFilter(3)
    marks.feed("The backoff is set in seconds [3]. By default a task is retried 3 times [2], again [3].")
    marks.finish()
    first, second = cite(marks.claims, passages)
    assert (first.number, first.path, first.heading) == (1, "c.md", "Retries")
    assert first.quote == "Set `backoff` in seconds."
    assert (second.number, second.path, second.heading) == (2, "b.md", "Options")
    assert second.quote == "Workers retry a task 3 times by default."
    assert second.commit == passages[1].commit
    assert second.url == passages[1].url


@pytest.mark.parametrize(
    ("text", "claim", "quote"),
    [
        # A list item without its bullet, a table's row without its borders, a line of code.
        (
            "Options:\n\n- `retries`: how often\n- `timeout`: how long in seconds",
            "timeout in seconds",
            "`timeout`: how long in seconds",
        ),
        ("| name | default |\n|---|---|\n| retries | 3 |", "the default of retries is 3", "retries | 3"),
        ("Run:\n\n```sh\ncd here\nnpm install hatchet\n```", "install it with npm", "npm install hatchet"),
        # Nothing in common: the beginning.
        ("One thing. Another thing.", "zzz", "One thing."),
        # Nothing at all.
        ("", "anything", ""),
        # Scripts without blanks.
        ("設定ファイルを編集します。再試行の回数は三回です。", "再試行の回数", "再試行の回数は三回です。"),
    ],
)
def test_quotes(text: str, claim: str, quote: str) -> None:
    assert find_quote(text, claim) == quote


@given(st.text(max_size=900), st.text(max_size=50))
def test_a_quote_is_short_and_to_the_letter(text: str, claim: str) -> None:
    quote = find_quote(text, claim)
    assert quote in text
    assert len(quote) <= policy.QUOTE_CHARACTERS
