"""The two screens: what a person sees in the end, whatever the pieces and the height of the window."""

from __future__ import annotations

import asyncio
import io
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.console import Console

from bot.core.models import Citation
from bot.terminal.blocks import cut, parser
from bot.terminal.rich_screen import Page, RichScreen, make_console
from bot.terminal.screen import PlainScreen, source_lines
from tests.fakes.answerer import CITATION
from tests.terminal.pseudo import Glass

MARKDOWN = (
    """# Keys

Run `widgets rotate` **daily** [1]. See [the guide](https://widgets.example/guide).

## Types

Use Vec<T> and `Vec<T>`:

1. one
2. two

   ```python
   def f():

       return 1
   ```
3. three

| a | b |
|---|---|
| 1 | 2 |

> quoted

```sh
"""
    + "\n".join(f"echo {number}" for number in range(30))
    + """
```

Setext
------

The end.
"""
)


def console(height: int) -> tuple[Console, io.StringIO]:
    stream = io.StringIO()
    return Console(
        file=stream, force_terminal=True, width=60, height=height, markup=False, emoji=False, highlight=False
    ), stream


def seen(stream: io.StringIO, height: int) -> list[str]:
    """The lines that a person sees, blank ones aside: how many stand between blocks is rich's own matter."""
    glass = Glass(height)
    glass.feed(stream.getvalue())
    return [line for line in glass.text().splitlines() if line.strip()]


def whole(markdown: str) -> list[str]:
    target, stream = console(1000)
    target.print(Page(markdown))
    return seen(stream, 1000)


async def play(screen: RichScreen, text: str, sizes: list[int]) -> None:
    """Writes the text in pieces, with a frame drawn after each."""
    screen.status("Searching…")
    while text:
        size = sizes.pop(0) if sizes else len(text)
        screen.write(text[:size])
        screen.draw_now()
        text = text[size:]
    screen.end()


@given(
    height=st.integers(min_value=3, max_value=30),
    sizes=st.lists(st.integers(min_value=1, max_value=80), min_size=1, max_size=30),
)
@settings(max_examples=25, deadline=None)
@example(height=3, sizes=[30] * 30)
def test_what_remains_is_the_whole_answer_once(height: int, sizes: list[int]) -> None:
    target, stream = console(height)
    asyncio.run(play(RichScreen(target), MARKDOWN, sizes))
    assert seen(stream, height) == whole(MARKDOWN)


def test_finished_blocks_are_not_drawn_again() -> None:
    """Else a long answer would flicker, and cost the square of its length."""
    target, stream = console(24)
    text = "first block\n\n" + "word " * 40
    asyncio.run(play(RichScreen(target), text, [1] * len(text)))
    assert stream.getvalue().count("first block") <= 5


async def test_frames_are_drawn_at_a_bounded_rate() -> None:
    target, stream = console(24)
    screen = RichScreen(target)
    start = time.monotonic()
    while time.monotonic() < start + 0.4:
        screen.write(".")
        screen.write("\b")  # a control character: the line stays one line, which a frame erases once
        await asyncio.sleep(0.01)
    frames = stream.getvalue().count("\x1b[2K")
    screen.end()
    assert 2 <= frames <= 8


async def test_an_answer_that_is_broken_off_stays() -> None:
    target, stream = console(24)
    screen = RichScreen(target)
    screen.write("Half an `answ")
    screen.end()
    screen.say("Stopped.")
    assert seen(stream, 24) == ["Half an `answ", "Stopped."]


async def test_two_answers_do_not_mix() -> None:
    target, stream = console(24)
    screen = RichScreen(target)
    for text in ("First.", "Second."):
        screen.status("Searching…")
        screen.write(text)
        screen.end()
    assert seen(stream, 24) == ["First.", "Second."]


async def test_the_cursor_is_shown_again() -> None:
    target, stream = console(24)
    screen = RichScreen(target)
    screen.status("Searching…")
    screen.end()
    assert stream.getvalue().rindex("\x1b[?25h") > stream.getvalue().rindex("\x1b[?25l")
    assert seen(stream, 24) == []


@pytest.mark.parametrize(
    ("markdown", "line"),
    [
        # A link shows where it leads.
        ("[docs](https://evil.example)", "docs (https://evil.example)"),
        # What looks like HTML is text.
        ("a <b>x</b> Vec<T>", "a <b>x</b> Vec<T>"),
        ("<div>block</div>", "<div>block</div>"),
        # Neither rich's markup nor its emoji codes.
        ("[red]not markup[/red] :smile:", "[red]not markup[/red] :smile:"),
    ],
)
def test_page_shows_what_was_written(markdown: str, line: str) -> None:
    assert whole(markdown) == [line]
    target, stream = console(24)
    target.print(Page(markdown))
    assert "\x1b]8;" not in stream.getvalue()


@pytest.mark.parametrize(
    ("text", "finished"),
    [
        ("", ""),
        ("a paragraph", ""),
        ("one\n\ntwo", "one\n\n"),
        # A blank line inside a fence ends nothing.
        ("one\n\n```\na\n\nb", "one\n\n"),
        ("```\na\n```\n\ntwo", "```\na\n```\n\n"),
        # A heading waits for what stands under it.
        ("one\n\n# H\n", "one\n\n"),
        ("one\n\n# H\n\n## I\n\ntext", "one\n\n"),
        ("# H\n\ntext\n\nmore", "# H\n\ntext\n\n"),
        # A list is one block, however loose.
        ("- a\n\n- b\n\n  c", ""),
        ("- a\n\nnext", "- a\n\n"),
    ],
)
def test_cut(text: str, finished: str) -> None:
    assert text[: cut(text, parser())] == finished


def test_no_color_is_honoured() -> None:
    stream = io.StringIO()
    assert make_console(stream, {"NO_COLOR": "1"}).no_color
    assert not make_console(stream, {"NO_COLOR": ""}).no_color


HOSTILE = Citation(
    number=2,
    title="A\x1b[31mB\nC",
    path="p\x07.md",
    url="",
    heading="A B > D",
    commit="",
    quote="q",
)


@pytest.mark.parametrize(
    ("citation", "lines"),
    [
        (CITATION, ("[1] Keys › Rotate (1a2b3c4)", CITATION.url)),
        # Without an address the path is all there is; without a commit none is shown.
        (HOSTILE, ("[2] AB C › A B › D", "p.md")),
    ],
)
def test_source_lines(citation: Citation, lines: tuple[str, str]) -> None:
    assert source_lines(citation) == lines


def test_long_addresses_are_not_wrapped() -> None:
    url = "https://widgets.example/" + "a" * 100
    target, stream = console(24)
    RichScreen(target).list_sources(
        [Citation(number=1, title="T", path="p", url=url, heading="", commit="", quote="")], heading="Sources"
    )
    assert url in stream.getvalue()


def test_plain_screen_ends_each_answer_with_one_newline() -> None:
    stream = io.StringIO()
    screen = PlainScreen(stream)
    for piece in ("One", ".", "\n"):
        screen.write(piece)
    screen.end()
    screen.write("Two.")
    screen.end()
    screen.list_sources((), heading="Sources")
    assert stream.getvalue() == "One.\nTwo.\n"
