"""What several processes write, on one stream: each line under the name of its process."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Literal, TextIO

from bot.terminal.text import clean

NAME = "run"
"""Of what the program says itself."""
_WIDE = 8  # the longest name
_BOLD, _WHITE = 1, 37
_COLOURS = {
    NAME: _BOLD,
    "chroma": 35,
    "postgres": 34,
    "engine": 36,
    "worker": 33,
    "slack": 32,
    "discord": 94,
    "gateway": 95,
}


class Output:
    """As text, or as JSON where every line is to be one object.

    A stream that nobody reads any more is no reason to end what runs.
    """

    def __init__(self, stream: TextIO, *, style: Literal["text", "json"], coloured: bool) -> None:
        self._stream = stream
        self._style = style
        self._coloured = coloured
        self._heard = True

    def note(self, text: str) -> None:
        """What the program says itself; one or more lines."""
        for line in text.splitlines():
            self.tell(NAME, line)

    def tell(self, name: str, line: str) -> None:
        """One line of a process."""
        if not self._heard:
            return
        shown = _as_json(name, line) if self._style == "json" else self._as_text(name, line)
        try:
            self._stream.write(f"{shown}\n")
            self._stream.flush()
        except BrokenPipeError:
            self._heard = False

    def _as_text(self, name: str, line: str) -> str:
        label = f"{name:<{_WIDE}} |"
        if self._coloured:
            label = f"\x1b[{_COLOURS.get(name, _WHITE)}m{label}\x1b[0m"
        return f"{label} {clean(line).replace(chr(10), ' ')}"


def _as_json(name: str, line: str) -> str:
    """The object that the process wrote, with its name; else one around the line."""
    try:
        value = json.loads(line) if line.startswith("{") else None
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        value = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "message": clean(line)}
    return json.dumps({"process": name, **value}, ensure_ascii=False)
