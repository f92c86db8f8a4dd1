"""docsbot serve: the gateway, until it is stopped."""

from __future__ import annotations

import argparse
import asyncio
import signal

from bot.cli.configuration import export, read_settings
from bot.cli.runtime import ANSWERED, Runtime, UsageError
from bot.settings import Settings


def run(args: argparse.Namespace, runtime: Runtime) -> int:
    port: int | None = args.port
    if port is not None and not 0 <= port <= 65_535:
        raise UsageError("--port is a number from 0 (any free port) to 65535.")
    settings = read_settings(args, runtime)
    export(args, runtime, "HATCHET_")
    asyncio.run(_run(settings, runtime, args.host or settings.host, settings.port if port is None else port))
    return ANSWERED


async def _run(settings: Settings, runtime: Runtime, host: str, port: int) -> None:
    from bot.wiring.gateway import run_gateway

    def ready(address: str) -> None:
        runtime.print(f"Serves at {address}")

    serving = asyncio.create_task(run_gateway(settings, host=host, port=port, ready=ready))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, serving.cancel)
    await asyncio.wait({serving})
    if not serving.cancelled():
        serving.result()
