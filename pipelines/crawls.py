"""What a front may ask of the pipelines: to crawl, to be told how it goes, to stop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.engine import CRAWL_EVENT, CrawlInput, new_crawl_id
from pipelines.errors import EngineUnavailable, IndexUnavailable
from pipelines.index.ledger import CrawlLedger, CrawlRecord

if TYPE_CHECKING:
    from hatchet_sdk import Hatchet

POLL = 1.0
"""Seconds between two looks at a crawl: one cheap call each."""
LOST = 45.0
"""Seconds without a sign of life after which a follower asks again: the workers' own watch comes first."""
UNSEEN = 10.0
"""Seconds after which a follower asks again when nobody has taken the request up; twice as long each time. An
engine that knows no workflow yet drops an event."""
_NOBODY = "No worker has taken this up yet: is `docsbot worker` running?"


async def push_crawl(
    hatchet: Hatchet, spec: str, *, reason: str = "", requested_by: str = "", crawl: str = ""
) -> str:
    """Pushes `rag:crawl` for a source; the request's id. Raises EngineUnavailable."""
    import grpc

    request = CrawlInput(source=spec, crawl=crawl or new_crawl_id(), reason=reason, requested_by=requested_by)
    try:
        await hatchet.event.aio_push(
            CRAWL_EVENT, request.model_dump(), additional_metadata={"crawl": request.crawl}
        )
    except (grpc.RpcError, OSError) as error:
        raise EngineUnavailable(
            "The Hatchet engine does not answer. Check HATCHET_CLIENT_TOKEN and that the engine runs."
        ) from error
    return request.crawl


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A crawl as it was seen."""

    record: CrawlRecord
    joined: bool
    """It is another one's crawl, which will look again for this request."""


class CrawlFollower:
    """Follows one request, from any process, at one cheap call a second to the index, not to the engine."""

    def __init__(self, ledger: CrawlLedger, hatchet: Hatchet, *, spec: str, source: str, crawl: str) -> None:
        self._ledger = ledger
        self._hatchet = hatchet
        self._spec = spec
        self._source = source
        self._crawl = crawl

    async def follow(self) -> AsyncGenerator[Sighting, None]:
        """The crawl whenever it has changed, until the one that serves the request has ended.

        A crawl that shows no life for a while is asked for again, which harms none that lives.
        Raises IndexProblem.
        """
        clock = asyncio.get_running_loop().time
        beat, changed, patience = "", clock(), UNSEEN
        while True:
            record = await self._read()
            if record is not None and record.beat != beat:
                beat, changed = record.beat, clock()
                if record.serves(self._crawl) or not record.ended:
                    patience = LOST
                    yield Sighting(record=record, joined=record.crawl != self._crawl)
                if record.ended and record.serves(self._crawl):
                    return
                if record.ended:  # somebody else's, or one of the past: this request is still to be taken up
                    patience = UNSEEN
            elif clock() - changed > patience:
                if patience != LOST:
                    yield Sighting(record=self._unseen(), joined=False)
                changed, patience = clock(), LOST if patience == LOST else min(2 * patience, 8 * UNSEEN)
                await self._ask_again()
            await asyncio.sleep(POLL)

    def _unseen(self) -> CrawlRecord:
        return CrawlRecord(source=self._source, crawl=self._crawl, phase="listing", note=_NOBODY)

    async def _ask_again(self) -> None:
        try:
            await push_crawl(self._hatchet, self._spec, reason="silence", crawl=self._crawl)
        except EngineUnavailable:
            return  # the next silence asks again

    async def _read(self) -> CrawlRecord | None:
        try:
            return await asyncio.to_thread(self._ledger.read, self._source)
        except IndexUnavailable:
            return None  # it may come back; what was shown last stays true


async def cancel_crawl(ledger: CrawlLedger, source: str) -> bool:
    """Asks the crawl of a source that is under way to end; False where there is none. Raises IndexProblem."""
    record = await asyncio.to_thread(ledger.read, source)
    if record is None or record.ended:
        return False
    await asyncio.to_thread(ledger.cancel, source, record.crawl)
    return True
