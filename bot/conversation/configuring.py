"""A channel's settings as a maintainer sees and writes them."""

from __future__ import annotations

import re

from bot.core.characters import clean_line
from bot.core.policy import LANGUAGE_CHARACTERS
from bot.core.state import AnswerMode, ChannelSettings

MODES: dict[AnswerMode, str] = {
    "mentions": "Only when it is mentioned",
    "drafts": "Drafts, which a maintainer posts",
    "all": "Every question",
}
_LANGUAGE = re.compile(r"[^\W\d_][\w ()'’-]*")


class LanguageInvalid(ValueError):
    """The text is for who wrote it."""


def read_language(text: str) -> str:
    """The name of a language; empty for none. It goes into the prompt. Raises LanguageInvalid."""
    name = clean_line(text).strip()
    if not name:
        return ""
    if len(name) > LANGUAGE_CHARACTERS or not _LANGUAGE.fullmatch(name):
        raise LanguageInvalid(f"Name a language in at most {LANGUAGE_CHARACTERS} letters, such as German.")
    return name


def read_mode(text: str) -> AnswerMode:
    """One of MODES; `mentions` for anything else."""
    return next((mode for mode in MODES if mode == text), "mentions")


def describe_settings(settings: ChannelSettings) -> str:
    """One paragraph of Markdown."""
    sources = ", ".join(settings.sources) or "everything that is indexed"
    return (
        f"Answers: {MODES[settings.mode].lower()}. From: {sources}. "
        f"Language: {settings.language or 'that of the question'}."
    )
