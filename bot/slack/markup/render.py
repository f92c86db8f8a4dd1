"""An answer as Slack takes it: Markdown, its own markup, blocks, task chunks; safe, within every limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.core.amounts import count
from bot.core.characters import clean_line, shorten
from bot.core.markdown import escape as escape_markdown
from bot.core.models import Citation, Passage
from bot.slack.markup.mrkdwn import break_commands, escape, to_mrkdwn
from bot.slack.markup.safety import SafeStream, safe
from bot.text.links import read_target
from bot.text.markup import describe_source, name_source, plain
from bot.text.rules import clean_marked
from bot.text.split import LEAST, split, units

__all__ = [
    "LIMIT",
    "SafeStream",
    "body",
    "button",
    "escape",
    "fallback",
    "feedback",
    "found_task",
    "notice",
    "safe",
    "sections",
    "sources",
    "sources_context",
    "sources_task",
    "to_mrkdwn",
]

Json = dict[str, object]

LIMIT = 11_000
"""Characters of a message's Markdown. Slack takes 12,000 of all its markdown blocks together."""
_SECTION = 3_000
_FALLBACK = 300
_BUTTON = 75
_VALUE = 2_000
_TASK = 256
_URL = 3_000
_SECTIONS = 40  # of the 50 blocks of a message
_SOURCES = 10  # named below an answer


def fallback(markdown: str, *, limit: int = _FALLBACK) -> str:
    """A message's `text`, which notifications show: one plain line. Never empty, as Slack asks."""
    text = plain(markdown)
    line = shorten(text, limit)
    while units(shown := escape(line)) > limit:
        line = shorten(line, max(1, len(line) - max(1, (units(shown) - limit) // 5)))
    return shown or "…"


def sources(citations: Sequence[Citation], *, ages: Mapping[str, str] | None = None) -> str:
    """A numbered list in Markdown: title and heading, linked to the section, the short commit, its age."""
    return "\n".join(safe(f"{each.number}. {describe_source(each, ages or {})}") for each in citations)


def body(markdown: str) -> list[Json]:
    """A part of an answer, made safe and split to LIMIT before; none for a blank one."""
    return [{"type": "markdown", "text": markdown}] if markdown.strip() else []


def sections(markdown: str) -> list[Json]:
    """Any Markdown in Slack's own markup, in as many sections as it needs; what is beyond 40 is left out."""
    return [
        {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}
        for text in _pieces(markdown)[:_SECTIONS]
    ]


def _pieces(markdown: str) -> list[str]:
    """Slack's markup in pieces that fit into a section, cut where the Markdown may be cut."""
    text = to_mrkdwn(markdown)
    if units(text) <= _SECTION:
        return [text] if text.strip() else []
    # As much shorter as the markup is longer; where it is longer in one place than in another, once more.
    size = units(markdown)
    limit = max(LEAST, min(size - 1, size * _SECTION // units(text) * 9 // 10))
    parts = split(markdown, limit)
    return [piece for part in parts for piece in _pieces(part)] if len(parts) > 1 else []


def sources_context(citations: Sequence[Citation], *, ages: Mapping[str, str] | None = None) -> list[Json]:
    """The sources below an answer. No markdown block: those count towards the answer's limit."""
    listed = sources(citations[:_SOURCES], ages=ages)
    return [
        {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}
        for text in _pieces(listed)
    ]


def feedback(*, block_id: str = "") -> list[Json]:
    """The thumbs below an answer: action `feedback`, values `up` and `down`."""
    thumbs: Json = {
        "type": "feedback_buttons",
        "action_id": "feedback",
        "positive_button": {"text": _plain("Helpful", _BUTTON), "value": "up"},
        "negative_button": {"text": _plain("Not helpful", _BUTTON), "value": "down"},
    }
    return [_identified({"type": "context_actions", "elements": [thumbs]}, block_id)]


def notice(text: str) -> list[Json]:
    """A word of the bot's own; none for an empty one."""
    return [{"type": "section", "text": _plain(text, _SECTION)}] if text else []


def button(text: str, action: str, value: str, *, style: str = "") -> Json:
    """`value` must hold nothing secret: everybody who sees the button can read it."""
    made: Json = {
        "type": "button",
        "text": _plain(text, _BUTTON),
        "action_id": action,
        "value": shorten(value, _VALUE),
    }
    return made | {"style": style} if style else made


def found_task(passages: Sequence[Passage], *, task: str = "search") -> Json:
    """A chunk that says that the search is over, and how many pages it found."""
    pages = len({(passage.source, passage.path) for passage in passages})
    said = f"{count(pages, 'page')} found" if pages else "Nothing found"
    return _task(task, "Searched the documentation", "complete", output=said)


def sources_task(citations: Sequence[Citation], *, task: str = "sources") -> list[Json]:
    """A chunk with the sources that the answer cites; those without a web address are named in its output.
    None without any."""
    if not citations:
        return []
    links = [(f"[{citation.number}] {name_source(citation)}", citation.url) for citation in citations]
    local = ", ".join(text for text, url in links if read_target(url) is None)
    return [_task(task, "Sources", "complete", output=local, links=links[:_SOURCES])]


def _task(
    task: str,
    title: str,
    status: str,
    *,
    output: str = "",
    links: Sequence[tuple[str, str]] = (),
) -> Json:
    chunk: Json = {"type": "task_update", "id": task, "title": title, "status": status}
    if output:
        chunk["output"] = fallback(escape_markdown(output), limit=_TASK)
    targets = [(text, read_target(url)) for text, url in links]
    shown: list[Json] = [
        {"type": "url", "url": target, "text": shorten(clean_marked(text), _TASK) or target[:_TASK]}
        for text, target in targets
        if target and len(target) <= _URL
    ]
    return chunk | {"sources": shown} if shown else chunk


def _plain(text: str, limit: int) -> Json:
    """Text that Slack shows as it is."""
    line = shorten(break_commands(clean_line(clean_marked(text))), limit)
    while units(line) > limit:
        line = shorten(line, len(line) - 1)
    return {"type": "plain_text", "text": line or "…", "emoji": False}


def _identified(block: Json, block_id: str) -> Json:
    return block | {"block_id": block_id[:255]} if block_id else block
