"""docsbot forget: removes what a person asked, and says what it removed and what it cannot reach."""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.cli.configuration import read_settings
from bot.cli.runtime import ANSWERED, FAILED, Runtime, UsageError
from bot.core.state import Platform
from bot.settings import Settings
from bot.terminal.prompt import HISTORY
from bot.terminal.text import clean_line

PLATFORMS: tuple[Platform, ...] = ("slack", "discord", "web")
WORDS = {
    "claims": "questions with their answers",
    "turns": "turns of conversations",
    "votes": "votes",
    "gaps": "unanswered questions",
    "escalations": "questions that were handed to people",
    "channels": "channels' settings that named this person; they stay, without the name",
}
REMAINS = """\
Not reached: messages in Slack or Discord themselves, which are deleted there; backups and logs made before;
what the provider of a language model or of embeddings keeps of requests."""


def run(args: argparse.Namespace, runtime: Runtime) -> int:
    user = str(args.user).strip()
    if not user:
        raise UsageError("Whom? Give the platform's id of the person, for example: docsbot forget U012ABCDEF")
    settings = read_settings(args, runtime)
    platforms: Sequence[Platform] = [args.platform] if args.platform else PLATFORMS
    if not args.yes and not _confirmed(user, platforms, runtime):
        runtime.warn("Nothing was removed.")
        return FAILED
    removed = asyncio.run(_forget(settings, user, platforms))
    lines = [f"Removed of {clean_line(user)}:", *describe(removed)]
    if args.history:
        lines.append(_drop_history(settings.data / HISTORY))
    runtime.print("\n".join([*lines, REMAINS]))
    return ANSWERED


def describe(removed: Mapping[str, int]) -> list[str]:
    """A line for each table of which anything was removed."""
    lines = [f"  {count:,} {WORDS.get(table, table)}" for table, count in removed.items() if count]
    return lines or ["  nothing: no question, vote or setting names this id"]


async def _forget(settings: Settings, user: str, platforms: Sequence[Platform]) -> Mapping[str, int]:
    from bot.adapters.store import open_state
    from bot.wiring.parts import state_place

    removed: Counter[str] = Counter()
    async with open_state(state_place(settings)) as state:
        for platform in platforms:
            removed.update(await state.privacy.forget(platform=platform, user=user))
    return removed


def _confirmed(user: str, platforms: Sequence[Platform], runtime: Runtime) -> bool:
    if not runtime.stdin_is_terminal:
        raise UsageError("Removed is removed: say --yes where nobody can be asked.")
    runtime.warn(f"Remove all that {clean_line(user)} asked on {', '.join(platforms)}, for good? Type yes:")
    return (runtime.open_stdin().read(64) or b"").strip().lower() in {b"yes", b"y"}


def _drop_history(file: Path) -> str:
    """The history names nobody: it is of whoever used this data folder's terminal."""
    if not file.exists():
        return f"  no history of the terminal's: there is no {file}"
    entries = sum(line.startswith("#") for line in file.read_text(errors="replace").splitlines())
    file.unlink()
    return f"  {entries:,} lines that were typed into the terminal ({file})"
