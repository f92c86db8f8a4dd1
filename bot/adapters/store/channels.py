"""Each channel's settings."""

from __future__ import annotations

from sqlalchemy import select

from bot.adapters.store.engine import Database
from bot.adapters.store.schema import channels, is_channel
from bot.adapters.store.values import Now
from bot.core.state import ChannelSettings, Platform


class StoredChannels:
    """The port `ChannelBook` over a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, *, platform: Platform, team: str, channel: str) -> ChannelSettings:
        rows = await self._database.rows(
            select(channels).where(is_channel(channels, platform, team, channel))
        )
        if not rows:
            return ChannelSettings()
        row = rows[0]
        return ChannelSettings(sources=row["sources"], mode=row["mode"], language=row["language"])

    async def write(
        self, settings: ChannelSettings, *, platform: Platform, team: str, channel: str, user: str
    ) -> None:
        said = {
            "sources": settings.sources,
            "mode": settings.mode,
            "language": settings.language,
            "user_id": user,
            "changed_at": Now(),
        }
        statement = self._database.insert(channels)
        statement = statement.values(platform=platform, team=team, channel=channel, **said)
        await self._database.change(
            statement.on_conflict_do_update(
                index_elements=["platform", "team", "channel"],
                set_={name: statement.excluded[name] for name in said},
            )
        )
