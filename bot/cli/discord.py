"""docsbot discord: answers in Discord until it is stopped."""

from __future__ import annotations

import argparse
import asyncio
import signal

from bot.cli.configuration import export, read_settings
from bot.cli.runtime import ANSWERED, Runtime
from bot.settings import Settings


def run(args: argparse.Namespace, runtime: Runtime) -> int:
    settings = read_settings(args, runtime)
    export(args, runtime, "HATCHET_")
    asyncio.run(_run(settings))
    return ANSWERED


async def _run(settings: Settings) -> None:
    from bot.wiring.discord import run_discord

    serving = asyncio.create_task(run_discord(settings))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, serving.cancel)
    await asyncio.wait({serving})
    if not serving.cancelled():
        serving.result()
