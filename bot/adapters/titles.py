"""The titles of the indexed pages, for who is still typing a question."""

from __future__ import annotations

import asyncio

from bot.core.errors import RetrievalFailed
from pipelines.errors import PipelineError
from pipelines.index.open import Index
from pipelines.index.titles import list_titles


class PageTitles:
    """The core's TitleBook over the index. Titles are read once for each revision."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._revision = ""
        self._titles: tuple[str, ...] = ()

    async def titles(self) -> tuple[str, ...]:
        follower = self._index.follower
        try:
            if not follower.snapshot.count:
                await asyncio.to_thread(follower.refresh)
            snapshot = follower.snapshot
            if snapshot.revision != self._revision or not self._titles:
                self._titles = await asyncio.to_thread(list_titles, snapshot)
                self._revision = snapshot.revision
        except PipelineError as error:
            raise RetrievalFailed(str(error)) from error
        return self._titles
