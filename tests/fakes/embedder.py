"""An embedder that needs no model: a text's vector is made of its words' hashes."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from pipelines.errors import EmbeddingError
from pipelines.index.embed import Vectors


class HashEmbedder:
    """The same text has the same vector; texts that share words are close. Threads may share it."""

    def __init__(self, name: str = "hashes/1", *, dimensions: int = 16) -> None:
        self._name = name
        self._dimensions = dimensions
        self._lock = threading.Lock()
        self.texts: list[str] = []
        """All that was embedded, in order."""
        self.away = False
        """While True, every call fails as if the server were down."""

    @property
    def name(self) -> str:
        return self._name

    def embed(self, texts: Sequence[str]) -> Vectors:
        if self.away:
            raise EmbeddingError("The embedding server is away.")
        with self._lock:
            self.texts += texts
        if not texts:
            return np.empty((0, self._dimensions), dtype=np.float32)
        return np.stack([self._vector(text) for text in texts])

    def _vector(self, text: str) -> Vectors:
        total = np.zeros(self._dimensions, dtype=np.float32)
        for word in re.findall(r"\w+", text.lower()) or [text]:
            digest = blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
            total += np.random.default_rng(int.from_bytes(digest, "little")).standard_normal(self._dimensions)
        length = np.linalg.norm(total)
        return total / length if length else np.eye(1, self._dimensions, dtype=np.float32)[0]
