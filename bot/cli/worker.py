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
            "On one machine without a server, `docsbot index` does the same work."
        )
    export(args, runtime, "HATCHET_")
    from bot.wiring import run_worker

    run_worker(settings)
    return ANSWERED
