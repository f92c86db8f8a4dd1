"""docsbot backup: state and index into one file, while the bot runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.cli.configuration import read_settings
from bot.cli.runtime import ANSWERED, Runtime
from bot.terminal.text import clean_line


def run(args: argparse.Namespace, runtime: Runtime) -> int:
    settings = read_settings(args, runtime)
    from bot.wiring.backup import back_up

    file = Path(args.file).expanduser()
    manifest = back_up(settings, file, note=lambda text: runtime.warn(clean_line(text)))
    size = file.stat().st_size
    runtime.print(f"{file}: {size:,} bytes, {len(manifest.members)} parts.")
    if manifest.index is not None and not manifest.index.whole:
        runtime.print("A crawl went on meanwhile: after a restore, the first crawl looks at every file.")
    return ANSWERED
