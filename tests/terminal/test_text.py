"""What others wrote never steers the terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.terminal.text import Cleaner, clean, clean_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("tab\tand\nnewline stay", "tab\tand\nnewline stay"),
        ("windows\r\nlines", "windows\nlines"),
        # A line that would be written over another.
        ("safe\revil", "safeevil"),
        # Colours, the cursor, the screen.
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b[2J\x1b[Htop", "top"),
        ("\x9b31mred", "red"),
        # The window's title; a link that says one address and opens another.
        ("\x1b]0;owned\x07text", "text"),
        ("\x1b]8;;http://evil\x1b\\shown\x1b]8;;\x1b\\", "shown"),
        # A device string that never ends, and a lone escape: the text stays, without its teeth.
        ("\x1bPabc", "Pabc"),
        ("a\x1b", "a"),
        ("\x1b(0line", "line"),
        ("\x1bcreset", "reset"),
        # Turned around: shows "txt.exe" as "exe.txt".
        ("\u202etxt.exe\u202c", "txt.exe"),
        ("emoji \U0001f469\u200d\U0001f4bb 鍵 עברית", "emoji \U0001f469\u200d\U0001f4bb 鍵 עברית"),
        # Brackets alone are Markdown.
        ("[1] [31m", "[1] [31m"),
    ],
)
def test_clean(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_clean_line_is_one_line() -> None:
    assert clean_line(" a\n\n b\x1b[A\tc ") == "a b c"


SPITEFUL = st.lists(
    st.text(max_size=5)
    | st.sampled_from(["\x1b", "\x1b[", "\x1b]0;", "\x07", "\x9b", "31m", "\r", "\x1b\\", "[1]"]),
    max_size=12,
).map("".join)


@given(SPITEFUL)
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    left = {unicodedata.category(character) for character in clean(text) if character not in "\t\n"}
    assert not left & {"Cc", "Cs"}


@given(SPITEFUL, st.lists(st.integers(min_value=1, max_value=9), max_size=30))
def test_pieces_are_cleaned_as_the_whole_is(text: str, sizes: list[int]) -> None:
    cleaner, shown, rest = Cleaner(), "", text
    for size in [*sizes, len(text) or 1]:
        shown += cleaner.feed(rest[:size])
        rest = rest[size:]
    assert shown + cleaner.flush() == clean(text)


def test_an_open_sequence_holds_no_answer_back() -> None:
    cleaner = Cleaner()
    shown = cleaner.feed("\x1b]0;") + cleaner.feed("word " * 100)
    assert shown.count("word") > 40
