"""docsbot restore: makes state and index equal to a backup."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.cli.configuration import read_settings
from bot.cli.runtime import ANSWERED, Runtime
from bot.terminal.text import clean_line


def run(args: argparse.Namespace, runtime: Runtime) -> int:
    settings = read_settings(args, runtime)
    from bot.wiring.backup import restore

    file = Path(args.file).expanduser()
    manifest = restore(
        settings,
        file,
        force=args.force,
        state_only=args.state_only,
        note=lambda text: runtime.warn(clean_line(text)),
    )
    runtime.print(f"Restored from {file}, made at {manifest.made_at:%Y-%m-%d %H:%M} UTC.")
    if not args.state_only and manifest.index is not None:
        runtime.print("Run `docsbot index` (or `reindex`, with workers) to fetch what has changed since.")
    return ANSWERED
