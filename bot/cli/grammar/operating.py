"""Commands for operators: backup, restore, forget, keys."""

from __future__ import annotations

from bot.cli.grammar import Grammar


def add_operating(grammar: Grammar) -> None:
    _add_backup(grammar)
    _add_restore(grammar)
    _add_forget(grammar)
    _add_keys(grammar)


def _add_backup(grammar: Grammar) -> None:
    backup = grammar.add(
        "backup",
        "write state and index into one file, while bots and workers run",
        examples=["docsbot backup docsbot-2026-11-24.zip"],
        more="The file holds people's questions, and only its owner may read it. No token is in it, and of\n"
        "keys only their digests. It restores into SQLite and Postgres, a folder and a Chroma server,\n"
        "whatever it came from. A backup of that name is replaced once the new one is whole.\n",
    )
    backup.add_argument("file", metavar="FILE")


def _add_restore(grammar: Grammar) -> None:
    restore = grammar.add(
        "restore",
        "make state and index equal to a backup",
        examples=["docsbot restore docsbot-2026-11-24.zip", "docsbot restore docsbot-2026-11-24.zip --force"],
        more="The whole file is checked before anything is changed. Nothing may be indexed meanwhile; a bot\n"
        "may run. An index of another embedding model is refused.\n",
    )
    restore.add_argument("file", metavar="FILE")
    restore.add_argument("--force", action="store_true", help="replace what is there")
    restore.add_argument("--state-only", action="store_true", help="leave the index as it is")


def _add_forget(grammar: Grammar) -> None:
    forget = grammar.add(
        "forget",
        "remove what a person asked from everything that is kept",
        examples=["docsbot forget U012ABCDEF --platform slack", "docsbot forget 112233445566778899 --yes"],
        more="USER is the platform's id of the person. Without --platform, every platform is searched.\n",
    )
    forget.add_argument("user", metavar="USER")
    forget.add_argument("--platform", choices=["slack", "discord", "web"], help="where this person asked")
    forget.add_argument("--history", action="store_true", help="also what was typed into `docsbot chat` here")
    forget.add_argument("--yes", action="store_true", help="do not ask whether it is meant")


def _add_keys(grammar: Grammar) -> None:
    keys = grammar.add(
        "keys",
        "make, list and revoke the keys of the gateway",
        examples=[
            "docsbot keys add docs-site",
            "docsbot keys add ops --scope ask --scope maintain",
            "docsbot keys list",
            "docsbot keys revoke docs-site",
        ],
        more="ask: questions, search, feedback. maintain: crawls, statistics, metrics. A key is shown when\n"
        "it is made, and never again: only its SHA-256 is kept.\n",
    )
    actions = keys.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="make a key and show it", allow_abbrev=False)
    add.add_argument("name", metavar="NAME")
    add.add_argument(
        "--scope", action="append", choices=["ask", "maintain"], help="what it may do (else ask); repeat it"
    )
    shown = actions.add_parser("list", help="show the keys that there are", allow_abbrev=False)
    shown.add_argument("--json", action="store_true", help="one JSON object on stdout")
    revoke = actions.add_parser("revoke", help="make a key useless, at once", allow_abbrev=False)
    revoke.add_argument("name", metavar="NAME")
