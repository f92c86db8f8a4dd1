"""Makes text that others wrote safe to print: a document must not move the cursor or rename the window."""

from __future__ import annotations

import re

from bot.core import characters

# Bounded, and never across lines, so that an unfinished sequence swallows little of the text behind it.
_SEQUENCE = re.compile(
    r"""
      (?:\x1b\[|\x9b) [0-?]{0,64} [\ -/]{0,8} [@-~]            # CSI: colours, cursor
    | (?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])                  # OSC, DCS and kin: titles, links
      [^\x07\x1b\x9c\n]{0,256} (?:\x07|\x1b\\|\x9c)
    | \x1b [\ -/]{1,8} [0-~]                                   # character sets
    | \x1b [0-OQ-WYZ\\`-~]                                     # the short ones
    """,
    re.VERBOSE,
)
_OPEN = re.compile(r"(?:[\x1b\x9b\x9d\x90\x98\x9e\x9f][^\x07\x9c\n]{0,260}|\r)\Z")


def clean(text: str) -> str:
    """The text without escape sequences and control characters; tabs and newlines stay."""
    return characters.clean(_SEQUENCE.sub("", text.replace("\r\n", "\n")))


def clean_line(text: str) -> str:
    """As `clean`, on one line."""
    return " ".join(clean(text).split())


class Cleaner:
    """Cleans a text that comes in pieces: a sequence that is cut in two is held back until it is whole."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, piece: str) -> str:
        text = self._held + piece
        whole = 0
        for sequence in _SEQUENCE.finditer(text):
            whole = sequence.end()
        begun = _OPEN.search(text, whole)
        place = begun.start() if begun else len(text)
        self._held = text[place:]
        return clean(text[:place])

    def flush(self) -> str:
        held, self._held = self._held, ""
        return clean(held)
