"""docsbot chat: through a pipe in this process, and on a pseudo-terminal as a process of its own."""

from __future__ import annotations

import stat
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.models import SkippedFile, Turn
from tests.cli.calls import Caller
from tests.fakes.answerer import BROKEN, URL, make_summary
from tests.terminal.pseudo import Glass, PseudoTerminal

PROMPT = "\x1b[?2004h"
"""What the line editor prints when it is ready for keys."""
CTRL_C, CTRL_D = "\x03", "\x04"


@pytest.fixture
def call(tmp_path: Path) -> Caller:
    return Caller(tmp_path)


class TestPipe:
    def test_answers_one_question_a_line(self, call: Caller) -> None:
        said = call("chat", "./docs", stdin=b"How do I rotate?\r\n\n  \nunanswerable\nfail\ninvalid")
        assert (said.code, said.err) == (0, "")
        assert said.out.split("\n\n") == [
            "Run `rotate` [1]. Turns: 0.",
            f"Sources\n[1] Keys › Rotate (1a2b3c4)\n    {URL}",
            "I cannot tell.",
            "Half an \nThe language model is away.",
            "That is not a question.",
            "",
        ]
        assert call.service.index.crawls == [(("./docs",), False)]

    def test_earlier_turns_are_passed_on_and_six_at_most(self, call: Caller) -> None:
        call("chat", stdin=b"fail\n" + b"again\n" * 5)
        threads = [question.thread for question in call.service.answerer.asked]
        # A failed answer is no turn.
        assert [len(thread) for thread in threads] == [0, 0, 2, 4, 6, 6]
        assert threads[2] == (
            Turn(role="user", text="again"),
            Turn(role="assistant", text="Run `rotate` [1]. Turns: 0."),
        )

    def test_commands(self, call: Caller) -> None:
        typed = (
            "/sources",
            "/reindex",
            "/status",
            "/help",
            "/nothing",
            "hi",
            "/sources",
            "/quit",
            "never asked",
        )
        said = call("chat", "./docs", stdin="\n".join(typed).encode())
        assert said.code == 0
        for part in (
            "No answer with sources yet.",
            "acme/widgets at 1a2b3c4: 2 files, 7 chunks\n  0 added",
            "Embedding model: local",
            "/quit ",
            "There is no command /nothing",
            "“Run widgets rotate.”",
        ):
            assert part in said.out
        # /reindex is about what the conversation is about.
        assert call.service.index.crawls == [(("./docs",), False)] * 2
        assert [question.text for question in call.service.answerer.asked] == ["hi"]

    def test_a_path_is_a_question_and_no_command(self, call: Caller) -> None:
        call("chat", stdin=b"/etc/widgets.toml: where is it read?\n")
        assert len(call.service.answerer.asked) == 1

    def test_says_what_the_crawl_changed_or_failed_at(self, call: Caller) -> None:
        bad = replace(make_summary(), failed=(SkippedFile(path="a.md", reason="not UTF-8"),))
        call.service.index.events = (make_summary("new", added=3), make_summary("old"), bad, BROKEN)
        said = call("chat")
        assert said.code == 0
        assert "new at" in said.err
        assert "old at" not in said.err
        assert "not UTF-8: a.md" in said.err
        assert "acme/gone was not indexed" in said.err
        assert said.out == ""

    def test_without_anything_indexed_there_is_nothing_to_talk_about(self, call: Caller) -> None:
        call.service.index.events = (BROKEN,)
        call.service.index.chunks = 0
        said = call("chat", stdin=b"hi\n")
        assert said.code == 1
        assert "Nothing is indexed yet" in said.err
        assert not call.service.answerer.asked

    def test_text_that_is_not_utf8_is_still_a_question(self, call: Caller) -> None:
        call("chat", stdin=b"caf\xe9?\n")
        assert call.service.answerer.asked[0].text == "caf�?"

    def test_stopping_leaves_the_conversation(self, call: Caller) -> None:
        call.service.index.unusable = "The index is of an older layout. Run `docsbot index --rebuild`."
        said = call("chat", stdin=b"hi\n")
        assert (said.code, said.err) == (
            1,
            "The index is of an older layout. Run `docsbot index --rebuild`.\n",
        )


def chat(folder: Path, *, rows: int = 24, **env: str) -> PseudoTerminal:
    return PseudoTerminal(["-m", "tests.fakes.answerer", "chat"], folder=folder, env=env, rows=rows)


