"""docsbot mcp: the documentation for a coding agent, over stdin and stdout."""

from __future__ import annotations

import argparse
import asyncio

from bot.cli.configuration import read_settings
from bot.cli.runtime import ANSWERED, Runtime


def run(args: argparse.Namespace, runtime: Runtime) -> int:
    settings = read_settings(args, runtime)
    from bot.wiring.mcp import run_mcp

    asyncio.run(run_mcp(settings))
    return ANSWERED
