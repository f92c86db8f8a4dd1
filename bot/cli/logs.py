"""What is logged, and how much of it reaches the terminal."""

from __future__ import annotations

import logging
from typing import TextIO

OWN = ("bot", "pipelines")


def configure(verbose: int, stream: TextIO) -> None:
    """Our own warnings always; with -v our steps, with -vv everything.

    Without -v other packages are silent: what matters of theirs is said in our own words, and a line of
    theirs would tear a progress bar apart.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(
        handlers=[handler],
        level=(logging.CRITICAL, logging.WARNING, logging.DEBUG)[min(verbose, 2)],
        force=True,
    )
    for name in OWN:
        logging.getLogger(name).setLevel((logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)])
