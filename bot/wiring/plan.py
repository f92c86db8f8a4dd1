"""What `docsbot run` starts, by the settings alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.settings import Settings
from bot.variables import variables


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which processes one host needs."""

    chroma: bool
    """A Chroma server of its own."""
    engine: bool
    """An engine of its own; else one is configured."""
    fronts: tuple[str, ...]
    """Commands, in the order in which they are started."""
    left: tuple[tuple[str, str], ...]
    """Commands that are not started, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to run, and how."""

    settings: Settings
    plan: Plan
    environ: Mapping[str, str]
    """What the operator set, wherever: the environment of the children."""
    data: Path
    """Absolute."""
    verbose: int = 0

    @property
    def bare_environ(self) -> dict[str, str]:
        """For programs that are not ours: none of our secrets, no address of another database."""
        ours = {variable.name for variable in variables().values()}
        embedded = "HATCHET_CLIENT_EMBEDDED_"
        return {
            name: value
            for name, value in self.environ.items()
            if name.startswith(embedded)
            or not (name in ours or name.startswith(("PG", "HATCHET_CLIENT_", "HATCHET_EMBEDDED_")))
        }


def make_plan(settings: Settings) -> Plan:
    """Starts what has its token and is not configured elsewhere; the gateway always."""
    lacks = {
        "slack": _slack_lacks(settings),
        "discord": "" if settings.discord_token else "DISCORD_TOKEN is not set",
        "serve": "",
    }
    return Plan(
        chroma=not settings.chroma_host,
        engine=settings.hatchet_client_token is None,
        fronts=tuple(name for name, lack in lacks.items() if not lack),
        left=tuple((name, lack) for name, lack in lacks.items() if lack),
    )


def _slack_lacks(settings: Settings) -> str:
    if settings.slack_bot_token is None:
        return "SLACK_BOT_TOKEN is not set"
    if settings.slack_app_token is None and settings.slack_signing_secret is not None:
        return "the gateway answers Slack, over HTTP"
    return "" if settings.slack_app_token else "SLACK_APP_TOKEN is not set"
