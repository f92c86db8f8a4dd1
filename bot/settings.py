"""The settings: environment → typed values, read once.

Below, each field of `Settings` is one environment variable, with its default, its description and an example.
That table is the only one: `.env.example`, `docsbot check` and every refusal are made from it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.variables import (
    Address,
    CollectionName,
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

OWN_PREFIXES = ("DOCS_", "DOCSBOT_")
"""Nobody else's names begin like this, so an unknown one is a slip of the pen and is refused."""


class SettingsError(Exception):
    """The environment cannot be used. `problems`: one sentence for each wrong variable, no value in it."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(BaseModel):
    """What the operator decided. Secrets are masked in `repr` and `str`."""

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

    @property
    def embedding(self) -> Literal["local", "openai"]:
        """The model that the index is made with.

        A key alone doesn't choose OpenAI's: an index is made with one model, and a key that is added so that
        answers are written must not make it useless.
        """
        if self.embeddings == "auto":
            return "openai" if self.openai_embedding_model else "local"
        return self.embeddings

    @property
    def embedding_model(self) -> str:
        """The name of the server's embedding model; empty with the local one."""
        if self.embedding == "local":
            return ""
        return self.openai_embedding_model or "text-embedding-3-small"

    @property
    def language_model(self) -> str:
        """The name of the model that answers; `extractive` without one."""
        return self.openai_model if self.openai_api_key or self.openai_base_url else "extractive"

    @classmethod
    def read(cls, env: Mapping[str, str]) -> Settings:
        """The settings that these variables make; an empty one counts as unset. Raises SettingsError."""
        given = {name: value for name, value in env.items() if value.strip()}
        known = variables()
        problems = list(_unknown(given, known))
        settings = cls()
        try:
            settings = cls.model_validate(
                {field: given[variable.name] for field, variable in known.items() if variable.name in given}
            )
        except ValidationError as error:
            for item in error.errors(include_url=False, include_input=False):
                sentence = str(item.get("ctx", {}).get("error", item["msg"]))
                problems.append(_problem(known[str(item["loc"][0])], sentence))
        problems += _conflicts(settings)
        if problems:
            raise SettingsError(tuple(problems))
        return settings


def variables() -> dict[str, Variable]:
    """Field of `Settings` → its variable, in the order of the table."""
    return {
        field: item
        for field, info in Settings.model_fields.items()
        for item in info.metadata
        if isinstance(item, Variable)
    }


def _problem(variable: Variable, sentence: str) -> str:
    return f"{variable.name} {sentence}. Example: {variable.name}={variable.example}"


def _unknown(given: Mapping[str, str], known: Mapping[str, Variable]) -> Iterator[str]:
    names = {variable.name: variable for variable in known.values()}
    for name in sorted(given):
        if not name.startswith(OWN_PREFIXES) or name in names:
            continue
        near = difflib.get_close_matches(name, names, n=1)
        meant = names[near[0]] if near else next(iter(names.values()))
        hint = (
            f"did you mean {meant.name}?" if near else "remove it, or see .env.example for those there are."
        )
        yield f"{name} is not a setting of docsbot: {hint} Example: {meant.name}={meant.example}"


def _conflicts(settings: Settings) -> Iterator[str]:
    if settings.embedding == "openai" and not (settings.openai_api_key or settings.openai_base_url):
        table = variables()
        chosen = table["openai_embedding_model" if settings.embeddings == "auto" else "embeddings"]
        key, server = table["openai_api_key"], table["openai_base_url"]
        yield (
            f"{chosen.name} asks for a server's embeddings, and neither {key.name} nor {server.name} is set. "
            f"Example: {key.name}={key.example}"
        )
