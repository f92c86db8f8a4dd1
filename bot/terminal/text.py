"""Makes text that others wrote safe to print: a document must not move the cursor or rename the window."""

from __future__ import annotations

import re

from bot.core import characters

_SEQUENCE = re.compile(
    r"""
      (?:\x1b\[|\x9b) [0-?]* [\ -/]* [@-~]                                  # CSI: colours, cursor
    | (?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f]) [^\x07\x1b\x9c]{0,4096} (?:\x07|\x1b\\|\x9c)  # OSC, DCS and kin
    | \x1b [\ -/]+ [0-~]                                                    # character sets
    | \x1b [0-OQ-WYZ\\`-~]                                                  # the short ones
    """,
    re.VERBOSE,
)
_OPEN = re.compile(r"[\x1b\x9b\x9d\x90\x98\x9e\x9f\r][^\x07\x9c\n]{0,256}\Z")


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
        text = _SEQUENCE.sub("", self._held + piece)
        match = _OPEN.search(text)
        self._held = match.group() if match else ""
        return clean(text[: len(text) - len(self._held)])

    def flush(self) -> str:
        held, self._held = self._held, ""
        return clean(held)
