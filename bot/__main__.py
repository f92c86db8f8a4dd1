"""The docsbot command."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from bot.cli.parser import build_parser
from bot.cli.runtime import FAILED, INTERRUPTED, MISUSED, Runtime, UsageError

if TYPE_CHECKING:
    import argparse

    Command = Callable[[argparse.Namespace, Runtime], int]

COMMANDS = {
    "index": "index",
    "ask": "ask",
    "chat": "chat",
    "reindex": "reindex",
    "run": "run",
    "worker": "worker",
    "slack": "slack",
    "discord": "discord",
    "manifest": "manifest",
    "serve": "serve",
    "mcp": "mcp",
    "keys": "keys",
    "status": "status",
    "check": "check",
    "eval": "evaluate",
    "backup": "backup",
    "restore": "restore",
    "forget": "forget",
}
"""Command → its module in `bot.cli`, loaded only when it is called."""


def main(argv: Sequence[str] | None = None, runtime: Runtime | None = None) -> int:
    """Runs one command; its exit code."""
    # Before numpy is loaded: its threads spin while they wait, and cost more than they bring.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    parser = build_parser()
    try:
        args = parser.parse_args(argv)
    except SystemExit as stop:  # argparse has said what it had to say
        return stop.code if isinstance(stop.code, int) else MISUSED
    return _guard(args, runtime or Runtime())


def _guard(args: argparse.Namespace, runtime: Runtime) -> int:
    """Turns what a person can mend into one sentence on stderr."""
    from bot.cli.logs import configure
    from bot.core.errors import DocsbotError
    from bot.settings import SettingsError

    configure(args.verbose, runtime.stderr)
    try:
        return _load(args.command)(args, runtime)
    except UsageError as error:
        return _refuse(error, str(error), runtime, args.verbose, MISUSED)
    except SettingsError as error:
        return _refuse(error, str(error), runtime, args.verbose, MISUSED)
    except DocsbotError as error:
        return _refuse(error, error.detail or error.text, runtime, args.verbose, FAILED)
    except BrokenPipeError:
        # The reader has enough. What is still buffered must not be written when the process ends.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), runtime.stdout.fileno())
        return FAILED
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        return _refuse(error, f"{place}{error.strerror or error}.", runtime, args.verbose, FAILED)
    except KeyboardInterrupt:
        runtime.warn("Stopped.")
        return INTERRUPTED


def _load(name: str) -> Command:
    from importlib import import_module

    command: Command = import_module(f"bot.cli.{COMMANDS[name]}").run
    return command


def _refuse(error: Exception, text: str, runtime: Runtime, verbose: int, code: int) -> int:
    from bot.terminal.text import clean

    if verbose:
        import traceback

        runtime.warn("".join(traceback.format_exception(error)).rstrip())
    runtime.warn(clean(text))
    return code


if __name__ == "__main__":
    sys.exit(main())
