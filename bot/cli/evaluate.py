"""docsbot eval: retrieval and answer scores on a file of questions."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.configuration import read_settings
from bot.cli.runtime import ANSWERED, Runtime, UsageError
from bot.records import encode
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.evals import Report


def run(args: argparse.Namespace, runtime: Runtime) -> int:
    path = Path(args.questions)
    if not path.is_file():
        raise UsageError(f"There is no file {path}: name a file of questions, one JSON object a line.")
    report = asyncio.run(_score(read_settings(args, runtime), path, runtime))
    runtime.print(encode(report.as_json()) if args.json else report.as_text())
    return ANSWERED


async def _score(settings: Settings, path: Path, runtime: Runtime) -> Report:
    from bot.evals import run as score

    async with runtime.open_bot(settings) as bot:
        return await score(path, bot)
