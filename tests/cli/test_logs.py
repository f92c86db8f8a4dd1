"""The log: how much of it, as text and as JSON, with the id of what it belongs to, and without secrets."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bot.cli.logs import configure, say
from bot.core.correlation import correlated, current, question_id
from bot.settings import Settings
from pipelines.correlation import of_crawl
from tests.contracts.state_cases import key

SECRET = "s3cr3t-of-the-settings"
ENV = {"OPENAI_API_KEY": SECRET, "DATABASE_URL": "postgresql://bot:p%40ssw0rd@db/docsbot"}


@pytest.fixture(autouse=True)
def _untouched() -> Iterator[None]:
    """Logging as it was before, for the tests that follow."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in ("bot", "pipelines", "uvicorn.access", "sqlalchemy.engine"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def start(verbose: int = 0, **env: str) -> io.StringIO:
    stream = io.StringIO()
    configure(verbose, stream, Settings.read({**ENV, **env}))
    return stream


def lines(stream: io.StringIO) -> list[Mapping[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fail(text: str) -> None:
    try:
        raise ValueError(text)
    except ValueError:
        logging.getLogger("bot.x").exception("it failed")


def test_a_line_of_json_says_when_who_what_and_for_whom() -> None:
    stream = start(DOCSBOT_LOG="json")
    with correlated("q1", platform="slack"):
        logging.getLogger("bot.x").info(
            "done in %d s", 3, extra={"fields": {"outcome": "answered", "ms": 3.5}}
        )
    with of_crawl("c1"):
        logging.getLogger("pipelines.x").warning("two\nlines")
    logging.getLogger("bot.x").info("alone")
    first, second, third = lines(stream)
    assert {name: first[name] for name in first if name != "time"} == {
        "level": "INFO",
        "logger": "bot.x",
        "message": "done in 3 s",
        "id": "q1",
        "outcome": "answered",
        "ms": 3.5,
    }
    assert str(first["time"]).endswith("+00:00")
    assert (second["id"], second["message"], second["level"]) == ("c1", "two\nlines", "WARNING")
    assert "id" not in third


@pytest.mark.parametrize("style", ["text", "json"])
def test_no_secret_is_in_a_message_an_argument_a_field_or_a_traceback(style: str) -> None:
    stream = start(2, DOCSBOT_LOG=style)
    own = logging.getLogger("bot.x")
    own.info(f"message {SECRET}")
    own.info("argument %s", SECRET, extra={"fields": {"key": SECRET, "more": [SECRET]}})
    logging.getLogger("httpx").info("HTTP Request: GET http://x/?token=%s", "abcdefgh1")
    logging.getLogger("x").warning("p@ssw0rd p%40ssw0rd xoxb-12345678-abc")
    fail(f"the server said {SECRET}")
    with correlated(SECRET):
        own.info("id")
    say(stream, f"said {SECRET}")
    text = stream.getvalue()
    for secret in (SECRET, "abcdefgh1", "p@ssw0rd", "p%40ssw0rd", "xoxb-12345678"):
        assert secret not in text
    assert "ValueError: the server said ***" in text
    assert text.count("***") >= (9 if style == "json" else 7)


def test_an_error_is_named_by_its_type() -> None:
    stream = start(DOCSBOT_LOG="json")
    fail("why")
    (line,) = lines(stream)
    assert line["error"] == "ValueError"
    assert "Traceback" in str(line["traceback"])


LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@pytest.mark.parametrize(
    ("verbose", "env", "own", "others"),
    [
        # A person at a terminal: our warnings, nobody else's.
        (0, {}, "WARNING", "none"),
        (1, {}, "INFO", "WARNING"),
        # What others say at DEBUG holds requests and messages.
        (2, {}, "DEBUG", "INFO"),
        (2, {"DOCSBOT_LOG_QUESTIONS": "on"}, "DEBUG", "DEBUG"),
        # A program that collects logs.
        (0, {"DOCSBOT_LOG": "json"}, "INFO", "WARNING"),
        (1, {"DOCSBOT_LOG": "json"}, "INFO", "WARNING"),
        (2, {"DOCSBOT_LOG": "json"}, "DEBUG", "INFO"),
        (2, {"DOCSBOT_LOG": "json", "DOCSBOT_LOG_QUESTIONS": "on"}, "DEBUG", "DEBUG"),
    ],
)
def test_how_much_is_logged(verbose: int, env: dict[str, str], own: str, others: str) -> None:
    stream = start(verbose, **env)
    for level in LEVELS:
        logging.getLogger("bot.x").log(logging.getLevelName(level), "own %s", level)
        logging.getLogger("slack_sdk.web").log(logging.getLevelName(level), "other %s", level)
    text = stream.getvalue()
    first = [
        next((level for level in LEVELS if f"{who} {level}" in text), "none") for who in ("own", "other")
    ]
    assert first == [own, others]


@pytest.mark.parametrize("verbose", [0, 1, 2])
def test_addresses_and_statements_with_questions_are_not_logged_unasked(
    verbose: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A server that an earlier test ran without an access log has closed this logger for the process.
    monkeypatch.setattr(logging.getLogger("uvicorn.access"), "propagate", True)
    for switch, count in (("off", 0), ("on", 1 if verbose == 2 else 0)):
        stream = start(verbose, DOCSBOT_LOG_QUESTIONS=switch)
        logging.getLogger("uvicorn.access").info("GET /v1/search?q=mine")
        assert stream.getvalue().count("mine") == count


def test_nobody_writes_a_line_that_was_not_logged() -> None:
    stream = start(1)
    logging.getLogger("bot.x").warning("%s", "a\n2026-11-24 ERROR bot: forged\x1b[31m\x1b]0;title\x07\u202e")
    (line,) = stream.getvalue().splitlines()
    assert "a\\n2026-11-24 ERROR bot: forged" in line
    assert "\x1b" not in line
    assert "\u202e" not in line


def test_a_word_to_the_person_is_an_object_where_the_log_is_one() -> None:
    stream = start(DOCSBOT_LOG="json")
    say(stream, "Works on crawls.")
    other = io.StringIO()
    say(other, "Elsewhere.")
    assert [line["message"] for line in lines(stream)] == ["Works on crawls."]
    assert other.getvalue() == "Elsewhere.\n"


def test_ids_of_questions() -> None:
    assert question_id(key()) == question_id(key())
    assert len({question_id(of) for of in (key(), key("2"), key(channel="D"), key(platform="web"))}) == 4
    with correlated("outer"):
        with correlated("inner", platform="web"):
            assert (current().id, current().platform) == ("inner", "web")
        assert (current().id, current().platform) == ("outer", "")
    assert current().id == ""


CRASH = f"""
import sys, threading
from bot.cli.logs import configure
from bot.settings import Settings
configure(0, sys.stderr, Settings.read({{"DOCSBOT_LOG": "json", "OPENAI_API_KEY": "{SECRET}"}}))
def fail(): raise ValueError("{SECRET}")
thread = threading.Thread(target=fail)
thread.start()
thread.join()
fail()
"""


def test_what_nobody_caught_is_logged_too() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CRASH], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert SECRET not in done.stderr
    found = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(line["level"], line["error"]) for line in found] == [("CRITICAL", "ValueError")] * 2


def test_the_command_logs_as_its_settings_say(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("# Keys\n\nRun `widgets rotate` for a new key.\n")
    (tmp_path / ".env").write_text("DOCSBOT_LOG=json\n")
    command = [sys.executable, "-m", "bot", "--data", str(tmp_path / "data")]
    env = {"PYTHONPATH": str(Path(__file__).parents[2]), "HOME": str(Path.home())}

    def run(*argv: str, **extra: str) -> list[Mapping[str, object]]:
        done = subprocess.run(
            [*command, *argv],
            cwd=tmp_path,
            env={**env, **extra},
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        return [json.loads(line) for line in done.stderr.splitlines()]

    begins, over = run("index", "./docs")
    assert str(begins["message"]).startswith("a crawl of")
    assert begins["id"] == over["id"]
    (told,) = run("ask", "How do I rotate a key?")
    assert told["outcome"] == "answered"
    assert "rotate" not in json.dumps(told)
    (worded,) = run("ask", "How do I rotate a key?", DOCSBOT_LOG_QUESTIONS="on")
    assert worded["question"] == "How do I rotate a key?"
