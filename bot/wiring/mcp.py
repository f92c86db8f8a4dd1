"""MCP over stdio as a process."""

from __future__ import annotations

from bot.gateway.libraries import LocalLibrary
from bot.gateway.mcp import make_server
from bot.settings import Settings
from bot.wiring.service import open_bot


async def run_mcp(settings: Settings) -> None:
    """Speaks MCP over stdin and stdout until stdin ends. Raises IndexUnusable."""
    async with open_bot(settings) as bot:
        await make_server(LocalLibrary(bot.answerer, bot.retriever)).run_stdio_async()
