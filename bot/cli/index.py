"""docsbot index: crawls, embeds and stores."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence

from bot.cli.configuration import read_settings
from bot.cli.runtime import ANSWERED, FAILED, INTERRUPTED, Runtime
from bot.core.models import CrawlFailed, CrawlSummary
from bot.records import crawls_record, encode
from bot.settings import Settings
from bot.terminal.progress import follow, open_display
from bot.terminal.summary import describe_crawl


def run(args: argparse.Namespace, runtime: Runtime) -> int:
    settings = read_settings(args, runtime)
    try:
        ends = asyncio.run(_index(settings, tuple(args.sources), runtime, rebuild=args.rebuild))
    except KeyboardInterrupt:
        runtime.warn("Stopped. What was stored stays; the same command goes on from there.")
        return INTERRUPTED
    return report(ends, runtime, as_json=args.json)


def report(ends: Sequence[CrawlSummary | CrawlFailed], runtime: Runtime, *, as_json: bool) -> int:
    """Says what the crawls did; the exit code."""
    if as_json:
        runtime.print(encode(crawls_record(ends)))
    if not ends:
        runtime.warn("There was no source to index.")
    for end in ends:
        if isinstance(end, CrawlFailed):
            runtime.warn(describe_crawl(end))
        elif not as_json:
            runtime.print(describe_crawl(end))
        elif end.failed:
            runtime.warn(describe_crawl(end))
    return FAILED if failed(ends) else ANSWERED


def failed(ends: Sequence[CrawlSummary | CrawlFailed]) -> bool:
    """Whether a source or one of its files could not be indexed."""
    return not ends or any(isinstance(end, CrawlFailed) or end.failed for end in ends)


async def _index(
    settings: Settings, sources: tuple[str, ...], runtime: Runtime, *, rebuild: bool
) -> tuple[CrawlSummary | CrawlFailed, ...]:
    async with runtime.open_bot(settings, sources=sources) as bot:
        with open_display(runtime.stderr, runtime.environ, fancy=runtime.fancy(runtime.stderr)) as show:
            return await follow(bot.index.reindex(sources, rebuild=rebuild), show)
