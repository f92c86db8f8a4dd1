"""Commands for operators."""

from __future__ import annotations

from bot.cli.grammar import Grammar


def add_operating(grammar: Grammar) -> None:
    """None yet."""
