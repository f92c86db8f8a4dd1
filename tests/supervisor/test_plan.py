"""What is started by which settings, and what each child is told."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.wiring.plan import Order, make_plan

ALL = ("slack", "discord", "serve")
SLACK = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}


@pytest.mark.parametrize(
    ("environ", "chroma", "engine", "fronts"),
    [
        # Nothing set: all servers, and the gateway alone.
        ({}, True, True, ("serve",)),
        # Each front that has its token.
        (SLACK, True, True, ("slack", "serve")),
        ({"DISCORD_TOKEN": "t"}, True, True, ("discord", "serve")),
        (SLACK | {"DISCORD_TOKEN": "t"}, True, True, ("slack", "discord", "serve")),
        # Half of Slack's tokens would only be refused, again and again.
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, True, True, ("serve",)),
        # What is configured elsewhere is not started.
        ({"CHROMA_HOST": "chroma"}, False, True, ("serve",)),
        ({"HATCHET_CLIENT_TOKEN": "eyJ"}, True, False, ("serve",)),
        ({"CHROMA_HOST": "chroma", "HATCHET_CLIENT_TOKEN": "eyJ"}, False, False, ("serve",)),
        # An empty variable counts as unset.
        ({"CHROMA_HOST": "", "HATCHET_CLIENT_TOKEN": " ", "DISCORD_TOKEN": ""}, True, True, ("serve",)),
    ],
)
def test_plan(environ: Mapping[str, str], chroma: bool, engine: bool, fronts: tuple[str, ...]) -> None:
    plan = make_plan(Settings.read(environ))
    assert (plan.chroma, plan.engine, plan.fronts) == (chroma, engine, fronts)
    # What is not started is told, with what it lacks.
    assert {name for name, _ in plan.left} == set(ALL) - set(fronts)
    assert all(why.endswith("is not set") for _, why in plan.left)


def test_slack_over_http_is_the_gateway_s() -> None:
    settings = Settings.read({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s"})
    plan = make_plan(settings)
    assert plan.fronts == ("serve",)
    assert dict(plan.left)["slack"] == "the gateway answers Slack, over HTTP"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        # Whatever a program needs of the system.
        ("PATH", True),
        ("HTTPS_PROXY", True),
        # What the operator decided for the engine.
        ("HATCHET_CLIENT_EMBEDDED_VERSION", True),
        ("SERVER_LOGGER_LEVEL", True),
        # Our secrets.
        ("SLACK_BOT_TOKEN", False),
        ("OPENAI_API_KEY", False),
        # The engine would take the bot's database for its own.
        ("DATABASE_URL", False),
        # Of another engine, and of another Postgres.
        ("HATCHET_CLIENT_TOKEN", False),
        ("HATCHET_EMBEDDED_HANDSHAKE", False),
        ("PGPASSWORD", False),
        ("PGSERVICE", False),
    ],
)
def test_servers_that_are_not_ours_are_told_little(name: str, kept: bool) -> None:
    settings = Settings.read({})
    order = Order(settings=settings, plan=make_plan(settings), environ={name: "x"}, data=Path("/data"))
    assert (name in order.bare_environ) is kept
