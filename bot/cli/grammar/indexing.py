"""Commands about the index: index, reindex, status, check."""

from __future__ import annotations

from bot.cli.grammar import SOURCES, Grammar


def add_indexing(grammar: Grammar) -> None:
    _add_index(grammar)
    _add_reindex(grammar)
    status = grammar.add(
        "status",
        "show what is indexed and how fresh it is",
        examples=["docsbot status", "docsbot status --json"],
    )
    status.add_argument("--json", action="store_true", help="one JSON object on stdout")
    check = grammar.add(
        "check",
        "show the settings, test every connection, and say how to mend what fails",
        examples=["docsbot check", "docsbot check slack"],
        more="exit codes: 0 all is well, 1 something fails, 2 a setting is wrong.\n",
    )
    check.add_argument(
        "part", choices=("slack", "discord"), nargs="?", help="only this; without it, all that is set"
    )


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
