"""What the doctor asks of the chat platforms that the settings name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.check import Probe
from bot.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """One that can be examined."""

    is_set: Callable[[Settings], bool]
    probes: Callable[[Settings], tuple[Probe, ...]]
    prefix: str
    """Of its variables."""


def slack_probes(settings: Settings) -> tuple[Probe, ...]:
    from bot.slack.calls.account import make_client
    from bot.slack.setup.doctor import Patient, list_probes

    token, app_token = settings.slack_bot_token, settings.slack_app_token
    secret = settings.slack_signing_secret
    bot_token = token.get_secret_value() if token else ""
    patient = Patient(
        client=make_client(bot_token, settings.slack_api_url),
        bot_token=bot_token,
        app_token=app_token.get_secret_value() if app_token else "",
        signing_secret=secret.get_secret_value() if secret else "",
        maintainers=settings.slack_maintainers,
        escalation=settings.slack_escalation,
    )
    return list_probes(patient)


def discord_probes(settings: Settings) -> tuple[Probe, ...]:
    from bot.discord.setup.doctor import Patient, list_probes

    patient = Patient(
        token=settings.discord_token.get_secret_value() if settings.discord_token else "",
        api_url=settings.discord_api_url,
        reads_all=settings.discord_message_content,
        in_threads=settings.discord_answer_in == "thread",
        maintainers=settings.discord_maintainers,
        escalation=settings.discord_escalation,
    )
    return list_probes(patient)


PLATFORMS = {
    "slack": Platform(
        is_set=lambda settings: settings.slack_bot_token is not None, probes=slack_probes, prefix="SLACK_"
    ),
    "discord": Platform(
        is_set=lambda settings: settings.discord_token is not None,
        probes=discord_probes,
        prefix="DISCORD_",
    ),
}
