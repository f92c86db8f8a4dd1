"""What is read and answered from: documentation, language model, index."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel

from bot.values import (
    Address,
    CollectionName,
    Count,
    DatabaseAddress,
    EmbeddingChoice,
    Folder,
    HostName,
    ModelName,
    Names,
    Port,
    Seconds,
    Secret,
    Tokens,
    Variable,
)


class Reading(BaseModel):
    sources: Annotated[
        Names,
        Variable(
            "DOCS_SOURCES",
            "Documentation",
            "Folders and GitHub folders to answer from, separated by blanks or commas",
            "./docs acme/widgets@main:docs",
        ),
    ] = (".",)
    include: Annotated[
        Names,
        Variable(
            "DOCS_INCLUDE",
            "Documentation",
            "Only files that match one of these globs; without it, every document",
            "docs/** *.md",
        ),
    ] = ()
    exclude: Annotated[
        Names,
        Variable(
            "DOCS_EXCLUDE",
            "Documentation",
            "No file that matches one of these globs",
            "CHANGELOG.md archive/**",
        ),
    ] = ()
    github_token: Annotated[
        Secret,
        Variable(
            "GITHUB_PERSONAL_ACCESS_TOKEN",
            "Documentation",
            "Reads private repositories, and raises GitHub's limit of 60 calls an hour to 5,000",
            "github_pat_…",
        ),
    ] = None
    github_api_url: Annotated[
        Address,
        Variable(
            "GITHUB_API_URL",
            "Documentation",
            "GitHub's REST API; another address for an Enterprise server",
            "https://github.example.com/api/v3",
        ),
    ] = "https://api.github.com"

    openai_api_key: Annotated[
        Secret,
        Variable(
            "OPENAI_API_KEY",
            "Language model",
            "Answers are written by OpenAI's model; without a model, the bot quotes the documentation",
            "sk-…",
        ),
    ] = None
    openai_base_url: Annotated[
        Address,
        Variable(
            "OPENAI_BASE_URL",
            "Language model",
            "Any server that speaks OpenAI's protocol, with or without a key",
            "http://localhost:11434/v1",
        ),
    ] = ""
    openai_model: Annotated[
        ModelName,
        Variable("OPENAI_MODEL", "Language model", "The model that writes the answers", "gpt-5-mini"),
    ] = "gpt-5-mini"
    openai_timeout: Annotated[
        Seconds,
        Variable(
            "OPENAI_TIMEOUT", "Language model", "Seconds to wait for the model server's next word", "60"
        ),
    ] = 60.0
    answer_tokens: Annotated[
        Tokens,
        Variable(
            "DOCSBOT_ANSWER_TOKENS",
            "Language model",
            "Tokens of documentation that the model is shown for a question, at most",
            "6000",
        ),
    ] = 6000

    data: Annotated[
        Folder,
        Variable(
            "DOCSBOT_DATA",
            "Index",
            "The folder of the index and the state; --data goes before it",
            "/var/lib/docsbot",
        ),
    ] = Path(".docsbot")
    embeddings: Annotated[
        EmbeddingChoice,
        Variable(
            "DOCSBOT_EMBEDDINGS",
            "Index",
            "local: the built-in model; openai: the server's; auto: openai where its model is named",
            "local",
        ),
    ] = "auto"
    openai_embedding_model: Annotated[
        ModelName,
        Variable("OPENAI_EMBEDDING_MODEL", "Index", "The server's embedding model", "text-embedding-3-small"),
    ] = ""
    chroma_collection: Annotated[
        CollectionName,
        Count,
        Variable("CHROMA_COLLECTION", "Index", "The name of the index within Chroma", "docsbot"),
    ] = "docsbot"
    chroma_host: Annotated[
        HostName,
        Variable(
            "CHROMA_HOST",
            "Index",
            "A Chroma server; without it, the index is kept in the data folder",
            "chroma",
        ),
    ] = ""
    chroma_port: Annotated[Port, Variable("CHROMA_PORT", "Index", "The Chroma server's port", "8000")] = 8000
    database_url: Annotated[
        DatabaseAddress,
        Variable(
            "DATABASE_URL",
            "Index",
            "Where conversations are kept; without it, SQLite in the data folder",
            "postgresql://docsbot:…@postgres/docsbot",
        ),
    ] = None
