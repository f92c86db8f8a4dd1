"""Every part stands alone and fits; joined, the parts are the text again; a stream gives the same parts."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.text.split import Splitter, join, split, units

# What answers are made of, in any order, broken constructs included.
FRAGMENTS = [
    "A sentence with words. ",
    "```python\n",
    "```\n",
    "~~~\n",
    "\n",
    "\n\n",
    "````\n",
    "```  ",
    "``` ",
    "- item\n",
    "- ```sh\n  ls\n",
    "  1. inner\n",
    "> quoted\n",
    "| a | b |\n|---|---|\n| 1 | 2 |\n",
    "`code` ",
    "[name](https://example.org/page) ",
    "x" * 50,
    "é🎉\u200d👩 ",
    "# Heading\n",
]
texts = st.one_of(st.lists(st.sampled_from(FRAGMENTS), max_size=60).map("".join), st.text(max_size=300))
limits = st.integers(60, 400)


@settings(deadline=None)
@given(texts, limits)
@example("```\ncode", 60)  # a fence that is never closed
@example("```\ncode\n``` ", 60)  # what was written looks like what is added
@example("```\ncode\n```  ", 60)
@example("```\n" + "x" * 200, 60)  # a line of code that is longer than a part
@example("`" * 500, 60)
def test_parts_fit_and_join_to_the_text(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert all(0 < units(part) <= limit for part in parts)
    assert join(parts) == text


def open_fence(part: str) -> str:
    """The fence that a part leaves open; a reader of its own, as a platform would be."""
    mark = ""
    for line in part.split("\n"):
        bare = re.sub(r"^(?:[ \t>]|[-*+][ \t]|\d+[.)][ \t])*", "", line)
        run = re.match(r"`{3,}|~{3,}", bare)
        if mark and run and run.group().startswith(mark) and not bare[run.end() :].strip():
            mark = ""
        elif not mark and run and not (run.group()[0] == "`" and "`" in bare[run.end() :]):
            mark = run.group()
    return mark


@settings(deadline=None)
@given(texts, limits)
def test_fences_are_closed_in_every_part(text: str, limit: int) -> None:
    assert not [part for part in split(text, limit) if open_fence(part)]


@settings(deadline=None)
@given(texts, limits, st.lists(st.integers(1, 40), max_size=40))
def test_a_stream_gives_the_same_parts(text: str, limit: int, cuts: list[int]) -> None:
    splitter, parts, rest = Splitter(limit), list[str](), text
    for cut in cuts:
        parts += splitter.feed(rest[:cut])
        rest = rest[cut:]
    parts += splitter.feed(rest)
    assert (*parts, *([splitter.rest] if splitter.rest else [])) == split(text, limit)


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        # What fits is left alone.
        ("Short.", 60, ("Short.",)),
        # Nothing gives nothing.
        ("", 60, ()),
        # Between paragraphs rather than within one.
        ("a " * 20 + "\n\n" + "b " * 20, 60, ("a " * 20 + "\n\n", "b " * 20)),
        # Between lines rather than sentences.
        ("One. Two is here.\nThree. " + "c " * 20, 68, ("One. Two is here.\n", "Three. " + "c " * 20)),
        # Between sentences rather than words, but not behind the number of an item.
        ("1. " + "a " * 15 + "b. " + "c " * 20, 60, ("1. " + "a " * 15 + "b. ", "c " * 20)),
        # A heading goes with what it stands over.
        ("a " * 15 + "\n\n## Keys\n\n" + "b " * 25, 80, ("a " * 15 + "\n\n", "## Keys\n\n" + "b " * 25)),
        # A table that fits is whole.
        ("Intro:\n\n" + "| a | b |\n" * 5, 70, ("Intro:\n\n", "| a | b |\n" * 5)),
        # So is a fence.
        ("Intro:\n```\n" + "x = 1\n" * 5 + "```", 56, ("Intro:\n", "```\n" + "x = 1\n" * 5 + "```")),
        # A table that does not fit is cut between rows.
        ("| a | b |\n" * 10, 70, ("| a | b |\n" * 5, "| a | b |\n" * 5)),
        # Not within a link or code.
        (
            "a" * 30 + " [two words](https://example.org/)",
            60,
            ("a" * 30 + " ", "[two words](https://example.org/)"),
        ),
        ("a" * 30 + " `code with blanks in it too`", 60, ("a" * 30 + " ", "`code with blanks in it too`")),
        # Not within an emoji of several characters.
        ("a" * 50 + "👩\u200d🔬" * 4, 70, ("a" * 50, "👩\u200d🔬" * 4)),
    ],
)
def test_cuts(text: str, limit: int, parts: tuple[str, ...]) -> None:
    assert split(text, limit) == parts


def test_a_fence_is_closed_and_opened_again() -> None:
    code = "```python\n" + "".join(f"line_{number} = {number}\n" for number in range(40)) + "```\n"
    parts = split(code, 120)
    assert len(parts) > 3
    for part in parts:
        assert part.startswith("```python\n")
        assert part.rstrip().endswith("```")


def test_what_was_shown_stays_in_its_part() -> None:
    splitter = Splitter(200)
    splitter.feed("Intro.\n\n" + "| a | b |\n" * 10)
    splitter.shown = 90  # a message that only grows has shown the table's first rows
    part, *_ = splitter.feed("| a | b |\n" * 20)
    assert len(part) > 90
    assert part.endswith("|\n")
    assert splitter.shown == 0


def test_a_long_text_takes_a_moment_only() -> None:
    text = "Some words, `code`, a [link](https://example.org/).\n\n```py\nx = 1\n```\n\n" * 15_000
    assert join(split(text, 2_000)) == text  # a million characters: what is quadratic takes minutes


def test_a_limit_too_small_for_a_fence_is_refused() -> None:
    with pytest.raises(ValueError, match="at least, not 3"):
        split("text", 3)


def test_units_count_what_both_sides_of_discord_count() -> None:
    assert (units("ab"), units("é"), units("🎉")) == (2, 1, 2)
