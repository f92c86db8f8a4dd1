"""The manifest is what Slack accepts, and asks for no more than the program uses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.front import PROMPTS
from bot.slack.setup.manifest import (
    COMMANDS,
    EVENTS,
    SCOPES,
    SHORTCUT,
    AddressInvalid,
    render_manifest,
    request_url,
)
from tests.fakes.slack import schema

ROOT = Path(__file__).parents[2]
URL = "https://docs-bot.example.org"
MANIFESTS = {"socket": render_manifest(), "http": render_manifest(URL)}
LISTENERS = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot" / "slack").glob("*.py"))
both = pytest.mark.parametrize("text", MANIFESTS.values(), ids=MANIFESTS)


def read(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def test_the_file_is_what_the_program_prints() -> None:
    assert (ROOT / "manifest.yml").read_text(encoding="utf-8") == MANIFESTS["socket"]


@both
def test_it_is_valid_by_the_types(text: str) -> None:
    assert not schema.problem("Manifest", read(text))


@both
def test_it_is_valid_by_slack_s_own_schema(text: str) -> None:
    assert not schema.manifest_problem(read(text))


@both
def test_it_says_what_the_program_says(text: str) -> None:
    manifest = read(text)
    assert manifest["oauth_config"]["scopes"]["bot"] == list(SCOPES)
    assert manifest["settings"]["event_subscriptions"]["bot_events"] == list(EVENTS)
    assert [each["command"] for each in manifest["features"]["slash_commands"]] == [
        command for command, *_ in COMMANDS
    ]
    assert [each["callback_id"] for each in manifest["features"]["shortcuts"]] == [SHORTCUT]


def test_in_socket_mode_nothing_has_an_address() -> None:
    manifest = read(MANIFESTS["socket"])
    assert manifest["settings"]["socket_mode_enabled"] is True
    assert "url: " not in MANIFESTS["socket"]


def test_over_http_everything_has_the_one_address() -> None:
    manifest = read(MANIFESTS["http"])
    settings = manifest["settings"]
    addresses = [each["url"] for each in manifest["features"]["slash_commands"]]
    addresses += [settings[part]["request_url"] for part in ("event_subscriptions", "interactivity")]
    assert settings["socket_mode_enabled"] is False
    assert set(addresses) == {f"{URL}/slack/events"}


@pytest.mark.parametrize(
    ("url", "called"),
    [
        ("https://x.org", "https://x.org/slack/events"),
        # A slash at the end, a path before ours, a port.
        ("https://x.org/", "https://x.org/slack/events"),
        ("https://x.org/bot/", "https://x.org/bot/slack/events"),
        ("https://x.org:8443", "https://x.org:8443/slack/events"),
        # The whole address was given.
        ("https://x.org/slack/events", "https://x.org/slack/events"),
        # On one's own machine.
        ("http://localhost:8080", "http://localhost:8080/slack/events"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/slack/events"),
        ("http://[::1]:8080", "http://[::1]:8080/slack/events"),
    ],
)
def test_the_address_that_slack_calls(url: str, called: str) -> None:
    assert request_url(url) == called


@pytest.mark.parametrize(
    "url",
    [
        "http://x.org",  # in the clear
        "http://localhost.evil.org",  # not this machine
        "ftp://x.org",
        "x.org",
        "https://",
        "https://x.org?a=1",
        "https://x.org#a",
        "https://name:word@x.org",
        "https://x.org:port",
        "https://x.org/a b",
        "https://[::1",
        "https://x.org\n# a line of its own",
    ],
)
def test_addresses_that_slack_cannot_call(url: str) -> None:
    with pytest.raises(AddressInvalid):
        request_url(url)


@given(st.text(min_size=1))
def test_whatever_stands_in_the_address_it_adds_nothing_to_the_manifest(path: str) -> None:
    try:
        text = render_manifest(f"{URL}/{path}")
    except AddressInvalid:
        return
    manifest, plain = read(text), read(MANIFESTS["http"])
    for part in ("event_subscriptions", "interactivity"):
        assert manifest["settings"][part].pop("request_url").startswith(URL)
        plain["settings"][part].pop("request_url")
    for each in (*manifest["features"]["slash_commands"], *plain["features"]["slash_commands"]):
        del each["url"]
    assert manifest == plain


def test_it_asks_for_what_its_events_need_and_no_more() -> None:
    """By Slack's reference of events and methods."""
    needed = {
        "app_mention": "app_mentions:read",
        "message.channels": "channels:history",
        "message.groups": "groups:history",
        "message.im": "im:history",
        "message.mpim": "mpim:history",
    }
    for_methods = {"assistant:write", "chat:write", "commands", "im:write", "usergroups:read"}
    assert {needed[event] for event in EVENTS if event in needed} | for_methods == set(SCOPES)


def test_every_command_has_a_listener() -> None:
    for command, *_ in COMMANDS:
        assert f'app.command("{command}")' in LISTENERS


def test_every_event_has_a_listener() -> None:
    for event in EVENTS:
        assert f'app.event("{event.partition(".")[0]}")' in LISTENERS


def test_the_shortcut_has_a_listener() -> None:
    assert "app.message_shortcut(SHORTCUT)" in LISTENERS


def test_the_prompts_are_those_of_a_direct_message() -> None:
    """Slack shows the manifest's where a conversation begins, and the program's where its panel is opened."""
    prompts = read(MANIFESTS["socket"])["features"]["agent_view"]["suggested_prompts"]
    assert [(each["title"], each["message"]) for each in prompts] == [(prompt, prompt) for prompt in PROMPTS]
