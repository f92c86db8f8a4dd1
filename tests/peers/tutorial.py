"""The tutorial's way, which this project grew from: a bot's documents in 3,000-character pieces.

Loaded by langchain-community, split by length alone, embedded by Chroma's default function, stored by
langchain-chroma under random ids, so that every run adds everything again; the nearest four pieces answer.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tests.peers.loading import load_folder

if TYPE_CHECKING:
    from langchain_chroma import Chroma

    from tests.peers.default_function import DefaultFunction

CHARACTERS = 3_000
TOP = 4
_WIDE = 40  # pieces that are looked at for a ranking of ten pages


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    folder: str
    path: str
    text: str


class Tutorial:
    """A collection on disk. Calls block."""

    def __init__(self, data: Path, *, model: Path) -> None:
        """`data` holds the collection, `model` Chroma's embedding model; both are filled where empty."""
        self._data = data
        self._model = model

    @cached_property
    def function(self) -> DefaultFunction:
        from tests.peers.default_function import DefaultFunction

        return DefaultFunction(self._model)

    @cached_property
    def _store(self) -> Chroma:
        from langchain_chroma import Chroma

        return Chroma("tutorial", embedding_function=self.function, persist_directory=str(self._data))

    def index(self, folder: Path, suffixes: Sequence[str]) -> list[Piece]:
        """Adds a folder's documents, file by file; the pieces that were embedded."""
        added = []
        for path, pieces in split_folder(folder, suffixes).items():
            metadata = [{"folder": str(folder), "path": path} for _ in pieces]
            self._store.add_texts(pieces, metadata)
            added += [Piece(folder=str(folder), path=path, text=text) for text in pieces]
        return added

    def count(self) -> int:
        """Pieces in the collection."""
        return len(self._store.get(include=[])["ids"])

    def search(self, question: str, *, folder: Path | None = None, top: int = TOP) -> list[Piece]:
        """The nearest pieces, best first; of one folder's only where it is named."""
        where = {"folder": str(folder)} if folder else None
        found = self._store.similarity_search(question, k=top, filter=where)
        return [
            Piece(folder=item.metadata["folder"], path=item.metadata["path"], text=item.page_content)
            for item in found
        ]

    def pages(self, question: str, *, folder: Path) -> list[str]:
        """Paths of the nearest pieces' pages, each once; more than the four pieces give, for a fair rank."""
        return list(dict.fromkeys(piece.path for piece in self.search(question, folder=folder, top=_WIDE)))


def split_folder(folder: Path, suffixes: Sequence[str]) -> dict[str, list[str]]:
    """Path → its pieces."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=CHARACTERS)
    documents = load_folder(folder, suffixes)
    return {item.metadata["path"]: splitter.split_text(item.page_content) for item in documents}
