"""Chroma's default embedding function as an embedding of LangChain's."""

from __future__ import annotations

from pathlib import Path

from chromadb.utils.embedding_functions.onnx_mini_lm_l6_v2 import ONNXMiniLM_L6_V2
from langchain_core.embeddings import Embeddings

from tests.peers.minilm import fill


class DefaultFunction(Embeddings):
    """The function, loaded once.

    Chroma itself loads the model again at every call, which would add some 200 ms to each question and each
    file: the peer is spared that.
    """

    def __init__(self, folder: Path) -> None:
        """`folder` is where the function keeps its model; filled here where it is empty."""
        fill(folder)
        self._function = ONNXMiniLM_L6_V2()
        self._function.DOWNLOAD_PATH = folder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """(texts, 384), each row of length 1."""
        return [row.tolist() for row in self._function(texts)]

    def embed_query(self, text: str) -> list[float]:
        """(384,) of length 1."""
        return self.embed_documents([text])[0]
