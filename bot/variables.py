"""The table of settings: each field is one environment variable.

Its default, its description and an example are here and nowhere else: `.env.example`, `docsbot check` and
every refusal are made from this table.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict

from bot.values import (
    Address,
    CollectionName,
    Count,
    Cron,
    DatabaseAddress,
    EmbeddingChoice,
    Folder,
    HostName,
    ModelName,
    Names,
    Port,
    Seconds,
    Secret,
    TlsStrategy,
    Tokens,
    Variable,
)


class Table(BaseModel):
    """What the operator decides. Secrets are masked in `repr` and `str`."""

    # Without hide_input_in_errors, a refused value would be part of the error's text.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

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

    crawl_cron: Annotated[
        Cron,
        Variable(
            "DOCS_CRAWL_CRON",
            "Hatchet",
            "When the workers look for news in every source, in UTC; without it, only when they are asked",
            "*/15 * * * *",
        ),
    ] = ""
    hatchet_client_token: Annotated[
        Secret,
        Variable("HATCHET_CLIENT_TOKEN", "Hatchet", "Connects to the Hatchet server that issued it", "eyJ…"),
    ] = None
    hatchet_tls_strategy: Annotated[
        TlsStrategy,
        Variable(
            "HATCHET_CLIENT_TLS_STRATEGY",
            "Hatchet",
            "none, tls or mtls; none for a server of your own without certificates",
            "none",
        ),
    ] = "tls"

    user_limit: Annotated[
        Count,
        Variable(
            "DOCSBOT_USER_LIMIT", "Chat", "Questions a minute that one person may ask; 0 for no limit", "10"
        ),
    ] = 10
    team_limit: Annotated[
        Count,
        Variable("DOCSBOT_TEAM_LIMIT", "Chat", "Questions a minute in one workspace; 0 for no limit", "120"),
    ] = 120

    slack_bot_token: Annotated[
        Secret, Variable("SLACK_BOT_TOKEN", "Slack", "The app's bot token", "xoxb-…")
    ] = None
    slack_app_token: Annotated[
        Secret, Variable("SLACK_APP_TOKEN", "Slack", "The app-level token, with connections:write", "xapp-…")
    ] = None
    slack_signing_secret: Annotated[
        Secret,
        Variable("SLACK_SIGNING_SECRET", "Slack", "Proves that a request over HTTP is Slack's", "8f742231…"),
    ] = None
    slack_maintainers: Annotated[
        Names,
        Variable(
            "SLACK_MAINTAINERS",
            "Slack",
            "Ids of the people and user groups who may reindex; without it, nobody may from Slack",
            "U012ABCDEF S345GHIJKL",
        ),
    ] = ()
    slack_api_url: Annotated[
        Address,
        Variable(
            "SLACK_API_URL",
            "Slack",
            "Slack's Web API; another address for GovSlack or a proxy",
            "https://slack-gov.com/api",
        ),
    ] = "https://slack.com/api"

    discord_token: Annotated[Secret, Variable("DISCORD_TOKEN", "Discord", "The bot's token", "MTE…")] = None
    discord_api_url: Annotated[
        Address,
        Variable(
            "DISCORD_API_URL",
            "Discord",
            "Discord's REST API; another address for a proxy",
            "https://discord.com/api",
        ),
    ] = "https://discord.com/api"


def variables() -> dict[str, Variable]:
    """Field of the table → its variable, in the order of the table."""
    return {
        field: item
        for field, info in Table.model_fields.items()
        for item in info.metadata
        if isinstance(item, Variable)
    }
