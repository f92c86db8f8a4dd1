"""What every chat front stands on: the bot, its memory, its responder, its crawls."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.adapters.store import open_state
from bot.conversation.limits import RateLimit
from bot.conversation.responder import Limits, Responder
from bot.conversation.writing import Stores
from bot.core.ports import CrawlControl
from bot.core.state import Platform, State
from bot.settings import Settings
from bot.wiring.parts import state_place
from bot.wiring.service import Bot, make_crawl_control, open_bot


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    bot: Bot
    state: State
    stores: Stores
    responder: Responder
    crawls: CrawlControl


@asynccontextmanager
async def open_chat(settings: Settings, platform: Platform) -> AsyncIterator[Chat]:
    """The rooms below a front. Raises StateUnusable, IndexUnusable."""
    async with open_bot(settings) as bot, open_state(state_place(settings)) as state:
        stores = Stores(
            ledger=state.ledger, memory=state.memory, feedback=state.feedback, channels=state.channels
        )
        responder = Responder(
            bot.answerer,
            stores,
            platform=platform,
            owner=uuid.uuid4().hex,
            limits=Limits(user=RateLimit(settings.user_limit), team=RateLimit(settings.team_limit)),
        )
        yield Chat(
            bot=bot,
            state=state,
            stores=stores,
            responder=responder,
            crawls=make_crawl_control(settings, bot, requested_by=platform),
        )
