"""docsbot run: everything that one host needs, until it is stopped."""

from __future__ import annotations

import argparse
import asyncio
import signal
from contextlib import nullcontext
from datetime import datetime
from typing import TYPE_CHECKING

from bot.cli.configuration import read_layers
from bot.cli.output import Output
from bot.cli.runtime import ANSWERED, Runtime
from bot.environment import merge
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.supervisor.lock import Holder
    from bot.wiring.plan import Order
    from bot.wiring.run import Host

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def run(args: argparse.Namespace, runtime: Runtime) -> int:
    from bot.supervisor.lock import hold
    from bot.wiring.plan import Order, make_plan

    environ = merge(read_layers(args, runtime))
    settings = Settings.read(environ)
    order = Order(
        settings=settings,
        plan=make_plan(settings),
        environ=environ,
        data=settings.data.resolve(),
        verbose=args.verbose,
    )
    output = Output(
        runtime.stderr,
        style=settings.log,
        coloured=runtime.fancy(runtime.stderr) and not runtime.environ.get("NO_COLOR"),
    )
    with hold(order.data, datetime.now().astimezone()) as holder:
        asyncio.run(_run(order, holder, output))
    return ANSWERED


async def _run(order: Order, holder: Holder, output: Output) -> None:
    from bot.supervisor.lock import children_lock, hold_index, until_left
    from bot.wiring.run import Host, RunFailed

    with children_lock(order.data) as lock:
        if not await until_left(lock, output.note):
            raise RunFailed(f"Processes of an earlier run on {order.data} do not end.")
        host = Host(order=order, holder=holder, tell=output.tell, note=output.note, lock=lock)
        with hold_index(order.data) if order.plan.chroma else nullcontext():
            await _run_until_told(host, output)


async def _run_until_told(host: Host, output: Output) -> None:
    """One signal ends all in order, a second one at once."""
    running = asyncio.create_task(host.run())
    told = False

    def end() -> None:
        nonlocal told
        if told:
            host.kill()
            return
        told = True
        output.note("Ending all. Once more ends it at once.")
        running.cancel()

    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        # Who started it with `nohup` wants it to go on without its terminal.
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, end)
    await asyncio.wait({running})
    if not running.cancelled():
        running.result()
    output.note("All has ended.")
