"""The whole command line as one parser."""

from __future__ import annotations

import argparse

from bot.cli.grammar import Grammar
from bot.cli.grammar.asking import add_asking
from bot.cli.grammar.indexing import add_indexing
from bot.cli.grammar.operating import add_operating
from bot.cli.grammar.serving import add_serving


def build_parser() -> argparse.ArgumentParser:
    grammar = Grammar()
    for add in (add_indexing, add_asking, add_serving, add_operating):
        add(grammar)
    return grammar.parser
