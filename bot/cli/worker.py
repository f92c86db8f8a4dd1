"""docsbot worker: works on crawls until it is stopped."""

from __future__ import annotations

import argparse

from bot.cli.configuration import export, read_settings
from bot.cli.runtime import ANSWERED, Runtime, UsageError


def run(args: argparse.Namespace, runtime: Runtime) -> int:
    settings = read_settings(args, runtime)
    if not settings.chroma_host:
        raise UsageError(
            "Workers and the bot share the index through a Chroma server: set CHROMA_HOST (and CHROMA_PORT). "
            "On one machine, `docsbot run` starts such a server, an engine and a worker; `docsbot index` "
            "does the same work without them."
        )
    export(args, runtime, "HATCHET_")
    from bot.wiring.worker import run_worker

    names = ", ".join(settings.sources)
    when = f" They are crawled at {settings.crawl_cron} (UTC)." if settings.crawl_cron else ""
    runtime.warn(f"Works on crawls of {names}, on its way to Hatchet.{when} SIGTERM or Ctrl-C ends it.")
    run_worker(settings, verbose=args.verbose > 0)
    return ANSWERED
