"""The command as a whole: help, errors in one sentence, exit codes, and how little a start costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.__main__ import COMMANDS, main
from tests.cli.calls import Caller

ROOT = Path(__file__).parents[2]


def test_help_lists_every_command_and_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    listed = [line.split()[0] for line in shown.splitlines() if line.startswith("    ") and line[4] != " "]
    assert sorted(listed) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_each_has_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    assert f"examples:\n  docsbot {name}" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("docsbot 0.")


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["explain"],
        # No prefix stands for an option: --js would become ambiguous with the next one.
        ["ask", "--js", "x"],
        ["ask", "--json", "--jsonl"],
        ["eval"],
    ],
)
def test_wrong_usage_is_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 2
    assert "usage: docsbot" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["ask"], "Ask something"),
        (["ask", "  "], "Ask something"),
        (["ask", "--jsonl", "what?"], "stdin"),
        (["--data", "", "status"], "--data"),
        (["eval", "no-such-file.jsonl"], "no-such-file.jsonl"),
    ],
)
def test_senseless_calls_are_2_in_one_sentence(call: Caller, argv: list[str], says: str) -> None:
    said = call(*argv)
    assert (said.code, said.out) == (2, "")
    assert says in said.err
    assert said.err.count("\n") == 1


def test_wrong_settings_are_2_without_a_traceback(call: Caller) -> None:
    call.environ = {"CHROMA_PORT": "x", "DOCS_X": "y"}
    said = call("status")
    assert said.code == 2
    assert [line.split()[0] for line in said.err.splitlines()] == ["DOCS_X", "CHROMA_PORT"]
    assert not call.service.opened


def test_failure_is_1_in_its_own_words(call: Caller) -> None:
    call.service.index.unusable = "The folder is read-only.\x1b[2J Choose another with --data."
    said = call("index")
    assert (said.code, said.out) == (1, "")
    assert said.err == "The folder is read-only. Choose another with --data.\n"


def test_verbose_shows_where_it_came_from(call: Caller) -> None:
    call.service.index.unusable = "The folder is read-only."
    said = call("index", "-v")
    assert "Traceback" in said.err
    assert said.err.endswith("\nThe folder is read-only.\n")


@pytest.mark.parametrize("argv", [["--data", "here", "status"], ["status", "--data", "here"]])
def test_data_goes_before_the_environment(call: Caller, argv: list[str]) -> None:
    call.environ = {"DOCSBOT_DATA": "there"}
    assert call(*argv).code == 0
    assert call.service.opened[0][0].data == Path("here")


def test_env_file_is_read(call: Caller) -> None:
    (call.folder / ".env").write_text("CHROMA_HOST=from-file\nOPENAI_MODEL=from-file\n")
    call.environ = {"OPENAI_MODEL": "from-environment"}
    call("status")
    settings = call.service.opened[0][0]
    assert (settings.chroma_host, settings.openai_model) == ("from-file", "from-environment")


def test_help_loads_nothing_heavy() -> None:
    """A measure that holds on every machine, for the time that a start takes."""
    code = (
        "import sys; from bot.__main__ import main; main(['--help']);"
        "heavy = {'asyncio', 'pydantic', 'rich', 'prompt_toolkit', 'chromadb', 'logging'};"
        "print(*sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stderr.strip() == ""


def test_a_plain_answer_loads_neither_rich_nor_a_prompt() -> None:
    code = (
        "import sys; from bot.__main__ import main; from bot.cli.runtime import Runtime;"
        "from tests.fakes.answerer import ScriptedService;"
        "assert main(['ask', 'hi'], Runtime(open_bot=ScriptedService(), environ={})) == 0;"
        "heavy = {'rich', 'prompt_toolkit', 'chromadb', 'markdown_it'};"
        "print(*sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stderr.strip() == ""


def test_a_reader_that_leaves_is_no_error() -> None:
    """`docsbot … | head -1`: no traceback, on no stream, not when the process ends either."""
    command = [sys.executable, "-m", "tests.fakes.answerer", "ask", "--jsonl"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(b'{"question": "hi"}\n')
        process.stdin.flush()
        assert process.stdout.readline().startswith(b'{"id": "1"')
        process.stdout.close()
        process.stdin.write(b'{"question": "hi"}\n')
        process.stdin.flush()
        assert process.wait(timeout=20) == 1
        assert process.stderr.read() == b""
