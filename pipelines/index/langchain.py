"""The embedder as LangChain knows one, for langchain-chroma's write side."""

from __future__ import annotations

from langchain_core.embeddings import Embeddings

from pipelines.index.embed import Embedder


class EmbedderBridge(Embeddings):
    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        vectors: list[list[float]] = self._embedder.embed(texts).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]
