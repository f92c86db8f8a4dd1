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
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        try:
            fresh = await asyncio.to_thread(self._embedder.embed, list(missing.values()))
        except PipelineError as error:
            raise RetrievalFailed(str(error)) from error
        found = dict(zip(missing, fresh, strict=True))
        rows = [found[key] if key in found else self._known[key] for key in keys]
        self._keep(found)
        return np.stack(rows) if rows else fresh

    def _keep(self, found: dict[bytes, npt.NDArray[np.float32]]) -> None:
        self._known.update(found)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
