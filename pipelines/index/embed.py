"""Text to vectors: the local model, or a server that speaks OpenAI's API."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from pipelines.errors import EmbeddingError
from pipelines.index.weights import DIMENSIONS, GRAPH_VERSION, forbid_telemetry, graph_file, package_file

if TYPE_CHECKING:
    from langchain_openai import OpenAIEmbeddings
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

Vectors = npt.NDArray[np.float32]

POSITIONS = 512
"""Tokens that the local model can see at once, its two special ones included."""


class Embedder(Protocol):
    """A model that turns text into vectors of length 1."""

    @property
    def name(self) -> str:
        """Names the model and everything that changes its vectors; an index remembers it."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(texts, dimensions) float32, each row of length 1. Raises EmbeddingError."""
        ...


class WordPieces:
    """Counts text in word pieces of the local model."""

    @cached_property
    def tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(package_file("tokenizer.json")))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer

    def count(self, text: str) -> int:
        """Word pieces of a text, the model's two special tokens not counted."""
        return len(self.tokenizer.encode(text, add_special_tokens=False).ids)


class LocalEmbedder:
    """all-MiniLM-L6-v2 in int8 on onnxruntime, one text a call.

    The scales of dynamic quantisation depend on everything in a batch, so that a text embedded alone is the
    only one with a vector that can be reproduced; threads, not batches, fill the processor.
    """

    def __init__(
        self, cache: Path, *, threads: int = 0, note: Callable[[str], None] = lambda _: None
    ) -> None:
        """`cache` is where the built graph is kept; `threads` of 0 means one for each processor."""
        self._cache = cache
        self._threads = threads or _processors()
        self._note = note
        self._pieces = WordPieces()

    @property
    def name(self) -> str:
        return f"all-MiniLM-L6-v2/int8-{GRAPH_VERSION}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        if len(texts) <= 1:
            rows = [self._embed_one(text) for text in texts]
        else:
            rows = list(self._pool.map(self._embed_one, texts))
        return np.stack(rows) if rows else np.empty((0, DIMENSIONS), dtype=np.float32)

    def _embed_one(self, text: str) -> npt.NDArray[np.float32]:
        ids = self._pieces.tokenizer.encode(text).ids
        if len(ids) > POSITIONS:
            ids = [*ids[: POSITIONS - 1], ids[-1]]
        vector: npt.NDArray[np.float32] = self._session.run(None, {"input_ids": np.array([ids], np.int64)})[0]
        return vector

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._threads, thread_name_prefix="embed")

    @cached_property
    def _session(self) -> InferenceSession:
        forbid_telemetry()
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        path = graph_file(self._cache, self._note)
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _processors() -> int:
    """Those that this process may use, where the system tells."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


class ServerEmbedder:
    """OpenAI's embeddings, or those of any server that speaks its API."""

    def __init__(self, *, model: str, api_key: str, base_url: str = "", timeout: float = 30.0) -> None:
        self._model = model
        self._api_key = api_key
        self._base_url = base_url
        self._timeout = timeout

    @property
    def name(self) -> str:
        return f"{self._base_url or 'openai'}/{self._model}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        import openai

        if not texts:
            return np.empty((0, 0), dtype=np.float32)
        try:
            rows = self._client.embed_documents(list(texts))
        except (openai.OpenAIError, UnicodeEncodeError) as error:
            # Not chained: the server's own words, or the header that cannot be sent, may hold the key.
            raise EmbeddingError(
                f"The embedding server failed ({type(error).__name__}) on model {self._model}. "
                "Check OPENAI_API_KEY, OPENAI_BASE_URL and OPENAI_EMBEDDING_MODEL."
            ) from None
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            # What the client library makes of an answer that is not one: a proxy's page, another API.
            raise EmbeddingError(
                f"The embedding server's answer for model {self._model} is no list of embeddings. "
                "Check OPENAI_BASE_URL and OPENAI_EMBEDDING_MODEL."
            ) from error
        return _normalise(rows, expected=len(texts), model=self._model)

    @cached_property
    def _client(self) -> OpenAIEmbeddings:
        from langchain_openai import OpenAIEmbeddings
        from pydantic import SecretStr

        return OpenAIEmbeddings(
            model=self._model,
            api_key=SecretStr(self._api_key or "none"),
            base_url=self._base_url or None,
            timeout=self._timeout,
            max_retries=3,
            # Other servers take text, not token numbers, and need no tokeniser to be downloaded.
            check_embedding_ctx_length=False,
            chunk_size=256,
        )


def _normalise(rows: list[list[float]], *, expected: int, model: str) -> Vectors:
    try:
        vectors = np.array(rows, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise EmbeddingError(f"The embedding server's answer for model {model} is not vectors.") from error
    if vectors.ndim != 2 or len(vectors) != expected or not vectors.size or not np.isfinite(vectors).all():
        raise EmbeddingError(f"The embedding server's answer for model {model} is not {expected} vectors.")
    lengths: Vectors = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, np.where(lengths == 0, 1, lengths), dtype=np.float32)
