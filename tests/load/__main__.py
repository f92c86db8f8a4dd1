"""Load and faults of the chat fronts: real processes, a fake platform, a model that streams steadily."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

from tests.load.figures import Report
from tests.load.model import Pace
from tests.load.runs import PLATFORMS, Plan, run

_EXAMPLES = """examples:
  uv run python -m tests.load slack --questions 200
  uv run python -m tests.load slack slack-http discord --questions 200 --unlimited --json
  uv run python -m tests.load slack --kills 50 --lanes 3
  uv run python -m tests.load slack discord --cuts 50
"""


def main(argv: Sequence[str] | None = None) -> int:
    args = _parser().parse_args(argv)
    plan = Plan(
        questions=args.questions,
        kills=args.kills,
        cuts=args.cuts,
        lanes=args.lanes,
        channels=args.channels,
        limited=not args.unlimited,
        streamed=not args.unstreamed,
        seed=args.seed,
        pace=Pace(delay=args.delay, rate=args.rate, words=args.words),
    )
    with tempfile.TemporaryDirectory(prefix="docsbot-load-") as scratch:
        folder = args.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        reports = asyncio.run(_run(args.platforms, plan, folder, quiet=args.json))
    if args.json:
        print(json.dumps([report.as_json() for report in reports], indent=2))
    return 1 if any(report.faults for report in reports) else 0


async def _run(platforms: Sequence[str], plan: Plan, folder: Path, *, quiet: bool) -> list[Report]:
    """Prints each table as soon as it is there."""
    reports = []
    async with aclosing(run(platforms, plan, folder)) as running:
        async for report in running:
            reports.append(report)
            if not quiet:
                print(f"{report.as_markdown()}\n", flush=True)
    return reports


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.load",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("platforms", nargs="+", choices=PLATFORMS)
    parser.add_argument("--questions", metavar="N", type=int, default=0, help="so many questions at once")
    parser.add_argument("--kills", metavar="N", type=int, default=0, help="so many kills, one a question")
    parser.add_argument("--cuts", metavar="N", type=int, default=0, help="so many questions, sockets torn")
    parser.add_argument("--lanes", metavar="N", type=int, default=1, help="kill in so many processes at once")
    parser.add_argument("--channels", metavar="N", type=int, default=8, help="to ask in (%(default)s)")
    parser.add_argument("--unlimited", action="store_true", help="without the platform's rate limits")
    parser.add_argument("--unstreamed", action="store_true", help="where Slack refuses every stream")
    parser.add_argument("--seed", metavar="N", type=int, default=1, help="of every random choice")
    pace = Pace()
    parser.add_argument("--delay", type=float, default=pace.delay, help="of a first token, s (%(default)s)")
    parser.add_argument("--rate", type=float, default=pace.rate, help="tokens a second (%(default)s)")
    parser.add_argument("--words", type=int, default=pace.words, help="of an answer (%(default)s)")
    parser.add_argument("--keep", metavar="FOLDER", type=Path, help="leave logs and databases there")
    parser.add_argument("--json", action="store_true", help="one JSON array in place of the tables")
    return parser


if __name__ == "__main__":
    sys.exit(main())
