"""The README says what is: its commands parse, its settings exist, and CI runs its second command."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from bot.__main__ import COMMANDS
from bot.cli.parser import build_parser
from bot.environment import describe
from bot.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands() -> list[str]:
    """Every docsbot command of the README's shell blocks."""
    blocks = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [line.partition("uv run ")[2] for line in lines if "uv run docsbot" in line]


@pytest.mark.parametrize("command", commands())
def test_every_command_is_one_that_exists(command: str) -> None:
    program, *arguments = shlex.split(command)
    assert program == "docsbot"
    assert build_parser().parse_args(arguments).command in COMMANDS


def test_every_command_of_the_program_is_explained() -> None:
    for name in COMMANDS:
        assert f"`docsbot {name}" in README


def test_the_settings_are_those_of_the_program() -> None:
    settings = Settings.read({})
    defaults = {row.name: row.shown for row in describe(settings, ())}
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| (.*?) \|", README, re.MULTILINE))
    assert set(rows) == set(defaults)
    for name, shown in rows.items():
        assert shown == (f"`{defaults[name]}`" if defaults[name] else "–"), name


def test_ci_calls_the_second_command() -> None:
    second = "python3 -m pip install -q uv && uv run pytest"
    assert f"```console\n{second}\n```" in README
    assert second in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
