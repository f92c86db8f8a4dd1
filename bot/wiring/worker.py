"""The worker process."""

from __future__ import annotations

from functools import partial

from bot.adapters.tracing import open_tracing
from bot.core.errors import IndexUnusable
from bot.settings import Settings
from bot.wiring.parts import make_index, make_source
from pipelines.bench import Bench
from pipelines.errors import PipelineError


def run_worker(settings: Settings, *, verbose: bool = False) -> None:
    """Works on crawls until SIGTERM; with `verbose`, Hatchet tells every step. Raises IndexUnusable."""
    from pipelines.worker import run_worker

    bench = Bench(
        index=make_index(settings),
        open_source=partial(make_source, settings),
        configured=settings.sources,
    )
    try:
        with open_tracing(settings.otlp_endpoint):
            run_worker(bench, cron=settings.crawl_cron, verbose=verbose)
    except PipelineError as error:
        raise IndexUnusable(str(error)) from error
