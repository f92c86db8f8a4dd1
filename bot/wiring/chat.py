"""What every chat front stands on: the bot, its memory, its crawls."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.adapters.addresses import WebRetriever
from bot.adapters.retention import expiring
from bot.adapters.store import open_state
from bot.conversation.limits import RateLimit
from bot.conversation.responder import Limits
from bot.conversation.rooms import Rooms, furnish
from bot.core.state import Platform
from bot.settings import Settings
from bot.wiring.parts import state_place
from bot.wiring.service import make_crawl_control, open_bot


@asynccontextmanager
async def open_chat(settings: Settings, platform: Platform) -> AsyncIterator[Rooms]:
    """The rooms below a front. Raises StateUnusable, IndexUnusable."""
    async with (
        open_bot(settings, through=WebRetriever) as bot,
        open_state(state_place(settings)) as state,
        expiring(state.privacy, settings.retention_days),
    ):
        yield furnish(
            bot.answerer,
            state,
            make_crawl_control(settings, bot, requested_by=platform),
            platform=platform,
            owner=uuid.uuid4().hex,
            limits=Limits(user=RateLimit(settings.user_limit), team=RateLimit(settings.team_limit)),
            titles=bot.titles,
        )
