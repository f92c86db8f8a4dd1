"""compose.yaml as Docker Compose reads it: anchors, merges, and variables in their places."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).parents[2] / "compose.yaml"
ENV: Mapping[str, str] = {
    "DOCS_SOURCES": "acme/docs@main:docs",
    "POSTGRES_PASSWORD": "enginesecret",
    "DATABASE_PASSWORD": "botsecret",
    "HATCHET_ADMIN_PASSWORD": "Dashboard1secret",
}
"""The least that `.env` must hold."""

Json = Any
_START = re.compile(r"\$(?:(\$)|\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-?])|\}))")


class VariableMissing(Exception):
    """A variable that must be set is not; its text is what the file says of it."""


def interpolate(text: str, env: Mapping[str, str]) -> str:
    """The text with `${NAME}`, `${NAME:-default}`, `${NAME:?word}` and `$$` read, also within defaults."""
    out = ""
    while found := _START.search(text):
        out, text = out + text[: found.start()], text[found.end() :]
        escaped, name, operator = found.groups()
        if escaped:
            out += "$"
        elif operator is None:
            out += env.get(name, "")
        else:
            word, text = _word(text)
            if env.get(name):
                out += env[name]
            elif operator.endswith("?"):
                raise VariableMissing(f"{name}: {word}")
            else:
                out += interpolate(word, env)
    return out + text


def _word(text: str) -> tuple[str, str]:
    """What stands before the brace that closes, and what behind it."""
    depth = 1
    for place, character in enumerate(text):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if not depth:
            return text[:place], text[place + 1 :]
    raise ValueError("a brace is not closed")


@dataclass(frozen=True)
class Service:
    name: str
    settings: Mapping[str, Json]

    @property
    def environment(self) -> dict[str, str]:
        """What the process gets, once what has no value is left out."""
        return {
            name: value for name, value in self.settings.get("environment", {}).items() if value is not None
        }

    @property
    def command(self) -> list[str]:
        return [*self.settings.get("entrypoint", []), *self.settings.get("command", [])]

    @property
    def health(self) -> list[str]:
        """The command that tells whether it is well; empty where there is none."""
        kind: str
        command: list[str]
        kind, *command = self.settings.get("healthcheck", {}).get("test", ["NONE"])
        assert kind in {"CMD", "NONE"}
        return command

    @property
    def ours(self) -> bool:
        return "build" in self.settings


def read_raw() -> dict[str, Json]:
    """The file with its anchors and merges resolved."""
    raw: dict[str, Json] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return raw


def read_services(env: Mapping[str, str] = ENV) -> dict[str, Service]:
    """The services as they are with this `.env`. Raises VariableMissing."""
    return {name: Service(name, _resolve(value, env)) for name, value in read_raw()["services"].items()}


def _resolve(value: Json, env: Mapping[str, str]) -> Json:
    match value:
        case str():
            return interpolate(value, env)
        case list():
            return [_resolve(item, env) for item in value]
        case dict():
            return {name: _passed(name, item, env, value) for name, item in value.items()}
        case _:
            return value


def _passed(name: str, item: Json, env: Mapping[str, str], within: Mapping[str, Json]) -> Json:
    """A variable without a value in a service's environment is the one of `.env`."""
    if item is None and name.isupper():
        return env.get(name)
    return _resolve(item, env)
