"""Where settings come from: the command line, the environment, a `.env` file; and how they are shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from pydantic import SecretStr

from bot.settings import Settings, SettingsError
from bot.variables import variables

ENV_FILE = ".env"
FILE_SUFFIX = "_FILE"
_LONGEST_SECRET = 65_536


def read_env_file(folder: Path) -> dict[str, str]:
    """What the folder's `.env` file sets; nothing where there is none. Raises SettingsError."""
    from dotenv.parser import parse_stream

    path = folder / ENV_FILE
    if not path.exists():
        return {}
    try:
        with path.open(encoding="utf-8-sig") as stream:
            bindings = list(parse_stream(stream))
    except UnicodeDecodeError:
        raise SettingsError((f"{ENV_FILE} is not UTF-8 text: save it as UTF-8.",)) from None
    except OSError as error:
        raise SettingsError((f"{ENV_FILE} cannot be read: {error.strerror}.",)) from error
    wrong = [binding.original.line for binding in bindings if binding.error]
    if wrong:
        lines = ", ".join(map(str, wrong))
        raise SettingsError((f"{ENV_FILE} cannot be read at line {lines}. Example: OPENAI_MODEL=gpt-5-mini",))
    return {item.key: item.value for item in bindings if item.key and item.value is not None}


def with_files(env: Mapping[str, str]) -> dict[str, str]:
    """These variables, and for each secret of which there is only NAME_FILE, what stands in that file.

    So that a secret need not be in the environment, which every process of the same user may read. Raises
    SettingsError.
    """
    values = dict(env)
    problems = []
    for name in secret_names():
        file = env.get(f"{name}{FILE_SUFFIX}", "").strip()
        if not file or env.get(name, "").strip():
            continue
        try:
            with Path(file).open(encoding="utf-8") as stream:
                values[name] = stream.read(_LONGEST_SECRET).strip()
        except UnicodeDecodeError:
            problems.append(f"{name}{FILE_SUFFIX} names a file that is not text.")
        except (OSError, ValueError) as error:
            reason = (
                (error.strerror or "").lower() if isinstance(error, OSError) else "it is no name of a file"
            )
            problems.append(f"{name}{FILE_SUFFIX} names a file that cannot be read: {reason}.")
        else:
            if not values[name]:
                problems.append(f"{name}{FILE_SUFFIX} names a file that is empty.")
    if problems:
        raise SettingsError(tuple(problems))
    return values


def secret_names() -> tuple[str, ...]:
    """The variables that hold secrets."""
    return tuple(
        variable.name
        for field, variable in variables().items()
        if SecretStr in get_args(Settings.model_fields[field].annotation)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One place that values come from; the name is shown."""

    name: Literal["command line", "environment", ".env"]
    values: Mapping[str, str]


def merge(layers: tuple[Layer, ...]) -> dict[str, str]:
    """The values of all layers; the first layer that names a variable wins, with an empty value too."""
    return {name: value for layer in reversed(layers) for name, value in layer.values.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """One setting as `docsbot check` shows it."""

    name: str
    shown: str
    """Masked where it is a secret; empty where it is unset."""
    origin: str
    """The layer's name, or `default`."""


def describe(settings: Settings, layers: tuple[Layer, ...]) -> tuple[Effective, ...]:
    """Every setting, in the order of the table, and where it comes from."""
    origins = {name: layer.name for layer in reversed(layers) for name in layer.values}
    merged = merge(layers)
    return tuple(
        Effective(
            name=variable.name,
            shown=_shown(getattr(settings, field)),
            origin=origins[variable.name] if merged.get(variable.name, "").strip() else "default",
        )
        for field, variable in variables().items()
    )


def _shown(value: object) -> str:
    match value:
        case None:
            return ""
        case SecretStr():
            return "********"
        case tuple():
            return " ".join(str(item) if " " not in str(item) else f'"{item}"' for item in value)
        case bool():
            return "on" if value else "off"
        case float():
            return f"{value:g}"
        case _:
            return str(value)


def example_file() -> str:
    """The text of `.env.example`: every variable, commented out, with its default or an example."""
    defaults = Settings()
    lines = [
        "# Copy this file to .env and remove the # before what you set; the environment goes before it.",
        "# Of a secret, NAME_FILE may name a file that holds it instead.",
    ]
    group = ""
    for field, variable in variables().items():
        if variable.group != group:
            group = variable.group
            lines += ["", f"# --- {group} ---"]
        default = _shown(getattr(defaults, field))
        note = f" (default: {default})" if default else ""
        lines += ["", f"# {variable.text}{note}.", f"#{variable.name}={_quoted(variable.example)}"]
    return "\n".join(lines) + "\n"


def _quoted(value: str) -> str:
    """As a line of an env file: quoted where a blank or a # would end it."""
    return f'"{value}"' if re.search(r"[\s#]", value) else value
