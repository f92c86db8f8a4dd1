"""Anchors of headings, as GitHub makes them."""

from __future__ import annotations

import unicodedata

KEPT = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "Pc"})


def slug(text: str) -> str:
    """Lower case, each space a hyphen, punctuation and symbols dropped, letters of every script kept."""
    kept = (
        letter for letter in text.strip().lower() if letter in "- " or unicodedata.category(letter) in KEPT
    )
    return "".join(kept).replace(" ", "-")


class Slugs:
    """The anchors of one page, each one of a kind: what repeats is numbered from -1."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def claim(self, anchor: str) -> str:
        """The anchor itself where it is free, else the first free of `anchor-1`, `anchor-2`…"""
        free = anchor
        while free in self._seen:
            self._seen[anchor] += 1
            free = f"{anchor}-{self._seen[anchor]}"
        self._seen[free] = 0
        return free

    def of_heading(self, text: str) -> str:
        return self.claim(slug(text))
