"""What the running task works on: a question of the bot's, else a crawl of the pipelines'."""

from __future__ import annotations

from bot.core.correlation import current
from pipelines.correlation import current_crawl


def correlation_id() -> str:
    """Empty where it is neither."""
    return current().id or current_crawl()
