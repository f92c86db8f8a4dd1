"""The tutorial's bot as a process: one question a line on stdin, one JSON object a line on stdout.

An object has `pieces` (path and text, the nearest first) and `milliseconds`, what the search took.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from tests.peers.tutorial import Tutorial


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.peers", description=__doc__)
    parser.add_argument("data", type=Path, help="folder of the collection")
    parser.add_argument("model", type=Path, help="folder of Chroma's embedding model")
    args = parser.parse_args()
    tutorial = Tutorial(args.data, model=args.model)
    for line in sys.stdin:
        if question := line.strip():
            start = time.perf_counter()
            pieces = [asdict(piece) for piece in tutorial.search(question)]
            milliseconds = 1_000 * (time.perf_counter() - start)
            print(json.dumps({"pieces": pieces, "milliseconds": milliseconds}), flush=True)


if __name__ == "__main__":
    main()
