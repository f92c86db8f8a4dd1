"""What is logged, how much of it, and in which form: no secret, and people's questions only if asked for."""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import TextIO
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from bot.cli.redaction import Redactor
from bot.settings import Settings
from bot.terminal.text import clean

OWN = ("bot", "pipelines")
CHATTY = ("uvicorn.access", "sqlalchemy.engine", "aiosqlite")
"""They write questions below WARNING: in addresses, in values of statements."""

Correlate = Callable[[], str]
"""The id of what the calling task works on; empty for nothing."""


def configure(verbose: int, stream: TextIO, settings: Settings | None = None) -> None:
    """Sets logging up, at first without settings, and anew with them once they are read.

    As text: our own warnings always; with -v our steps, with -vv everything. Without -v other packages are
    silent: what matters of theirs is said in our own words, and a line of theirs would tear a progress bar
    apart. As JSON: our steps and everybody's warnings always. What other packages write at DEBUG holds
    requests and messages, so that it needs DOCSBOT_LOG_QUESTIONS besides.
    """
    style = settings.log if settings else "text"
    redactor = Redactor(_secrets(settings) if settings else ())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        JsonFormatter(redactor, _correlation) if style == "json" else TextFormatter(redactor)
    )
    worded = settings is not None and settings.log_questions
    own, others = _levels(verbose, style, worded=worded)
    logging.basicConfig(handlers=[handler], level=others, force=True)
    for name in OWN:
        logging.getLogger(name).setLevel(own)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.NOTSET if worded else logging.WARNING)
    if settings is not None and stream is sys.stderr:
        _catch_uncaught()


def say(stream: TextIO, text: str) -> None:
    """A word to whoever started the program: a line as it is, or an object where the stream's log is JSON."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is stream:
            if isinstance(handler.formatter, JsonFormatter):
                logging.getLogger("bot.cli").warning("%s", text)
                return
            if isinstance(handler.formatter, TextFormatter):
                text = handler.formatter.redactor.redact(text)
    stream.write(f"{text}\n")
    stream.flush()


def _catch_uncaught() -> None:
    """Has what nobody caught logged: it may hold a secret as well."""

    def log(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            logging.getLogger("bot").critical("The program failed.", exc_info=(kind, error, trace))

    def log_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and args.exc_type is not SystemExit:
            log(args.exc_type, args.exc_value, args.exc_traceback)

    sys.excepthook, threading.excepthook = log, log_thread


def _levels(verbose: int, style: str, *, worded: bool) -> tuple[int, int]:
    """Of our own loggers, and of all others."""
    step = min(verbose, 2)
    own = (logging.WARNING, logging.INFO, logging.DEBUG)[step]
    others = (logging.CRITICAL, logging.WARNING, logging.DEBUG if worded else logging.INFO)[step]
    if style == "json":
        return min(own, logging.INFO), min(others, logging.WARNING)
    return own, others


def _secrets(settings: Settings) -> list[str]:
    """Every secret of the settings, and the password within the database's address."""
    found = [value for _, value in settings if isinstance(value, SecretStr)]
    secrets = [secret.get_secret_value() for secret in found]
    try:
        password = (
            urlsplit(settings.database_url.get_secret_value()).password if settings.database_url else None
        )
    except ValueError:
        password = None
    return [*secrets, *({password, unquote(password)} if password else ())]


def _correlation() -> str:
    """The question's id, else the crawl's; the wiring alone knows both rooms."""
    from bot.wiring.correlation import correlation_id

    return correlation_id()


class TextFormatter(logging.Formatter):
    """A line for a person; a traceback below it."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self.redactor = redactor

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        # On one line, whatever others wrote into it: a line break would begin a line that nobody logged.
        return clean(super().formatMessage(record)).replace("\n", "\\n")

    def format(self, record: logging.LogRecord) -> str:
        return self.redactor.redact(clean(super().format(record)))


class JsonFormatter(logging.Formatter):
    """One object a line: time, level, logger, message, and where there is one: id, error, traceback.

    `extra={"fields": {…}}` of a call adds its own.
    """

    def __init__(self, redactor: Redactor, correlate: Correlate) -> None:
        super().__init__()
        self._redactor = redactor
        self._correlate = correlate

    def format(self, record: logging.LogRecord) -> str:
        redact = self._redactor.redact
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        if correlation := self._correlate():
            line["id"] = redact(correlation)
        fields: object = getattr(record, "fields", None)
        if isinstance(fields, Mapping):
            line |= {str(name): self._plain(value) for name, value in fields.items()}
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["traceback"] = redact(self.formatException(record.exc_info))
        return json.dumps(line)

    def _plain(self, value: object) -> object:
        return (
            value if isinstance(value, (bool, int, float, type(None))) else self._redactor.redact(str(value))
        )
