"""Text that others wrote, made harmless to show: no control characters, no reordering, no hidden text."""

from __future__ import annotations

import re

# C0 and C1 controls but tab and newline (escape sequences of a terminal begin with one), the bidirectional
# overrides and isolates, zero-width characters that hide text or split a word, and the invisible "tags" that
# smuggle orders to a model. The joiners U+200C and U+200D stay: Persian and emoji are written with them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0000-\U000e007f]"
)
_BREAKS = re.compile("[\u2028\u2029]")
_SURROGATES = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """The text without characters that steer a terminal, reorder a line or hide something.

    Cleaning piece by piece gives what cleaning the whole gives. Half a surrogate pair, which no encoder
    would write, becomes U+FFFD.
    """
    return _SURROGATES.sub("\ufffd", _UNSEEN.sub("", _BREAKS.sub("\n", text)))


def clean_line(text: str) -> str:
    """The same on one line, for titles and headings."""
    return " ".join(clean(text).split())


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, cut between words where there is one, with an ellipsis when cut."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    head, blank, _ = cut.rpartition(" ")
    inside = not text[limit - 1].isspace() and blank and len(head) > limit // 2
    return (head if inside else cut).rstrip() + "…"
