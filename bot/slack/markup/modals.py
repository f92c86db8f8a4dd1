"""The modals: a channel's settings, why a thumb is down. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from bot.conversation.configuring import MODES, read_language, read_mode
from bot.core.characters import shorten
from bot.core.policy import LANGUAGE_CHARACTERS
from bot.core.state import ChannelSettings
from bot.slack.markup.render import Json

CHANNEL, WHY = "channel_settings", "feedback_why"
"""Callback ids; what a modal belongs to stands in its private metadata."""
_OPTION = 75
_OPTIONS = 100


def why(metadata: str, limit: int) -> Json:
    """Asks for at most so many characters."""
    text: Json = {"type": "plain_text_input", "multiline": True, "max_length": limit}
    return {
        "type": "modal",
        "callback_id": WHY,
        "private_metadata": metadata,
        "title": _plain("What was wrong?"),
        "submit": _plain("Send"),
        "close": _plain("Skip"),
        "blocks": [_input("text", "What would have helped?", text)],
    }


def read_why(values: Mapping[str, Any]) -> str:
    """What was written."""
    return str(_element(values, "text").get("value") or "")


def settings_of(channel: str, settings: ChannelSettings, sources: Sequence[str], *, drafts: bool) -> Json:
    """`sources`: those that are indexed. `drafts`: whether there is a channel where drafts can be shown."""
    modes = {mode: text for mode, text in MODES.items() if drafts or mode != "drafts"}
    chosen = settings.mode if settings.mode in modes else "mentions"
    options = [_option(text, mode) for mode, text in modes.items()]
    known = list(dict.fromkeys([*sources, *settings.sources]))[:_OPTIONS]
    return {
        "type": "modal",
        "callback_id": CHANNEL,
        "private_metadata": channel,
        "title": _plain("Answers in this channel"),
        "submit": _plain("Save"),
        "close": _plain("Cancel"),
        "blocks": [
            _input(
                "mode",
                "Questions that do not mention the bot",
                {
                    "type": "static_select",
                    "options": options,
                    "initial_option": _option(modes[chosen], chosen),
                },
            ),
            *_sources(known, settings),
            _input(
                "language",
                "Language to answer in; empty: that of the question",
                {
                    "type": "plain_text_input",
                    "max_length": LANGUAGE_CHARACTERS,
                    **({"initial_value": settings.language} if settings.language else {}),
                },
                optional=True,
            ),
        ],
    }


def _sources(known: Sequence[str], settings: ChannelSettings) -> list[Json]:
    if not known:
        return []
    chosen = [_option(source, mark(source)) for source in known if source in settings.sources]
    select: Json = {
        "type": "multi_static_select",
        "options": [_option(source, mark(source)) for source in known],
    }
    if chosen:
        select["initial_options"] = chosen
    return [_input("sources", "Answer from; empty: from everything", select, optional=True)]


def read(values: Mapping[str, Any], sources: Sequence[str]) -> ChannelSettings:
    """The settings that were submitted. Raises LanguageInvalid."""
    marks = {str(item["value"]) for item in _element(values, "sources").get("selected_options") or ()}
    mode = _element(values, "mode").get("selected_option") or {}
    return ChannelSettings(
        sources=tuple(source for source in sources if mark(source) in marks),
        mode=read_mode(str(mode.get("value", ""))),
        language=read_language(str(_element(values, "language").get("value") or "")),
    )


def _element(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    element: Mapping[str, Any] = values.get(name, {}).get(name, {})
    return element


def mark(source: str) -> str:
    """A source's name as a value of the menu: Slack takes 150 characters."""
    return hashlib.sha256(source.encode()).hexdigest()[:32]


def _input(name: str, label: str, element: Json, *, optional: bool = False) -> Json:
    return {
        "type": "input",
        "block_id": name,
        "label": _plain(label),
        "optional": optional,
        "element": {**element, "action_id": name},
    }


def _option(text: str, value: str) -> Json:
    return {"text": _plain(shorten(text, _OPTION)), "value": value}


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": False}
