"""The questions of a run, and the answers to them: what was asked and what was said can be told apart."""

from __future__ import annotations

import re

PAGES = {
    "keys.md": "# Keys\n\n## Rotate a key\n\nRun `widgets rotate` for a new key. The old one works a day.\n",
    "retries.md": "# Retries\n\nA failed task is retried three times, with a backoff of two seconds.\n",
}
_ASKED = re.compile(r"\border (\d+)\b")
_COUNTED = re.compile(r"\bw(\d+)\b")


def question(number: int) -> str:
    return f"How do I rotate a key for order {number}?"


def number_of(text: str) -> int | None:
    """Which question a text speaks of, by its last word on that."""
    found = _ASKED.findall(text)
    return int(found[-1]) if found else None


def answer(number: int, words: int) -> list[str]:
    """An answer's tokens: its number, its source, and words that are counted."""
    head = ["Run", " `widgets", " rotate`", " for", " order", f" {number}", " [1]."]
    return [*head, *(f" w{count}" for count in range(1, words + 1)), "."]


def is_whole(text: str, number: int, words: int) -> bool:
    """Whether a text is that answer, each word once and in order, and nothing of another one."""
    counted = [int(found) for found in _COUNTED.findall(text)]
    return counted == list(range(1, words + 1)) and set(_ASKED.findall(text)) == {str(number)}
