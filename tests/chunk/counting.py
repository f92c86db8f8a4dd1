"""A tokenizer for tests: cheap, and like the real one in what it does with words, signs and white space."""

from __future__ import annotations

import re

PIECE = re.compile(r"[^\W_]{1,6}|[^\w\s]|_")


def count(text: str) -> int:
    """Six letters a piece, each sign one of its own; white space counts nothing."""
    return sum(1 for _ in PIECE.finditer(text))
