"""docsbot reindex: asks the workers for a crawl, and follows it."""

from __future__ import annotations

import argparse
import asyncio
import getpass
from typing import TYPE_CHECKING

from bot.cli.configuration import export, read_settings
from bot.cli.index import report
from bot.cli.runtime import ANSWERED, FAILED, INTERRUPTED, Runtime, UsageError
from bot.core.models import CrawlFailed, CrawlSummary
from bot.terminal.progress import follow, open_display

if TYPE_CHECKING:
    from bot.adapters.engine import EngineControl


def run(args: argparse.Namespace, runtime: Runtime) -> int:
    settings = read_settings(args, runtime)
    if settings.hatchet_client_token is None:
        raise UsageError(
            "There is no engine to ask: set HATCHET_CLIENT_TOKEN. Without one, use `docsbot index`."
        )
    export(args, runtime, "HATCHET_")
    from bot.wiring.service import make_engine_control

    control = make_engine_control(settings, requested_by=_user())
    sources = tuple(args.sources)
    if args.cancel:
        return _cancel(control, sources, runtime)
    if args.no_wait:
        asked = asyncio.run(control.request(sources))
        runtime.print(f"Asked for a crawl of {', '.join(asked)}. `docsbot status` shows what is stored.")
        return ANSWERED
    try:
        ends = asyncio.run(_follow(control, sources, runtime))
    except KeyboardInterrupt:
        runtime.warn("Not followed any more. The crawl goes on; `docsbot reindex --cancel` ends it.")
        return INTERRUPTED
    return report(ends, runtime, as_json=args.json)


def _cancel(control: EngineControl, sources: tuple[str, ...], runtime: Runtime) -> int:
    ended = asyncio.run(control.cancel(sources))
    if not ended:
        runtime.warn("No crawl is under way.")
        return FAILED
    runtime.print(f"Asked to end: {', '.join(ended)}. What was stored stays.")
    return ANSWERED


async def _follow(
    control: EngineControl, sources: tuple[str, ...], runtime: Runtime
) -> tuple[CrawlSummary | CrawlFailed, ...]:
    with open_display(runtime.stderr, runtime.environ, fancy=runtime.fancy(runtime.stderr)) as show:
        return await follow(control.reindex(sources), show)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "terminal"
