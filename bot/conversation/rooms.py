"""What a chat front stands on, built once for each front of a process."""

from __future__ import annotations

from dataclasses import dataclass

from bot.conversation.crawls import CrawlFollowing
from bot.conversation.drafts import Drafts
from bot.conversation.freshness import Freshness
from bot.conversation.jobs import Jobs
from bot.conversation.responder import Limits, Responder
from bot.conversation.watching import Watch, find_ended
from bot.conversation.writing import Stores
from bot.core.ports import Asker, CrawlControl, TitleBook
from bot.core.state import MessageKey, Platform, State, Vote


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    state: State
    responder: Responder
    jobs: Jobs
    drafts: Drafts
    crawls: CrawlFollowing
    freshness: Freshness
    watch: Watch
    titles: TitleBook | None = None

    async def vote(self, key: MessageKey, *, user: str, up: bool, comment: str = "") -> bool:
        """Keeps a vote with question, answer and sources; False where the answer is not known any more."""
        claimed = await find_ended(self.state.ledger, key)
        if claimed is None or claimed.outcome == "retracted":
            return False
        await self.state.feedback.vote(
            Vote(
                key=key,
                user=user,
                up=up,
                question=claimed.question,
                answer=claimed.answer,
                sources=tuple(citation.url or citation.path for citation in claimed.citations),
                comment=comment,
            )
        )
        return True


def furnish(
    asker: Asker,
    state: State,
    crawls: CrawlControl,
    *,
    platform: Platform,
    owner: str,
    limits: Limits,
    titles: TitleBook | None = None,
) -> Rooms:
    """The rooms of one front. `owner` names this process, differently at each start."""
    stores = Stores(
        ledger=state.ledger, memory=state.memory, feedback=state.feedback, channels=state.channels
    )
    jobs = Jobs(state.ledger, owner=owner)
    return Rooms(
        state=state,
        responder=Responder(asker, stores, platform=platform, owner=owner, limits=limits),
        jobs=jobs,
        drafts=Drafts(state.ledger, jobs),
        crawls=CrawlFollowing(crawls, jobs),
        freshness=Freshness(crawls),
        watch=Watch(state.ledger, platform=platform, owner=owner),
        titles=titles,
    )
