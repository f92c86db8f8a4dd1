"""Silence of the engine's library, which otherwise tells every step of every file."""

from __future__ import annotations

import logging


class QuietLogger(logging.Logger):
    """Handed to a worker's listener, a process of its own with the library's own levels, among its settings:
    it quiets the process in which it arrives."""

    def __reduce__(self) -> tuple[object, ...]:
        return quiet_logger, ()


def quiet_logger() -> QuietLogger:
    """Lets the library report errors only, in this process and in those that get the logger."""
    logging.getLogger("hatchet").setLevel(logging.ERROR)
    return QuietLogger("hatchet.quiet")
