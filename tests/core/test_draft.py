"""A refusal never reaches a reader, and neither does an answer that names no source."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import policy
from bot.core.draft import Draft
from bot.core.refusal import SENTINEL, RefusalGate


def cuts(text: str) -> st.SearchStrategy[list[str]]:
    """The text, cut into pieces in any way."""
    borders = st.lists(st.integers(0, len(text)), max_size=8).map(sorted)
    return borders.map(lambda at: [text[a:b] for a, b in zip([0, *at], [*at, len(text)], strict=True)])


REFUSALS = [
    ("NO_ANSWER: The pages say nothing on billing.", "The pages say nothing on billing."),
    # Blanks and emphasis, other case, no colon, no reason.
    ("\n\n  NO_ANSWER: Sorry.", "Sorry."),
    ("**NO_ANSWER:** Sorry.", "Sorry."),
    ("**NO_ANSWER: Sorry.**", "Sorry."),
    ("`NO_ANSWER`: Sorry.", "Sorry."),
    ("> no_answer - ", "-"),
    ("NO_ANSWER", ""),
    ("NO_ANSWER:\nSorry.", "Sorry."),
    # Only the first line is the reason.
    ("NO_ANSWER: Hello! Ask me about the docs.\nSome more [1].", "Hello! Ask me about the docs."),
    # Control characters inside the word.
    ("NO\x00_ANS\u200bWER: Sorry.", "Sorry."),
]


@pytest.mark.parametrize(("text", "reason"), REFUSALS)
@given(data=st.data())
def test_a_refusal_is_seen_however_it_is_cut(text: str, reason: str, data: st.DataObject) -> None:
    draft = Draft(3)
    for piece in data.draw(cuts(text)):
        assert draft.feed(piece) == ""
    assert draft.finish() == ""
    assert draft.refused
    assert not draft.empty
    assert draft.reason == reason


ANSWERS = [
    # Begins like the sentinel.
    "NO_ANSWERS are given by `x` [1].",
    "NO, it is not [1].",
    "NO_",
    "No answer [1].",
    "N",
    "**Note** [1]",
    # Names it later: the answer's own text.
    "It says NO_ANSWER: when it does not know [1].",
    " " * 200 + "NO_ANSWER: too far down [1]",
]


@pytest.mark.parametrize("text", ANSWERS[1:])
@given(data=st.data())
def test_other_text_passes_the_gate_unchanged(text: str, data: st.DataObject) -> None:
    gate = RefusalGate()
    passed = "".join([*map(gate.feed, data.draw(cuts(text))), gate.finish()])
    assert passed == text
    assert not gate.refused


def test_the_gate_holds_back_no_more_than_it_must() -> None:
    gate = RefusalGate()
    assert gate.feed(" NO") == ""
    assert gate.feed("_A") == ""
    assert gate.feed("PI") == " NO_API"
    assert gate.feed(SENTINEL) == SENTINEL


def test_a_refusal_is_settled_when_its_line_is() -> None:
    draft = Draft(1)
    draft.feed("NO_ANSWER: Not in")
    before = draft.settled
    draft.feed(" the docs.\n")
    assert (before, draft.settled) == (False, True)
    endless = Draft(1)
    endless.feed("NO_ANSWER: " + "very " * 200)
    assert endless.settled


def test_text_is_held_until_it_names_a_source() -> None:
    draft = Draft(2)
    assert draft.feed("  Retries default") == ""
    assert draft.feed(" to 3 [9]") == ""
    assert draft.feed(" or so [2]") == ""
    assert draft.feed(".") == "Retries default to 3 or so [1]."
    assert draft.feed(" More.") == " More."
    assert draft.finish() == ""
    assert dict(draft.claims) == {2: "Retries default to 3 or so"}


@pytest.mark.parametrize(
    ("text", "empty"),
    [
        # An answer that names no source, or one that does not exist.
        ("Retries default to 3.", False),
        ("Retries default to 3 [7].", False),
        # A source that is named in code only.
        ("`x[1]`", False),
        # Nothing.
        ("", True),
        (" \n\t", True),
        ("\x00\u200b", True),
    ],
)
def test_nothing_is_shown_of_a_short_answer_without_a_source(text: str, empty: bool) -> None:
    draft = Draft(2)
    assert draft.feed(text) + draft.finish() == ""
    assert not draft.claims
    assert not draft.refused
    assert draft.empty is empty


def test_a_long_answer_is_not_held_for_ever() -> None:
    draft = Draft(2)
    text = "word " * (policy.UNMARKED_CHARACTERS // 5 + 1)
    shown = draft.feed(text) + draft.feed("end")
    assert shown.startswith("word word")
    assert not draft.claims


@given(
    st.lists(st.sampled_from(["word ", "[1]", "[9]", "\n", "`", "NO_ANSWER", "\x1b[31m"]), max_size=20),
    st.data(),
)
def test_the_same_is_shown_however_it_is_cut(pieces: list[str], data: st.DataObject) -> None:
    text = "".join(pieces)
    whole, cut = Draft(2), Draft(2)
    expected = whole.feed(text) + whole.finish()
    assert "".join([*map(cut.feed, data.draw(cuts(text))), cut.finish()]) == expected
    assert (cut.refused, cut.reason, cut.empty) == (whole.refused, whole.reason, whole.empty)


def test_an_open_fence_is_closed() -> None:
    draft = Draft(1)
    shown = draft.feed("Run [1]:\n```sh\nmake") + draft.finish()
    assert shown == "Run [1]:\n```sh\nmake\n```"
