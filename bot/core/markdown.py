"""Small pieces of Markdown that the core itself writes, from text that others wrote."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.core import policy
from bot.core.characters import clean_line, shorten
from bot.core.models import Passage

_SPECIAL = re.compile(r"([\\`*\[\]<>|~])|(?<![^\W_])_|_(?![^\W_])")
_WEB = re.compile(r"(?:https?|file)://[^\s<>\"`]+", re.IGNORECASE)
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
_TITLE_CHARACTERS = 120


def escape(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return _SPECIAL.sub(r"\\\g<0>", clean_line(text))


def place(passage: Passage) -> str:
    """The page's title and the breadcrumb below it as one plain line."""
    parts = [clean_line(part) for part in (passage.title, *passage.headings)]
    kept = [part for i, part in enumerate(parts) if part and part not in parts[:i]]
    return shorten(" › ".join(kept) or clean_line(passage.path), _TITLE_CHARACTERS)


def link(passage: Passage) -> str:
    """A link to the passage; its name and path where it has no web address."""
    if _WEB.fullmatch(passage.url):
        address = passage.url.replace("(", "%28").replace(")", "%29")
        return f"[{escape(place(passage))}]({address})"
    path = clean_line(passage.path).replace("`", "")
    return f"{escape(place(passage))} (`{path}`)" if path else escape(place(passage))


def nearest_pages(passages: Sequence[Passage]) -> str:
    """A list of the first few different pages, with links; empty without passages."""
    pages: dict[tuple[str, str], Passage] = {}
    for passage in passages:
        pages.setdefault((passage.source, passage.path), passage)
    lines = [f"- {link(page)}" for page in list(pages.values())[: policy.NEAREST_PAGES]]
    return "\n".join(["The nearest pages:", *lines]) if lines else ""


def plain_sentence(text: str) -> str:
    """A model's sentence as plain text: no markup, no addresses, no marks, of bounded length."""
    bare = re.sub(r"https?://\S+", "", _LINK.sub(r"\1", text))
    bare = re.sub(r"\s*\[[\d\s,;–-]+\]|[*`<>\[\]]", "", bare)
    return shorten(clean_line(bare), policy.REASON_CHARACTERS)
