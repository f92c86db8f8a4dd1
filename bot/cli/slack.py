"""docsbot slack: answers in Slack until it is stopped."""

from __future__ import annotations

import argparse
import asyncio
import signal
from collections.abc import Callable

from bot.cli.configuration import export, read_settings
from bot.cli.runtime import ANSWERED, Runtime
from bot.settings import Settings
from bot.terminal.text import clean_line


def run(args: argparse.Namespace, runtime: Runtime) -> int:
    settings = read_settings(args, runtime)
    export(args, runtime, "HATCHET_")
    asyncio.run(_run(settings, http=args.http, ready=lambda text: runtime.warn(clean_line(text))))
    return ANSWERED


async def _run(settings: Settings, *, http: bool, ready: Callable[[str], None]) -> None:
    from bot.wiring.slack import run_slack

    serving = asyncio.create_task(run_slack(settings, http=http, ready=ready))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, serving.cancel)
    await asyncio.wait({serving})
    if not serving.cancelled():
        serving.result()
