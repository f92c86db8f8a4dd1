"""The texts of the bot's messages, made safe for Slack."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.markdown import escape as escape_markdown
from bot.core.models import Citation
from bot.slack.safety import safe

_TITLE = 150  # characters of a source's name


def sources(citations: Sequence[Citation]) -> str:
    """What an answer rests on: numbered, linked to the section, with the commit that was read."""
    return "\n".join(_source(citation) for citation in citations)


def _source(citation: Citation) -> str:
    parts = list(dict.fromkeys(part for part in (citation.title, citation.heading) if part))
    name = escape_markdown(" › ".join(parts)[:_TITLE] or citation.path)
    commit = f" `{citation.commit[:7]}`" if citation.commit else ""
    if citation.url.startswith(("https://", "http://")):
        return safe(f"[{citation.number}] [{name}]({citation.url}){commit}")
    return safe(f"[{citation.number}] {name} ({escape_markdown(citation.path)}){commit}")


def escape(text: str) -> str:
    """Plain text in Slack's own markup: its three signs as it wants them."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
