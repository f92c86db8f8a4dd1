"""Measures docsbot beside the tutorial that it grew from, and prints the table of the README."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from bot.core.errors import QuestionInvalid
from tests.benchmarks import embedding, indexing, processes, quality, retrieval
from tests.benchmarks.corpora import Corpus, own_corpus, read_corpora
from tests.benchmarks.figures import Figure, Report, report
from tests.benchmarks.lab import Effort, Lab, Unmeasurable

BENCHMARKS: Mapping[str, Callable[[Lab], Iterable[Figure]]] = {
    quality.NAME: quality.measure,
    embedding.NAME: embedding.measure,
    indexing.NAME: indexing.measure,
    retrieval.NAME: retrieval.measure,
    retrieval.LARGE: retrieval.measure_large,
    processes.MEMORY: processes.measure_memory,
    processes.ASK: processes.measure_ask,
}

_EXAMPLES = """examples:
  uv run python -m tests.benchmarks
  uv run python -m tests.benchmarks --docs ./docs --questions questions.jsonl
  uv run python -m tests.benchmarks --docs ./a --questions a.jsonl --docs ./b --questions b.jsonl --json
  uv run python -m tests.benchmarks --docs ./docs --only retrieval --only ask --rounds 3
"""


def run(corpora: tuple[Corpus, ...], names: Sequence[str], effort: Effort, folder: Path) -> Report:
    """All figures of these benchmarks; `folder` is filled with some 600 MB for a large index."""
    lab = Lab(
        corpora, folder, effort=effort, say=lambda text: print(f"… {text}", file=sys.stderr, flush=True)
    )
    figures = [figure for name in names for figure in BENCHMARKS[name](lab)]
    if not figures:
        raise Unmeasurable("Nothing was measured: the quality of answers needs --questions.")
    return report(figures)


def main(argv: Sequence[str] | None = None) -> int:
    parser = _parser()
    args = parser.parse_args(argv)
    if len(args.questions) > len(args.docs):
        parser.error("each --questions needs the --docs that it asks about")
    if missing := [str(folder) for folder in args.docs if not folder.is_dir()]:
        parser.error(f"no such folder: {', '.join(missing)}")
    effort = Effort(rounds=args.rounds, large=args.large)
    with tempfile.TemporaryDirectory(prefix="docsbot-benchmark-") as scratch:
        folder = Path(scratch)
        try:
            corpora = read_corpora(args.docs, args.questions) if args.docs else (own_corpus(folder / "docs"),)
        except (QuestionInvalid, OSError) as error:
            print(f"{error}", file=sys.stderr)
            return 2
        try:
            result = run(corpora, args.only or list(BENCHMARKS), effort, folder)
        except Unmeasurable as error:
            print(f"{error}", file=sys.stderr)
            return 1
    print(json.dumps(result.as_json(), indent=2) if args.json else result.as_markdown())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--docs",
        metavar="FOLDER",
        type=Path,
        action="append",
        default=[],
        help="documents to index, again for more folders; without it, the project's own",
    )
    parser.add_argument(
        "--questions",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="questions on the folder in the same place, as `docsbot eval` reads them",
    )
    parser.add_argument(
        "--only", metavar="NAME", choices=BENCHMARKS, action="append", help=f"one of {', '.join(BENCHMARKS)}"
    )
    parser.add_argument(
        "--rounds", metavar="N", type=int, default=Effort().rounds, help="repetitions (%(default)s)"
    )
    parser.add_argument(
        "--large",
        metavar="N",
        type=int,
        default=Effort().large,
        help="chunks of the large index (%(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object in place of the table")
    return parser


if __name__ == "__main__":
    sys.exit(main())
