"""Keeps this machine's own addresses from people elsewhere."""

from __future__ import annotations

from dataclasses import replace

from bot.core.models import Question, Retrieval
from bot.core.ports import Retriever


class WebRetriever:
    """A Retriever whose passages have no address where that would be a file of this machine."""

    def __init__(self, retriever: Retriever) -> None:
        self._retriever = retriever

    async def retrieve(self, question: Question, *, tokens: int) -> Retrieval:
        found = await self._retriever.retrieve(question, tokens=tokens)
        passages = tuple(
            item if item.url.startswith(("http://", "https://")) else replace(item, url="")
            for item in found.passages
        )
        return replace(found, passages=passages)
