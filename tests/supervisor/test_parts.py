"""The pure parts: pauses, words, lines."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.output import Output
from bot.supervisor.backoff import LONGEST, SHORTEST, pause_after
from bot.supervisor.keeper import describe_end


def test_pauses_double_up_to_the_longest() -> None:
    pauses = [0.0]
    for _ in range(9):
        pauses.append(pause_after(pauses[-1], 0.1))
    assert pauses[1:] == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


@given(st.floats(0, 100), st.floats(0, 1e6))
def test_a_pause_is_never_out_of_bounds_and_forgets_after_a_steady_life(
    previous: float, lived: float
) -> None:
    pause = pause_after(previous, lived)
    assert SHORTEST <= pause <= LONGEST or previous < SHORTEST
    assert lived < 60 or pause == SHORTEST


@pytest.mark.parametrize(
    ("code", "said", "words"),
    [
        (0, "bye", "ended by itself"),
        (1, "The token is refused.", "failed with exit status 1 (The token is refused.)"),
        (3, "", "failed with exit status 3"),
        # By whom it was ended matters more than what it said last.
        (137, "Working.", "was ended by signal 9"),
        (1, "x" * 1_000, f"failed with exit status 1 ({'x' * 300})"),
    ],
)
def test_an_end_in_words(code: int, said: str, words: str) -> None:
    assert describe_end(code, said) == words


@pytest.mark.parametrize(
    ("name", "line", "shown"),
    [
        ("slack", "Connected.", "slack    | Connected."),
        ("postgres", "  indented", "postgres |   indented"),
        # What a process writes moves no cursor, rings no bell, and is one line.
        ("worker", "\x1b[2Jgone\x07 \x1b]0;title\x07x\ry", "worker   | gone xy"),
        ("run", "Größe ≤ 1", "run      | Größe ≤ 1"),
    ],
)
def test_lines_as_text(name: str, line: str, shown: str) -> None:
    stream = io.StringIO()
    Output(stream, style="text", coloured=False).tell(name, line)
    assert stream.getvalue() == f"{shown}\n"


def test_names_are_coloured_where_a_terminal_is() -> None:
    stream = io.StringIO()
    Output(stream, style="text", coloured=True).note("one\ntwo")
    assert stream.getvalue() == "\x1b[1mrun      |\x1b[0m one\n\x1b[1mrun      |\x1b[0m two\n"


@pytest.mark.parametrize(
    ("line", "values"),
    [
        # An object stays what it is, under the name of its process.
        ('{"level": "error", "message": "no"}', {"level": "error", "message": "no"}),
        # Anything else is put into one.
        ("plain", {"message": "plain"}),
        ("[1, 2]", {"message": "[1, 2]"}),
        ("{not json", {"message": "{not json"}),
        ("{" * 5_000, {"message": "{" * 5_000}),
    ],
)
def test_lines_as_json(line: str, values: dict[str, str]) -> None:
    stream = io.StringIO()
    Output(stream, style="json", coloured=True).tell("engine", line)
    written = json.loads(stream.getvalue())
    assert written["process"] == "engine"
    assert written.items() >= values.items()


class Closed(io.StringIO):
    """A stream whose reader has left."""

    tried = 0

    def write(self, text: str, /) -> int:
        self.tried += 1
        raise BrokenPipeError


def test_a_reader_that_left_ends_nothing() -> None:
    stream = Closed()
    output = Output(stream, style="text", coloured=False)
    output.note("nobody hears this")
    output.tell("worker", "nor this")
    assert stream.tried == 1
