"""The command's grammar. Only argparse is loaded here."""

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


def build_parser() -> argparse.ArgumentParser:
    grammar = Grammar()
    _add_index(grammar)
    _add_ask(grammar)
    _add_chat(grammar)
    _add_reindex(grammar)
    grammar.add(
        "worker",
        "work on crawls, on Hatchet, until it is stopped",
        examples=["docsbot worker", "HATCHET_CLIENT_TOKEN=… CHROMA_HOST=chroma docsbot worker"],
        more="It serves DOCS_SOURCES, on the engine of HATCHET_CLIENT_TOKEN, else on an embedded one.\n"
        "SIGTERM lets it finish what it has in hand.\n",
    )
    grammar.add(
        "slack",
        "answer in Slack until it is stopped",
        examples=["docsbot slack", "SLACK_BOT_TOKEN=xoxb-… SLACK_APP_TOKEN=xapp-… docsbot slack"],
        more="It answers from what is indexed: run `docsbot index`, or workers, beside it.\n",
    )
    status = grammar.add(
        "status",
        "show what is indexed and how fresh it is",
        examples=["docsbot status", "docsbot status --json"],
    )
    status.add_argument("--json", action="store_true", help="one JSON object on stdout")
    grammar.add(
        "check",
        "show the settings, test every connection, and say how to mend what fails",
        examples=["docsbot check"],
        more="exit codes: 0 all is well, 1 something fails, 2 a setting is wrong.\n",
    )
    evaluate = grammar.add(
        "eval",
        "score retrieval and answers on a file of questions",
        examples=["docsbot eval questions.jsonl", "docsbot eval questions.jsonl --json"],
        more="a line of the file: an object with id, question, kind, gold (pages) and answer_facts.\n",
    )
    evaluate.add_argument("questions", metavar="QUESTIONS.jsonl")
    evaluate.add_argument("--json", action="store_true", help="one JSON object on stdout")
    return grammar.parser


def _add_index(grammar: Grammar) -> None:
    index = grammar.add(
        "index",
        "read the documentation and store what is new",
        examples=[
            "docsbot index ./docs",
            "docsbot index acme/widgets@main:docs ./handbook",
            "docsbot index --rebuild    (after another embedding model was chosen)",
        ],
        more=SOURCES
        + "\nexit codes: 0 all is stored, 1 a source or a file failed, 2 wrong usage or settings.\n",
    )
    index.add_argument("sources", metavar="SOURCE", nargs="*")
    index.add_argument("--rebuild", action="store_true", help="drop the whole index first")
    index.add_argument("--json", action="store_true", help="one JSON object on stdout instead of words")


def _add_reindex(grammar: Grammar) -> None:
    reindex = grammar.add(
        "reindex",
        "ask the workers for a crawl, and follow it",
        examples=[
            "docsbot reindex",
            "docsbot reindex acme/widgets@main:docs --no-wait",
            "docsbot reindex --cancel",
        ],
        more=SOURCES
        + "\nexit codes: 0 all is stored, 1 a source or a file failed, 2 wrong usage or settings.\n",
    )
    reindex.add_argument("sources", metavar="SOURCE", nargs="*")
    form = reindex.add_mutually_exclusive_group()
    form.add_argument("--no-wait", action="store_true", help="ask, and do not follow")
    form.add_argument("--cancel", action="store_true", help="end the crawl that is under way")
    form.add_argument("--retry-failed", action="store_true", help="as without: failed files are tried again")
    reindex.add_argument("--json", action="store_true", help="one JSON object on stdout instead of words")


def _add_ask(grammar: Grammar) -> None:
    ask = grammar.add(
        "ask",
        "answer one question, or many from a pipe",
        examples=[
            'docsbot ask "How do I rotate a key?"',
            'docsbot ask "How do I rotate a key?" --json',
            "docsbot ask --jsonl < questions.jsonl > answers.jsonl",
        ],
        more="a line of --jsonl is an object with question, id and, if there are any, the earlier turns:\n"
        '  {"id": "7", "question": "And on Windows?", "thread": [{"role": "user", "text": "…"}]}\n\n' + CODES,
    )
    ask.add_argument("question", metavar="QUESTION", nargs="*", help="several words are one question")
    form = ask.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON object on stdout")
    form.add_argument("--jsonl", action="store_true", help="an object a line on stdin, one a line on stdout")


def _add_chat(grammar: Grammar) -> None:
    chat = grammar.add(
        "chat",
        "index what is new, then hold a conversation",
        examples=["docsbot chat", "docsbot chat ./docs", "docsbot chat < questions.txt"],
        more=SOURCES + "\n/help lists what can be typed besides questions; Ctrl-D leaves.\n",
    )
    chat.add_argument("sources", metavar="SOURCE", nargs="*")
    chat.add_argument("--rebuild", action="store_true", help="drop the whole index first")
