"""What a front may ask of the pipelines: to crawl, to be told how it goes, to stop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.engine import CRAWL_EVENT, CrawlInput, new_crawl_id
from pipelines.errors import EngineUnavailable, IndexUnavailable
from pipelines.index.ledger import CrawlLedger, CrawlRecord

if TYPE_CHECKING:
    from hatchet_sdk import Hatchet

_NOBODY = "No worker has taken this up yet: is `docsbot worker` running?"


async def push_crawl(
    hatchet: Hatchet, spec: str, reason: str = "", requested_by: str = "", crawl: str = ""
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


@dataclass(frozen=True, slots=True)
class Patience:
    """Of a follower, in seconds."""

    poll: float = 1.0
    """Between two looks at a crawl: one cheap call each."""
    unseen: float = 10.0
    """After which a request that nobody has taken up is made again; twice as long each time. An engine that
    knows no workflow yet drops an event."""
    lost: float = 45.0
    """Without a sign of life, after which it is made again: the workers' own watch comes first."""


class CrawlFollower:
    """Follows one request, from any process, at one cheap call a second to the index, not to the engine."""

    def __init__(
        self,
        ledger: CrawlLedger,
        ask_again: Callable[[str], Awaitable[object]],
        *,
        source: str,
        crawl: str,
        patience: Patience | None = None,
    ) -> None:
        """`ask_again` makes the request of that id once more, and raises EngineUnavailable."""
        self._ledger = ledger
        self._ask_again = ask_again
        self._source = source
        self._crawl = crawl
        self._patience = patience or Patience()

    async def follow(self) -> AsyncGenerator[Sighting, None]:
        """The crawl whenever it has changed, until the one that serves the request has ended.

        A crawl that shows no life for a while is asked for again, which harms none that lives.
        Raises IndexProblem.
        """
        clock, patience = asyncio.get_running_loop().time, self._patience
        beat, changed, limit = "", clock(), patience.unseen
        while True:
            record = await self._read()
            if record is not None and record.beat != beat:
                mine = record.serves(self._crawl)
                # One that has ended without it is somebody else's, and of the past.
                beat, changed = record.beat, clock()
                limit = patience.unseen if record.ended else patience.lost
                if mine or not record.ended:
                    yield Sighting(record=record, joined=record.crawl != self._crawl)
                if mine and record.ended:
                    return
            elif clock() - changed > limit:
                if limit != patience.lost:
                    yield Sighting(record=self._unseen(), joined=False)
                    limit = min(2 * limit, 8 * patience.unseen)
                changed = clock()
                with suppress(EngineUnavailable):  # the next silence asks again
                    await self._ask_again(self._crawl)
            await asyncio.sleep(patience.poll)

    def _unseen(self) -> CrawlRecord:
        return CrawlRecord(source=self._source, crawl=self._crawl, phase="listing", note=_NOBODY)

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
