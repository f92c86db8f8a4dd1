"""What an environment variable may hold: each kind of value, and the sentence that refuses another.

A sentence goes behind the variable's name ("CHROMA_PORT is not …") and never quotes a value: a secret may
have been put into the wrong variable.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, SecretStr


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable as its reader meets it in the documentation and in a refusal."""

    name: str
    group: str
    text: str
    """One line, without a full stop."""
    example: str


def _names(value: object) -> object:
    """Words separated by blanks or commas; quotes keep a blank inside a word."""
    if not isinstance(value, str):
        return value
    words = shlex.shlex(value, posix=True, punctuation_chars="")
    words.whitespace, words.whitespace_split, words.escape, words.commenters = ", \t\r\n", True, "", ""
    try:
        return tuple(word for word in words if word)
    except ValueError:
        raise ValueError("has a quotation mark that is never closed") from None


def _number(*, low: int, high: int) -> Callable[[object], object]:
    def check(value: object) -> object:
        number = value
        if isinstance(value, str):
            number = int(value) if re.fullmatch(r"[0-9]{1,12}", value.strip()) else None
        if not isinstance(number, int) or not low <= number <= high:
            raise ValueError(f"is not a whole number from {low} to {high}")
        return number

    return check


def _seconds(value: object) -> object:
    number = value
    if isinstance(value, str):
        number = float(value) if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", value.strip()) else None
    if not isinstance(number, (int, float)) or not 0.1 <= number <= 3600:
        raise ValueError("is not a number of seconds from 0.1 to 3600")
    return number


def _choice(*options: str) -> Callable[[object], object]:
    def check(value: object) -> object:
        word = value.strip().lower() if isinstance(value, str) else value
        if word not in options:
            raise ValueError(f"is none of {', '.join(options)}")
        return word

    return check


def _switch(value: object) -> object:
    word = value.strip().lower() if isinstance(value, str) else value
    if word in {"on", "true", "yes", "1"}:
        return True
    if word in {"off", "false", "no", "0"}:
        return False
    if not isinstance(word, bool):
        raise ValueError("is neither on nor off")
    return word


def _secret(value: object) -> object:
    if not isinstance(value, str):
        return value
    stripped = value.strip()
    # It goes into an HTTP header, which holds nothing else.
    if not re.fullmatch(r"[\x21-\x7e]+", stripped):
        raise ValueError("holds a blank, a line break or a character outside ASCII: copy it again")
    return stripped


def _database(value: object) -> object:
    if isinstance(value, str) and not re.match(r"(sqlite|postgres(ql)?)(\+\w+)?://", value.strip()):
        raise ValueError("is not the address of an SQLite or Postgres database")
    return _secret(value)


def _address(value: object) -> object:
    """An http address to which paths are appended, without the slash at its end."""
    if not isinstance(value, str):
        return value
    address = value.strip()
    try:
        parts = urlsplit(address)
        whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False
    if not whole or re.search(r"[\s\x00-\x1f\x7f]", address):
        raise ValueError("is not an address that begins with http:// or https://")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("holds a password, a query or a fragment: give the bare address")
    return address.rstrip("/")


def _matching(pattern: str, sentence: str) -> Callable[[object], object]:
    def check(value: object) -> object:
        word = value.strip() if isinstance(value, str) else value
        if not isinstance(word, str) or not re.fullmatch(pattern, word):
            raise ValueError(sentence)
        return word

    return check


def _folder(value: object) -> object:
    if not isinstance(value, str):
        return value
    if "\0" in value:
        raise ValueError("is not the name of a folder")
    try:
        return Path(value).expanduser()
    except RuntimeError:
        raise ValueError("begins with ~, and this user has no home folder") from None


_CRON = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 6))


def _cron(value: object) -> object:
    """Five fields of numbers: `*`, `3`, `1-5`, `*/15`, and lists of these."""
    words = value.split() if isinstance(value, str) else []
    if len(words) != len(_CRON):
        raise ValueError("is not five fields: minute, hour, day, month, weekday")
    for word, (name, low, high) in zip(words, _CRON, strict=True):
        for part in word.split(","):
            found = re.fullmatch(r"(?:\*|([0-9]{1,2})(?:-([0-9]{1,2}))?)(?:/([1-9][0-9]?))?", part)
            numbers = [int(number) for number in found.groups()[:2] if number] if found else []
            if not found or numbers != sorted(numbers) or not all(low <= n <= high for n in numbers):
                raise ValueError(f"has a field ({name}) that is not made of numbers from {low} to {high}")
    return " ".join(words)


Names = Annotated[tuple[str, ...], BeforeValidator(_names)]
Folder = Annotated[Path, BeforeValidator(_folder)]
Secret = Annotated[SecretStr | None, BeforeValidator(_secret)]
DatabaseAddress = Annotated[SecretStr | None, BeforeValidator(_database)]
Address = Annotated[str, BeforeValidator(_address)]
"""Empty where it may be missing."""
Cron = Annotated[str, BeforeValidator(_cron)]
"""Empty where there is no schedule."""
Port = Annotated[int, BeforeValidator(_number(low=1, high=65535))]
Tokens = Annotated[int, BeforeValidator(_number(low=200, high=1_000_000))]
Count = Annotated[int, BeforeValidator(_number(low=0, high=1_000_000))]
Seconds = Annotated[float, BeforeValidator(_seconds)]
ModelName = Annotated[str, BeforeValidator(_matching(r"\S+", "is not the name of a model: it holds a blank"))]
HostName = Annotated[
    str,
    BeforeValidator(
        _matching(r"[A-Za-z0-9._:\[\]-]+", "is not a host's name: give it without http:// and without a port")
    ),
]
CollectionName = Annotated[
    str,
    BeforeValidator(
        _matching(
            r"[A-Za-z0-9][A-Za-z0-9._-]{1,510}[A-Za-z0-9]",
            "is not 3 to 512 of the characters a-z, A-Z, 0-9, '.', '_' and '-', with a letter or a digit at "
            "both ends",
        )
    ),
]
EmbeddingChoice = Annotated[
    Literal["auto", "local", "openai"], BeforeValidator(_choice("auto", "local", "openai"))
]
TlsStrategy = Annotated[Literal["none", "tls", "mtls"], BeforeValidator(_choice("none", "tls", "mtls"))]
LogStyle = Annotated[Literal["text", "json"], BeforeValidator(_choice("text", "json"))]
AnswerPlace = Annotated[Literal["thread", "reply"], BeforeValidator(_choice("thread", "reply"))]
Switch = Annotated[bool, BeforeValidator(_switch)]