class TestKeyboard:
    def test_a_conversation(self, tmp_path: Path) -> None:
        with chat(tmp_path) as terminal:
            assert "Answering from 7 chunks" in terminal.read_until(PROMPT)
            terminal.send("hello\r")
            assert URL in terminal.read_until(PROMPT)
            terminal.send("again\r")
            assert "Turns: 2" in terminal.read_until(PROMPT)
            terminal.send("hostile\r")
            shown = terminal.read_until(PROMPT)
            assert "red [1] end" in shown
            assert not any(evil in shown for evil in ("owned", "\x1b[31m", "\x9b", "\u202e"))
            terminal.send(CTRL_D)
            assert terminal.wait() == 0
        assert "Traceback" not in terminal.output

    def test_ctrl_c_stops_the_answer_and_not_the_program(self, tmp_path: Path) -> None:
        with chat(tmp_path) as terminal:
            terminal.read_until(PROMPT)
            terminal.send("endless story\r")
            terminal.read_until("and so on 3")
            terminal.send(CTRL_C)
            # Impatience does no harm.
            terminal.send(CTRL_C)
            terminal.read_until("Stopped.")
            terminal.read_until(PROMPT)
            # At the prompt it takes back the line that was begun.
            terminal.send("half a li" + CTRL_C)
            terminal.read_until(PROMPT)
            terminal.send("hello\r")
            # What was stopped is no turn.
            assert "Turns: 0" in terminal.read_until(PROMPT)
            terminal.send("/quit\r")
            assert terminal.wait() == 0
        assert "Traceback" not in terminal.output

    def test_an_answer_higher_than_the_window_leaves_one_copy(self, tmp_path: Path) -> None:
        with chat(tmp_path, rows=6) as terminal:
            terminal.read_until(PROMPT)
            terminal.send("endless story\r")
            time.sleep(1.0)
            terminal.send(CTRL_C)
            terminal.read_until("Stopped.")
            written = terminal.output[terminal.output.rindex("endless story") :]
        glass = Glass(6)
        glass.feed(written)
        numbers = [int(word) for word in glass.text().split() if word.isdigit()]
        assert len(numbers) > 40
        assert numbers == list(range(len(numbers)))

    def test_history_outlives_the_program_and_is_the_owners_alone(self, tmp_path: Path) -> None:
        for keys in ("remember me\r", "\x1b[A\r"):
            with chat(tmp_path) as terminal:
                terminal.read_until(PROMPT)
                terminal.send(keys)
                assert "Turns: 0" in terminal.read_until(PROMPT)
                terminal.send(CTRL_D)
                assert terminal.wait() == 0
        history = tmp_path / ".docsbot" / "history"
        assert history.read_text().count("+remember me") >= 1
        assert stat.S_IMODE(history.stat().st_mode) == 0o600

    def test_no_color_draws_without_colours(self, tmp_path: Path) -> None:
        with chat(tmp_path, NO_COLOR="1") as terminal:
            terminal.read_until(PROMPT)
            terminal.send("hello\r")
            shown = terminal.read_until(PROMPT)
            terminal.send(CTRL_D)
            assert terminal.wait() == 0
        assert URL in shown
        assert "\x1b[36m" not in shown

    def test_a_dumb_terminal_gets_plain_text(self, tmp_path: Path) -> None:
        with chat(tmp_path, TERM="dumb") as terminal:
            terminal.send("hello\n")
            shown = terminal.read_until("docs/keys.md")
            terminal.send(CTRL_D)
            assert terminal.wait() == 0
        assert "\x1b" not in shown

    def test_ctrl_c_ends_a_single_question(self, tmp_path: Path) -> None:
        arguments = ["-m", "tests.fakes.answerer", "ask", "endless", "story"]
        with PseudoTerminal(arguments, folder=tmp_path) as terminal:
            terminal.read_until("and so on")
            terminal.send(CTRL_C)
            assert terminal.wait() == 130
        assert "Stopped." in terminal.output
        assert "Traceback" not in terminal.output
        # The cursor is given back.
        assert terminal.output.rindex("\x1b[?25h") > terminal.output.rindex("\x1b[?25l")

    def test_ctrl_c_ends_a_batch_that_waits_for_its_stdin(self, tmp_path: Path) -> None:
        with PseudoTerminal(["-m", "tests.fakes.answerer", "ask", "--jsonl"], folder=tmp_path) as terminal:
            terminal.send('{"question": "hi"}\n')
            terminal.read_until('"id": "1"')
            terminal.send(CTRL_C)
            assert terminal.wait() == 130
        assert "Traceback" not in terminal.output
