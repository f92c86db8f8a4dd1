"""The Discord front as a process."""

from __future__ import annotations

from bot.core.errors import FrontUnusable
from bot.discord.client import DocsClient
from bot.discord.office import furnish, serve
from bot.discord.transport.connection import sign_in
from bot.settings import Settings
from bot.wiring.chat import open_chat


async def run_discord(settings: Settings) -> None:
    """Answers in Discord until it is cancelled. Raises FrontUnusable, StateUnusable, IndexUnusable."""
    if settings.discord_token is None:
        raise FrontUnusable(
            "Set DISCORD_TOKEN: https://discord.com/developers/applications → your application → Bot."
        )
    client = DocsClient(reads_all=settings.discord_message_content)
    async with client, open_chat(settings, "discord") as rooms:
        await sign_in(
            client, token=settings.discord_token.get_secret_value(), api_url=settings.discord_api_url
        )
        reception = furnish(
            client,
            rooms,
            maintainers=settings.discord_maintainers,
            escalation=settings.discord_escalation,
            in_threads=settings.discord_answer_in == "thread",
        )
        await serve(client, reception)
