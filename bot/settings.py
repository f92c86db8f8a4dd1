"""The settings: environment → typed values, read once."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import ValidationError

from bot.values import Variable
from bot.variables import Table, variables

OWN_PREFIXES = ("DOCS_", "DOCSBOT_")
"""Nobody else's names begin like this, so an unknown one is a slip of the pen and is refused."""


class SettingsError(Exception):
    """The environment cannot be used. `problems`: one sentence for each wrong variable, no value in it."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(Table):
    """The table's values, and what follows from them."""

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


def _problem(variable: Variable, sentence: str) -> str:
    return f"{variable.name} {sentence}. Example: {variable.name}={variable.example}"


def _unknown(given: Mapping[str, str], known: Mapping[str, Variable]) -> Iterator[str]:
    names = {variable.name: variable for variable in known.values()}
    for name in sorted(given):
        if not name.startswith(OWN_PREFIXES) or name in names:
            continue
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.75)
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
