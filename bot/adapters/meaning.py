"""What questions mean, as vectors of the model that the index is made with."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from bot.core.errors import RetrievalFailed
from pipelines.errors import PipelineError
from pipelines.index.embed import Embedder

KEPT = 4_000
"""Vectors, some 6 MB: whoever looks again waits for what is new only. In memory, by hash: what a person has
asked is not to outlive the records that it is removed from."""


class Meanings:
    """Embeds questions; those of late are remembered."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: OrderedDict[bytes, npt.NDArray[np.float32]] = OrderedDict()

    async def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """(texts, dimensions), each row of length 1. Raises RetrievalFailed."""
        keys = [blake2b(text.encode(), digest_size=16).digest() for text in texts]
        # Taken out at once: while the model works, another call may push them out.
        found = {key: self._known[key] for key in keys if key in self._known}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if missing:
            found |= await self._compute(missing)
        return np.stack([found[key] for key in keys]) if keys else np.zeros((0, 0), dtype=np.float32)

    async def _compute(self, missing: dict[bytes, str]) -> dict[bytes, npt.NDArray[np.float32]]:
        try:
            vectors = await asyncio.to_thread(self._embedder.embed, list(missing.values()))
        except PipelineError as error:
            raise RetrievalFailed(str(error)) from error
        fresh = dict(zip(missing, vectors, strict=True))
        self._known.update(fresh)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        return fresh
