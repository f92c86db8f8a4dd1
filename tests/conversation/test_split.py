"""Every part stands alone and fits; joined, the parts are the text again; a stream gives the same parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.split import Splitter, join, split, units

# What answers are made of, in any order, broken constructs included.
FRAGMENTS = [
    "A sentence with words. ",
    "```python\n",
    "```\n",
    "~~~\n",
    "\n",
    "\n\n",
    "- item\n",
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


@given(texts, limits)
def test_parts_fit_and_join_to_the_text(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert all(0 < units(part) <= limit for part in parts)
    assert join(parts) == text


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


def test_a_limit_too_small_for_a_fence_is_refused() -> None:
    with pytest.raises(ValueError, match="at least, not 3"):
        split("text", 3)


def test_units_count_what_both_sides_of_discord_count() -> None:
    assert (units("ab"), units("é"), units("🎉")) == (2, 1, 2)
