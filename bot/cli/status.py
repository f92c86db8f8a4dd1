"""docsbot status: what is indexed and how fresh it is."""

from __future__ import annotations

import argparse
import asyncio
from datetime import UTC, datetime

from bot.cli.configuration import read_settings
from bot.cli.runtime import ANSWERED, Runtime
from bot.core.models import IndexStatus
from bot.records import encode, status_record
from bot.settings import Settings
from bot.terminal.summary import describe_status


def run(args: argparse.Namespace, runtime: Runtime) -> int:
    status = asyncio.run(_status(read_settings(args, runtime), runtime))
    runtime.print(encode(status_record(status)) if args.json else describe_status(status, datetime.now(UTC)))
    return ANSWERED


async def _status(settings: Settings, runtime: Runtime) -> IndexStatus:
    async with runtime.open_bot(settings) as bot:
        return await bot.index.status()
