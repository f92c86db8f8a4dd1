"""Single parts: index, models, sources. Nothing is opened yet."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from platformdirs import user_cache_path

from bot.adapters.llm import ChatModel
from bot.settings import Settings
from bot.supervisor.lock import chroma_beside
from bot.supervisor.ports import LOOPBACK
from pipelines.index.chroma import Place
from pipelines.index.embed import Embedder, LocalEmbedder, ServerEmbedder
from pipelines.index.open import Index, open_index
from pipelines.parse import SUFFIXES
from pipelines.sources import open_source
from pipelines.sources.models import BulkSource


def state_place(settings: Settings) -> str | Path:
    """Where the bot's own memory is kept: a database's address, else a file."""
    url = settings.database_url
    return url.get_secret_value() if url else settings.data / "state.sqlite3"


def make_index(settings: Settings) -> Index:
    """The index that the settings name; nothing is opened yet.

    Beside a `docsbot run` on the same data folder, its Chroma server is asked: one process has the folder.
    """
    place = Place(folder=settings.data / "chroma", host=settings.chroma_host, port=settings.chroma_port)
    if not place.host and (port := chroma_beside(settings.data)):
        place = replace(place, host=LOOPBACK, port=port)
    return open_index(
        settings.data, place=place, collection=settings.chroma_collection, embedder=make_embedder(settings)
    )


def make_embedder(settings: Settings) -> Embedder:
    """The model that the index is made with."""
    if settings.embedding == "local":
        return LocalEmbedder(cache_folder(settings))
    key = settings.openai_api_key
    return ServerEmbedder(
        model=settings.embedding_model,
        api_key=key.get_secret_value() if key else "",
        base_url=settings.openai_base_url,
        timeout=settings.openai_timeout,
    )


def cache_folder(settings: Settings) -> Path:
    """Where the built embedding model is kept: for all projects of this user, else in the data folder."""
    folder = user_cache_path("docsbot")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return settings.data / "model"
    return folder


def make_model(settings: Settings) -> ChatModel | None:
    """The language model, or None where the bot is to quote."""
    key = settings.openai_api_key
    if key is None and not settings.openai_base_url:
        return None
    return ChatModel(
        model=settings.openai_model,
        api_key=key.get_secret_value() if key else "",
        base_url=settings.openai_base_url,
        # Models that reason refuse any temperature but their own.
        temperature=None if re.match(r"(gpt-5|o[0-9])", settings.openai_model) else 0.0,
        first_seconds=settings.openai_timeout,
        next_seconds=settings.openai_timeout,
    )


def make_source(settings: Settings, spec: str, *, etag: str = "") -> BulkSource:
    """The source of that name; nothing is read yet. Raises SourceInvalid."""
    token = settings.github_token
    return open_source(
        spec,
        suffixes=SUFFIXES,
        include=settings.include,
        exclude=settings.exclude,
        token=token.get_secret_value() if token else None,
        api_url=settings.github_api_url,
        etag=etag,
    )
