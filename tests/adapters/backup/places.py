"""Places that hold something, and all that they hold, for tests of backups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.adapters.store import open_state
from bot.adapters.store.reading import Row, read_tables
from bot.core.models import Turn
from bot.core.state import ChannelSettings
from pipelines.index.open import Index
from tests.contracts.state_cases import STORED, TEXTS, answered, claim, escalation, key, thread, vote


async def fill_state(place: str | Path) -> str:
    """Something in every table, with texts of all kinds; the key that was made."""
    async with open_state(place) as state:
        for number, text in enumerate((*TEXTS.values(), *STORED)):
            of = key(f"asked{number}")
            await answered(state.ledger, of, question=text)
            await state.memory.remember(thread(), Turn(role="user", text=text), user="U", message=of.message)
            await state.feedback.vote(vote(of, comment=text))
            await state.feedback.note_gap(key(f"gap{number}"), question=text, reason=text)
            await state.escalations.open(escalation(of, desk_message=f"d{number}"))
        await claim(state.ledger, key("open"))
        await state.deliveries.take("github", "d1")
        await state.keyring.make("unused", ["ask"])
        made = await state.keyring.make("used", ["ask", "maintain"])
        assert made is not None
        await state.keyring.note_use("used")
        for up in (True, False):
            await state.feedback.vote(vote(key("asked0"), user=f"up {up}", up=up))
        settings = ChannelSettings(sources=("a/b", 'ü, "x"'), mode="drafts", language="Deutsch")
        await state.channels.write(settings, platform="slack", team="T", channel="C", user="M")
    return made


async def dump_state(place: str | Path, scratch: Path) -> Mapping[str, list[Row]]:
    """Every row of every table."""
    async with read_tables(place, scratch=scratch) as tables:
        if tables.revision is None:
            return {}
        return {name: [row async for row in tables.rows(name)] for name in await tables.names()}


class Close:
    """A vector, equal to one that was divided by its length once more, as Chroma does."""

    def __init__(self, vector: Sequence[float]) -> None:
        self._vector = np.asarray(vector)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Close) and np.allclose(self._vector, other._vector, rtol=0, atol=1e-6)

    __hash__ = None  # type: ignore[assignment]


def dump_index(index: Index) -> Mapping[str, object]:
    """Every chunk, and every record but the revision's random word."""
    collections = index.store.collections
    held: dict[str, object] = {}
    for page in collections.chunks(sorted(collections.chunk_ids())):
        vectors = page["embeddings"]
        assert vectors is not None
        rows = zip(page["ids"], page["documents"] or [], page["metadatas"] or [], vectors, strict=True)
        held |= {key: (text, dict(about), Close(vector)) for key, text, about, vector in rows}
    for record_id in collections.record_ids():
        row = collections.record(record_id)
        if row is not None and row["kind"] != "revision":
            held[record_id] = dict(row)
    return held


@dataclass
class Shelf:
    """Indexes of one test, which are closed at its end."""

    stack: ExitStack

    def add(self, index: Index) -> Index:
        self.stack.callback(index.store.close)
        return index
