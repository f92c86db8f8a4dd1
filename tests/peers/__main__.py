"""The tutorial's bot as a process: one question a line on stdin, the nearest pieces on stdout."""

from __future__ import annotations

import argparse
import sys
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
            for piece in tutorial.search(question):
                print(f"{piece.path}\n\n{piece.text}\n")


if __name__ == "__main__":
    main()
