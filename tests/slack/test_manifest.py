"""The manifest is what Slack accepts, and asks for no more than the program uses."""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.fakes.slack import schema

MANIFEST = yaml.safe_load((Path(__file__).parents[2] / "manifest.yml").read_text(encoding="utf-8"))


def test_it_is_valid_by_the_types() -> None:
    assert not schema.problem("Manifest", MANIFEST)


def test_it_is_valid_by_slack_s_own_schema() -> None:
    assert not schema.manifest_problem(MANIFEST)


def test_every_command_has_a_listener() -> None:
    listeners = (Path(__file__).parents[2] / "bot" / "slack" / "app.py").read_text(encoding="utf-8")
    for command in MANIFEST["features"]["slash_commands"]:
        assert f'app.command("{command["command"]}")' in listeners


def test_every_event_has_a_listener() -> None:
    listeners = (Path(__file__).parents[2] / "bot" / "slack" / "app.py").read_text(encoding="utf-8")
    for event in MANIFEST["settings"]["event_subscriptions"]["bot_events"]:
        assert f'app.event("{event.partition(".")[0]}")' in listeners
