"""The command's grammar, one module for each group of commands. Only argparse is loaded here."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

SOURCES = """\
a SOURCE is
  ./docs                                          a folder
  owner/repo  or  owner/repo@ref:path             a GitHub folder
  https://github.com/owner/repo/tree/ref/path     the same, by its address
  "./docs?include=**/*.md&exclude=v0/**"          a part of it; goes with each of these
  "./docs?site=https://docs.example.org"          citations open where it is published
without one: DOCS_SOURCES; without that: the current folder.
"""

CODES = "exit codes: 0 answered, 3 the documentation does not answer, 2 wrong usage or settings, 1 failed.\n"


class _Version(argparse.Action):
    """Looks the version up when it is asked for, and not on every start."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[object] | None,
        option_string: str | None = None,
    ) -> None:
        from importlib.metadata import version

        sys.stdout.write(f"docsbot {version('docsbot')}\n")
        parser.exit()


def _common(*, behind: bool) -> argparse.ArgumentParser:
    """What may stand before the command and behind it; the one behind must not undo the one before."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument(
        "--data",
        metavar="DIR",
        default=argparse.SUPPRESS if behind else None,
        help="folder of the index and the state (else DOCSBOT_DATA)",
    )
    parser.add_argument(
        "-v",
        "--verbose",
        action="count",
        default=argparse.SUPPRESS if behind else 0,
        help="log what is done, and show where an error came from; -vv for more",
    )
    return parser


class Grammar:
    """Builds the parser, one command at a time."""

    def __init__(self) -> None:
        self.parser = argparse.ArgumentParser(
            prog="docsbot",
            description="Answers questions from your documentation, with its sources.",
            epilog="docsbot COMMAND --help shows the examples of each.\n\n" + SOURCES + "\n" + CODES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            parents=[_common(behind=False)],
            allow_abbrev=False,
        )
        self.parser.add_argument("--version", action=_Version, nargs=0, help="show the version and leave")
        self._commands = self.parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
        self._after = _common(behind=True)

    def add(
        self, name: str, purpose: str, *, more: str = "", examples: Sequence[str]
    ) -> argparse.ArgumentParser:
        shown = "examples:\n" + "".join(f"  {example}\n" for example in examples)
        return self._commands.add_parser(
            name,
            help=purpose,
            description=f"{purpose[0].upper()}{purpose[1:]}.",
            epilog=shown + (f"\n{more}" if more else ""),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            parents=[self._after],
            allow_abbrev=False,
        )
