"""What a database's error means: whether trying again can help, and the sentence for the operator.

A sentence never holds the address's password, nor a statement's values, which are people's questions.
"""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.adapters.store.places import Place
from bot.core.errors import StateUnavailable, StateUnusable

# The server refuses before there is a connection, when an error has no code yet.
_REFUSED = (
    "password authentication failed",
    "no password supplied",
    "does not exist",
    "no pg_hba.conf entry",
    "certificate verify failed",
    "server does not support SSL",
)
# Classes of Postgres's codes: connection lost, rolled back, resources short, stopped by an operator.
_PASSING = ("08", "40", "53", "57")
_FULL = "53100"


Failure = SQLAlchemyError | OSError | sqlite3.Error


def may_pass(error: Failure) -> bool:
    """Whether the same call can succeed a moment later."""
    if isinstance(error, (PoolTimeout, OSError)):
        return True
    if not isinstance(error, DBAPIError) or isinstance(_cause(error), sqlite3.Error):
        return False  # SQLite has waited for its lock already.
    code = _code(error)
    if code:
        return code.startswith(_PASSING) and code != _FULL
    refused = any(sign in str(error.orig) for sign in _REFUSED)
    return not refused and (error.connection_invalidated or _is_operational(error))


def explain(error: Failure, place: Place) -> StateUnusable:
    """The error for the core, with what the operator can do."""
    if may_pass(error):
        return StateUnavailable(f"{place.shown} does not answer: {_reason(error)}. Is it running?")
    if isinstance(_cause(error), sqlite3.OperationalError) and "locked" in str(_cause(error)):
        return StateUnavailable(f"{place.shown} is locked by another process for too long.")
    hint = "Check DATABASE_URL." if place.kind == "postgres" else "Check the data folder and its free space."
    return StateUnusable(f"{place.shown} cannot be used: {_reason(error)}. {hint}")


def _cause(error: BaseException) -> BaseException | None:
    """The driver's own error, below the ones that wrap it."""
    cause: BaseException | None = error.orig if isinstance(error, DBAPIError) else error
    while cause is not None and cause.__cause__ is not None:
        cause = cause.__cause__
    return cause


def _is_operational(error: DBAPIError) -> bool:
    import psycopg

    return isinstance(_cause(error), (psycopg.OperationalError, psycopg.InterfaceError))


def _code(error: DBAPIError) -> str:
    import psycopg

    cause = _cause(error)
    return cause.sqlstate or "" if isinstance(cause, psycopg.Error) else ""


def _reason(error: Failure) -> str:
    import psycopg

    cause = _cause(error)
    if isinstance(cause, psycopg.Error):
        # Its text can quote values: "Key (question)=(…)". The primary line does not.
        text = cause.diag.message_primary or (str(cause) if not cause.sqlstate else cause.sqlstate)
        return " ".join(text.split()).rstrip(".?")
    if isinstance(cause, sqlite3.Error):
        return str(cause)
    if isinstance(error, (TimeoutError, PoolTimeout)):
        return "no answer in time"
    return type(error).__name__
