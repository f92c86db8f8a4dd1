"""The settings: what is read, what is refused and in which words, and that no secret gets out."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.environment import Layer, describe, example_file, merge, read_env_file
from bot.settings import Settings, SettingsError
from bot.variables import variables

ROOT = Path(__file__).parents[1]
SECRETS = tuple(
    variable.name
    for field, variable in variables().items()
    if "SecretStr" in str(Settings.model_fields[field].annotation)
)


def refusal(env: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        Settings.read(env)
    return str(caught.value)


@pytest.mark.parametrize(
    ("env", "field", "value"),
    [
        # Nothing set: the current folder, the local model, quotations.
        ({}, "sources", (".",)),
        ({}, "data", Path(".docsbot")),
        ({}, "embedding", "local"),
        ({}, "embedding_model", ""),
        ({}, "language_model", "extractive"),
        # An empty or blank value is none.
        ({"DOCS_SOURCES": "", "CHROMA_PORT": " "}, "sources", (".",)),
        ({"CHROMA_PORT": " "}, "chroma_port", 8000),
        # Lists: blanks, commas, line breaks, and quotes for a blank inside.
        ({"DOCS_SOURCES": "./docs, a/b@main:docs\nc/d"}, "sources", ("./docs", "a/b@main:docs", "c/d")),
        ({"DOCS_SOURCES": '"./my docs" ./more'}, "sources", ("./my docs", "./more")),
        # A # or a backslash in a name is no comment and no escape.
        ({"DOCS_SOURCES": r"C:\docs #x"}, "sources", (r"C:\docs", "#x")),
        ({"DOCS_EXCLUDE": "**/CHANGELOG.md,archive/**"}, "exclude", ("**/CHANGELOG.md", "archive/**")),
        # A home folder is meant where one is written.
        ({"DOCSBOT_DATA": "~/data"}, "data", Path("~/data").expanduser()),
        # Addresses lose the slash that would be doubled later.
        ({"OPENAI_BASE_URL": "http://localhost:1/v1/"}, "openai_base_url", "http://localhost:1/v1"),
        ({"OPENAI_BASE_URL": "http://[::1]:8080/v1"}, "openai_base_url", "http://[::1]:8080/v1"),
        # A key, or a server that wants none, makes a model answer.
        ({"OPENAI_API_KEY": "sk-1"}, "language_model", "gpt-5-mini"),
        ({"OPENAI_BASE_URL": "http://x", "OPENAI_MODEL": "m"}, "language_model", "m"),
        # A key that is added for answers does not change the index's model.
        ({"OPENAI_API_KEY": "sk-1"}, "embedding", "local"),
        ({"OPENAI_API_KEY": "sk-1", "OPENAI_EMBEDDING_MODEL": "e"}, "embedding", "openai"),
        ({"OPENAI_API_KEY": "sk-1", "OPENAI_EMBEDDING_MODEL": "e"}, "embedding_model", "e"),
        (
            {"OPENAI_API_KEY": "k", "OPENAI_EMBEDDING_MODEL": "e", "DOCSBOT_EMBEDDINGS": "local"},
            "embedding_model",
            "",
        ),
        (
            {"OPENAI_API_KEY": "sk-1", "DOCSBOT_EMBEDDINGS": "OpenAI"},
            "embedding_model",
            "text-embedding-3-small",
        ),
        # Blanks between the fields as they come.
        ({"DOCS_CRAWL_CRON": " */15  0-6,12 * * 1-5 "}, "crawl_cron", "*/15 0-6,12 * * 1-5"),
        # A secret copied with its line break.
        ({"SLACK_BOT_TOKEN": "xoxb-1\n"}, "slack_bot_token", SecretStr("xoxb-1")),
        ({"OPENAI_TIMEOUT": "2.5"}, "openai_timeout", 2.5),
        # Other programs' variables are none of our business.
        ({"CHROMA_TELEMETRY": "x", "OPENAI_MODLE": "y"}, "openai_model", "gpt-5-mini"),
    ],
)
def test_reads(env: dict[str, str], field: str, value: object) -> None:
    assert getattr(Settings.read(env), field) == value


@pytest.mark.parametrize(
    ("name", "value", "wrong"),
    [
        ("DOCS_SOURCES", '"./docs', "never closed"),
        ("CHROMA_PORT", "80O0", "is not a whole number from 1 to 65535"),
        ("CHROMA_PORT", "0", "is not a whole number"),
        ("CHROMA_PORT", "65536", "is not a whole number"),
        # Digits of other scripts, which int() takes.
        ("CHROMA_PORT", "٨٠٠٠", "is not a whole number"),
        ("CHROMA_PORT", "9" * 5000, "is not a whole number"),
        ("DOCSBOT_ANSWER_TOKENS", "-1", "is not a whole number from 200"),
        ("OPENAI_TIMEOUT", "nan", "is not a number of seconds"),
        ("OPENAI_TIMEOUT", "inf", "is not a number of seconds"),
        ("OPENAI_TIMEOUT", "0", "is not a number of seconds"),
        ("OPENAI_BASE_URL", "localhost:8080", "is not an address"),
        ("OPENAI_BASE_URL", "ftp://x", "is not an address"),
        ("OPENAI_BASE_URL", "http://", "is not an address"),
        ("OPENAI_BASE_URL", "http://x:99999", "is not an address"),
        ("OPENAI_BASE_URL", "http://[::1", "is not an address"),
        # httpx would log it.
        ("GITHUB_API_URL", "https://me:secret@x", "holds a password"),
        ("SLACK_API_URL", "https://x/api?a=b", "a query"),
        ("CHROMA_HOST", "http://chroma", "without http://"),
        ("CHROMA_COLLECTION", "ab", "3 to 512"),
        ("CHROMA_COLLECTION", "-docs", "3 to 512"),
        ("CHROMA_COLLECTION", "docs bot", "3 to 512"),
        ("CHROMA_COLLECTION", "a" * 513, "3 to 512"),
        ("DOCSBOT_EMBEDDINGS", "remote", "is none of auto, local, openai"),
        ("HATCHET_CLIENT_TLS_STRATEGY", "ssl", "is none of none, tls, mtls"),
        ("OPENAI_MODEL", "gpt 5", "is not the name of a model"),
        ("OPENAI_API_KEY", "sk-1 sk-2", "holds a blank"),
        # A typographic dash from a word processor cannot go into a header.
        ("DISCORD_TOKEN", "abc–def", "outside ASCII"),
        ("DATABASE_URL", "mysql://x", "SQLite or Postgres"),
        ("DOCS_CRAWL_CRON", "@daily", "is not five fields"),
        ("DOCS_CRAWL_CRON", "0 * * * * *", "is not five fields"),  # no seconds
        ("DOCS_CRAWL_CRON", "60 * * * *", "(minute) that is not made of numbers from 0 to 59"),
        ("DOCS_CRAWL_CRON", "0 5-3 * * *", "(hour)"),
        ("DOCS_CRAWL_CRON", "0 0 * * mon", "(weekday)"),
        ("DOCS_CRAWL_CRON", "*/0 * * * *", "(minute)"),
        ("DOCSBOT_DATA", "a\0b", "is not the name of a folder"),
    ],
)
def test_refuses_with_name_reason_and_example(name: str, value: str, wrong: str) -> None:
    example = next(item.example for item in variables().values() if item.name == name)
    text = refusal({name: value})
    assert text.startswith(f"{name} ")
    assert wrong in text
    assert text.endswith(f"Example: {name}={example}")
    assert "\n" not in text


@pytest.mark.parametrize(
    ("name", "meant"),
    [("DOCS_SORCES", "DOCS_SOURCES"), ("DOCSBOT_ANSWER_TOKEN", "DOCSBOT_ANSWER_TOKENS")],
)
def test_names_what_a_misspelt_variable_meant(name: str, meant: str) -> None:
    assert f"{name} is not a setting of docsbot: did you mean {meant}?" in refusal({name: "x"})


def test_refuses_an_unknown_variable_of_its_own_without_a_guess() -> None:
    assert "DOCSBOT_QQQ is not a setting" in refusal({"DOCSBOT_QQQ": "x"})
    assert "did you mean" not in refusal({"DOCSBOT_QQQ": "x"})


def test_names_every_problem_at_once() -> None:
    text = refusal({"DOCS_X": "1", "CHROMA_PORT": "x", "OPENAI_BASE_URL": "x"})
    assert [line.split()[0] for line in text.splitlines()] == ["DOCS_X", "OPENAI_BASE_URL", "CHROMA_PORT"]


@pytest.mark.parametrize("name", ["DOCSBOT_EMBEDDINGS", "OPENAI_EMBEDDING_MODEL"])
def test_refuses_a_servers_embeddings_without_a_server(name: str) -> None:
    text = refusal({name: "openai"})
    assert text.startswith(name)
    assert "OPENAI_API_KEY" in text


def test_is_read_only_once() -> None:
    with pytest.raises(ValueError, match="frozen"):
        setattr(Settings(), "chroma_port", 1)  # noqa: B010


@given(
    name=st.sampled_from(SECRETS),
    core=st.text(alphabet="QXZqxz0123456789%:@/-_", min_size=12, max_size=40),
    spoilt=st.sampled_from(["", " x", "\n\nx", "é", "\x00"]),
)
def test_no_secret_in_any_text(name: str, core: str, spoilt: str) -> None:
    """Neither where it is taken nor where it is refused, nor when it was put into the wrong variable."""
    for variable in (name, "OPENAI_BASE_URL", "CHROMA_PORT", "CHROMA_HOST", "DOCSBOT_EMBEDDINGS"):
        accepted, text = everything_said({variable: core + spoilt})
        if not accepted or variable == name:
            assert core not in text


def everything_said(env: dict[str, str]) -> tuple[bool, str]:
    """Whether it is accepted, and all that is then printable of it."""
    try:
        settings = Settings.read(env)
    except SettingsError as error:
        return False, str(error) + repr(error) + "".join(traceback.format_exception(error))
    return True, f"{settings!r} {settings} {describe(settings, (Layer(name='environment', values=env),))}"


def test_there_are_secrets() -> None:
    assert {"OPENAI_API_KEY", "GITHUB_PERSONAL_ACCESS_TOKEN", "DATABASE_URL", "DISCORD_TOKEN"} <= set(SECRETS)


class TestTable:
    def test_names_are_one_of_a_kind(self) -> None:
        names = [variable.name for variable in variables().values()]
        assert len(set(names)) == len(names) == len(Settings.model_fields)

    def test_texts_are_one_line_without_a_full_stop(self) -> None:
        for variable in variables().values():
            assert variable.text
            assert "\n" not in variable.text
            assert not variable.text.endswith(".")

    def test_examples_are_accepted(self) -> None:
        """Those of secrets end in an ellipsis, which keeps anybody from using them."""
        for field, variable in variables().items():
            if "…" not in variable.example:
                Settings.read({"OPENAI_API_KEY": "k", variable.name: variable.example})
            else:
                assert variable.name in SECRETS, field

    def test_example_file_is_made_from_it(self) -> None:
        assert (ROOT / ".env.example").read_text(encoding="utf-8") == example_file()

    def test_example_file_sets_what_it_says_once_uncommented(self, tmp_path: Path) -> None:
        lines = [line.removeprefix("#") for line in example_file().splitlines() if not line.startswith("# ")]
        (tmp_path / ".env").write_text("\n".join(lines), encoding="utf-8")
        expected = {variable.name: variable.example for variable in variables().values()}
        assert read_env_file(tmp_path) == expected


class TestEnvFile:
    def test_missing_is_empty(self, tmp_path: Path) -> None:
        assert read_env_file(tmp_path) == {}

    def test_is_read_as_written(self, tmp_path: Path) -> None:
        # A byte order mark, an export, quotes, a comment, and a dollar that is part of a token.
        text = "\ufeffexport CHROMA_HOST=chroma\nDISCORD_TOKEN='a${HOME}b' # bot\n\nOPENAI_MODEL=\nODD\n"
        (tmp_path / ".env").write_text(text, encoding="utf-8")
        assert read_env_file(tmp_path) == {
            "CHROMA_HOST": "chroma",
            "DISCORD_TOKEN": "a${HOME}b",
            "OPENAI_MODEL": "",
        }

    @pytest.mark.parametrize(
        ("content", "wrong"),
        [
            (b"A=1\nthis is = not: it\n", "line 2"),
            (b"A=\xff\xfe\n", "not UTF-8"),
        ],
    )
    def test_refuses_what_it_cannot_read(self, tmp_path: Path, content: bytes, wrong: str) -> None:
        (tmp_path / ".env").write_bytes(content)
        with pytest.raises(SettingsError, match=wrong):
            read_env_file(tmp_path)

    def test_refuses_a_folder(self, tmp_path: Path) -> None:
        (tmp_path / ".env").mkdir()
        with pytest.raises(SettingsError, match="cannot be read"):
            read_env_file(tmp_path)


def test_layers_go_before_one_another_and_are_named() -> None:
    layers = (
        Layer(name="command line", values={"DOCSBOT_DATA": "/a"}),
        Layer(name="environment", values={"DOCSBOT_DATA": "/b", "OPENAI_API_KEY": "", "CHROMA_HOST": "x"}),
        Layer(name=".env", values={"OPENAI_API_KEY": "sk-file", "OPENAI_MODEL": "m", "CHROMA_HOST": "y"}),
    )
    settings = Settings.read(merge(layers))
    rows = {row.name: (row.shown, row.origin) for row in describe(settings, layers)}
    assert rows["DOCSBOT_DATA"] == ("/a", "command line")
    assert rows["CHROMA_HOST"] == ("x", "environment")
    assert rows["OPENAI_MODEL"] == ("m", ".env")
    # An empty value in the environment takes back the one in the file.
    assert rows["OPENAI_API_KEY"] == ("", "default")
    assert rows["CHROMA_PORT"] == ("8000", "default")
