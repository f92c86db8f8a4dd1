"""Takes up what a crashed process left: answers, and the jobs beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.conversation.crawls import CrawlMessage
from bot.conversation.escalation import Escalations
from bot.conversation.jobs import subject_of
from bot.conversation.responder import MakeReply
from bot.conversation.rooms import Rooms
from bot.core.state import JOB, Claimed, MessageKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescue:
    rooms: Rooms
    escalations: Escalations
    make_reply: MakeReply
    make_crawl_message: Callable[[MessageKey], CrawlMessage]
    """The message that followed a crawl."""

    async def watch(self) -> None:
        """Until it is cancelled."""
        await self.rooms.watch.run(self.take_up)

    async def take_up(self, claimed: Claimed) -> None:
        if not claimed.origin.startswith(JOB):
            await self.rooms.responder.take_up(claimed, self.make_reply)
        elif self.rooms.jobs.is_kept(claimed):
            pass  # it goes on here
        elif claimed.origin == f"{JOB}crawl":
            message = self.make_crawl_message(subject_of(claimed))
            await self.rooms.crawls.resume(claimed, message)
        elif claimed.origin in (f"{JOB}escalate", f"{JOB}relay"):
            await self.escalations.resume(claimed)
        else:  # whether it was posted is not known: the button can be pressed again
            await self.rooms.jobs.end(claimed, ok=False)
