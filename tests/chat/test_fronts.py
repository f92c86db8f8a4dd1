"""A front translates: what two platforms have in common lives below both."""

from __future__ import annotations

from pathlib import Path

BOT = Path(__file__).parents[2] / "bot"
LINES = 1_400
"""Of both fronts together; what one platform alone knows, in their folders' rooms, is not counted."""


def test_the_fronts_stay_thin() -> None:
    fronts = [path for front in ("slack", "discord") for path in (BOT / front).glob("*.py")]
    assert len(fronts) > 10
    assert sum(len(path.read_text(encoding="utf-8").splitlines()) for path in fronts) < LINES


def test_their_rooms_are_the_same() -> None:
    """Who knows one platform's folder finds his way in the other's."""
    rooms = [
        {path.name for path in (BOT / front).iterdir() if (path / "__init__.py").exists()}
        for front in ("slack", "discord")
    ]
    assert rooms[0] == rooms[1] == {"calls", "markup", "setup", "transport", "writing"}
