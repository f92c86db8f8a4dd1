"""docsbot check: the settings in effect, then the doctor's round."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence

from bot.check import Probe, examine
from bot.cli.configuration import read_layers
from bot.cli.runtime import ANSWERED, FAILED, Runtime
from bot.environment import Effective, describe, merge
from bot.settings import Settings
from bot.terminal.text import clean_line
from bot.wiring.doctor import PLATFORMS


def run(args: argparse.Namespace, runtime: Runtime) -> int:
    layers = read_layers(args, runtime)
    settings = Settings.read(merge(layers))
    rows = describe(settings, layers)
    if args.part:
        rows = tuple(row for row in rows if row.name.startswith(PLATFORMS[args.part].prefix))
    runtime.print(table(rows) + "\n")
    return ANSWERED if asyncio.run(_examine(_probes(args.part, settings, runtime), runtime)) else FAILED


def _probes(part: str | None, settings: Settings, runtime: Runtime) -> tuple[Probe, ...]:
    """Of one platform; else of everything that is set."""
    if part:
        return PLATFORMS[part].probes(settings)
    platforms = [platform for platform in PLATFORMS.values() if platform.is_set(settings)]
    return runtime.probes(settings) + tuple(
        probe for platform in platforms for probe in platform.probes(settings)
    )


def table(rows: Sequence[Effective]) -> str:
    """Name, value, origin; a setting that is unset shows a dash."""
    shown = [(row.name, clean_line(row.shown) or "-", row.origin) for row in rows]
    wide = max(len(name) for name, _, _ in shown)
    return "\n".join(f"{name:<{wide}}  {value}  ({origin})" for name, value, origin in shown)


async def _examine(probes: Sequence[Probe], runtime: Runtime) -> bool:
    good, bad = _signs(runtime.stdout.encoding)
    well = True
    async for probe, result in examine(probes):
        runtime.print(f"{good if result.ok else bad} {probe.name}: {clean_line(result.text)}")
        if not result.ok:
            well = False
            if result.mend:
                runtime.print(f"    {clean_line(result.mend)}")
    return well


def _signs(encoding: str | None) -> tuple[str, str]:
    """Signs that the stream can carry."""
    try:
        "✓✗".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return "ok  ", "FAIL"
    return "✓", "✗"
