"""Secrets in files, as an orchestrator mounts them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.environment import secret_names, with_files
from bot.settings import Settings, SettingsError
from tests.cli.calls import Caller


def test_every_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    names = secret_names()
    assert {
        "SLACK_BOT_TOKEN",
        "DISCORD_TOKEN",
        "OPENAI_API_KEY",
        "DATABASE_URL",
        "HATCHET_CLIENT_TOKEN",
    } <= set(names)
    env = {}
    for name in names:
        # With a line break, as an editor or `echo` leaves one.
        (tmp_path / name).write_text(f"postgresql://{name}@db/x\n")
        env[f"{name}_FILE"] = str(tmp_path / name)
    settings = Settings.read(with_files(env))
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == "postgresql://DATABASE_URL@db/x"
    assert settings.discord_token is not None


@pytest.mark.parametrize(
    ("env", "value"),
    [
        # The value itself goes before a file, which need not even be there.
        ({"OPENAI_API_KEY": "sk-1", "OPENAI_API_KEY_FILE": "/nowhere"}, "sk-1"),
        ({"OPENAI_API_KEY": " ", "OPENAI_API_KEY_FILE": "{file}"}, "sk-file"),
        ({"OPENAI_API_KEY_FILE": " "}, None),
        # Only secrets are read from files.
        ({"OPENAI_MODEL_FILE": "{file}"}, None),
    ],
)
def test_which_goes_first(tmp_path: Path, env: dict[str, str], value: str | None) -> None:
    (tmp_path / "key").write_text("sk-file")
    settings = Settings.read(
        with_files({name: text.format(file=tmp_path / "key") for name, text in env.items()})
    )
    assert (settings.openai_api_key and settings.openai_api_key.get_secret_value()) == value
    assert settings.openai_model == "gpt-5-mini"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read: no such file"),
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\xff\xfe", "is not text"),
        # What is in it is held to the same rules.
        (b"sk-1 sk-2", "holds a blank"),
        (b"x" * 100_000, None),
    ],
)
def test_a_file_that_is_not_right(tmp_path: Path, content: bytes | None, said: str | None) -> None:
    if content is not None:
        (tmp_path / "key").write_bytes(content)
    env = {"OPENAI_API_KEY_FILE": str(tmp_path / "key")}
    if said is None:
        settings = Settings.read(with_files(env))
        assert settings.openai_api_key is not None
        assert len(settings.openai_api_key.get_secret_value()) < 100_000  # no file fills the memory
        return
    with pytest.raises(SettingsError, match="OPENAI_API_KEY") as error:
        Settings.read(with_files(env))
    assert said in str(error.value)
    assert "sk-1" not in str(error.value)


def test_a_name_that_no_file_can_have() -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        with_files({"OPENAI_API_KEY_FILE": "a\0b"})
    with pytest.raises(SettingsError, match="is a directory"):
        with_files({"OPENAI_API_KEY_FILE": os.sep})


def test_the_command_reads_them_from_the_environment_and_the_env_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk-file")
    (tmp_path / ".env").write_text(f"SLACK_BOT_TOKEN_FILE={tmp_path / 'key'}\n")
    asking = Caller(tmp_path, environ={"OPENAI_API_KEY_FILE": str(tmp_path / "key")})
    shown = [line.split() for line in asking("check").out.splitlines()]
    assert ["OPENAI_API_KEY", "********", "(environment)"] in shown
    assert ["SLACK_BOT_TOKEN", "********", "(.env)"] in shown
