"""What others wrote cannot steer a terminal, reorder a line or break the core's own Markdown."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.core.characters import clean, clean_line, shorten
from bot.core.markdown import escape, link, nearest_pages, plain_sentence
from bot.core.words import Block, split_blocks, words
from tests.fakes.retriever import make_passage


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\tb\nc", "a\tb\nc"),
        ("a\r\nb\u2028c", "a\nb\nc"),
        ("\x1b[31mred\x1b[0m \x9b2J\x07\x00", "[31mred[0m 2J"),
        # Reordering, hiding, tags that only a model reads.
        ("\u202eevil\u202c \u2066x\u2069 a\u200bb\ufeff", "evil x ab"),
        ("hi\U000e0041\U000e007f", "hi"),
        # Half a pair: no encoder would write it.
        ("\ud83d!", "\ufffd!"),
        # Joiners are spelling in Persian and in emoji.
        ("می\u200cخواهم 👩\u200d💻", "می\u200cخواهم 👩\u200d💻"),
    ],
)
def test_clean(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@given(st.text(), st.integers(0, 50))
def test_cleaning_piece_by_piece_is_cleaning_the_whole(text: str, at: int) -> None:
    assert clean(text[:at]) + clean(text[at:]) == clean(text)
    assert clean(clean(text)) == clean(text)


@given(st.text(), st.integers(1, 60))
def test_shorten_keeps_its_limit(text: str, limit: int) -> None:
    assert len(shorten(text, limit)) <= limit
    assert shorten(text, len(text)) == text


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1))
@example("__0__")
def test_escaped_text_is_shown_as_it_is(text: str) -> None:
    inline = MarkdownIt("commonmark").parseInline(f"x {escape(text)} x")[0].children or []
    assert {child.type for child in inline} <= {"text", "text_special"}
    assert "".join(child.content for child in inline) == f"x {clean_line(text)} x"


@pytest.mark.parametrize(
    ("title", "url", "shown"),
    [
        ("Retries", "https://a.example/x", "[Retries](https://a.example/x)"),
        # A title that would end the link and begin another.
        (
            "a](http://evil.example) [b",
            "https://a.example",
            "[a\\](http://evil.example) \\[b](https://a.example)",
        ),
        # Parentheses in the address.
        ("A", "https://a.example/f(x)", "[A](https://a.example/f%28x%29)"),
        # No address, or none that a browser should open.
        ("A", "", "A (`docs/retries.md`)"),
        ("A", "javascript:alert(1)", "A (`docs/retries.md`)"),
        ("A", "https://a.example/ b", "A (`docs/retries.md`)"),
    ],
)
def test_links(title: str, url: str, shown: str) -> None:
    assert link(make_passage(title=title, headings=(), url=url)) == shown


def test_nearest_pages_are_different_pages() -> None:
    passages = [make_passage(path=path, headings=(path,)) for path in ("a", "a", "b", "c", "d")]
    assert nearest_pages(passages).count("\n- ") == 3
    assert nearest_pages([]) == ""


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("The **pages** say `nothing` [1].", "The pages say nothing."),
        ("Log in at [here](https://evil.example) or https://evil.example/x now", "Log in at here or now"),
        ("<b>x</b>\ny", "bx/b y"),
        ("word " * 100, "word " * 59 + "word…"),
    ],
)
def test_a_models_sentence_becomes_plain(text: str, plain: str) -> None:
    assert plain_sentence(text) == plain


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("configure", "configuration"),
        ("retries", "Retry"),
        ("SERVER_GRPC_PORT", "grpc"),
        ("再試行の回数", "試行"),
    ],
)
def test_words_meet(one: str, other: str) -> None:
    assert words(one) & words(other)


def test_words_without_meaning_are_left_out() -> None:
    assert words("How do I use the THE?") == frozenset()


def test_blocks() -> None:
    text = "# T\n\npara\nmore\n\n```py\na\n\nb\n```\ntail\n\n~~~\nopen"
    assert split_blocks(text) == (
        Block("prose", "# T"),
        Block("prose", "para\nmore"),
        Block("code", "```py\na\n\nb\n```"),
        Block("prose", "tail"),
        Block("code", "~~~\nopen"),
    )


@given(st.text())
def test_blocks_hold_every_visible_line(text: str) -> None:
    lines = [line for line in text.split("\n") if line.strip()]
    held = [line for block in split_blocks(text) for line in block.text.split("\n") if line.strip()]
    assert held == lines


def test_clean_line_is_one_line() -> None:
    assert clean_line(" a\n\tb\u2029c ") == "a b c"
