"""What the doctor asks of Slack, and what to click for each fault."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.check import Probe, ProbeResult
from bot.slack.calls.account import REFUSED
from bot.slack.calls.refusals import read_code
from bot.slack.setup.lookup import look_up
from bot.slack.setup.manifest import EVENTS, SCOPES

APPS = "https://api.slack.com/apps"
_CHANNELS = ("C", "G")
_MAINTAINERS = "Name people (U…) and user groups (S…)."
_LATER = "Try again in a while; https://slack-status.com says whether Slack itself is in trouble."
_MENDS = {"ratelimited": "Slack is asked too often: try again in a minute."}


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """What is examined. Empty where it is not set."""

    client: AsyncWebClient
    """Of the bot's token."""
    bot_token: str = field(repr=False)
    app_token: str = field(repr=False)
    signing_secret: str = field(repr=False)
    maintainers: tuple[str, ...]
    escalation: tuple[str, ...]

    @property
    def page(self) -> str:
        """Where the app's settings are; the app token holds its id."""
        found = re.match(r"xapp-\d+-(A[A-Z0-9]+)-", self.app_token)
        return f"{APPS}/{found[1]}" if found else f"{APPS} → your app"


def list_probes(patient: Patient) -> tuple[Probe, ...]:
    """No call in them changes anything in Slack."""
    probes = {"bot token": _token}
    if patient.bot_token:
        probes |= {"scopes": _scopes, "events": _events}
    probes |= {"transport": _transport}
    if patient.bot_token:
        probes |= {"maintainers": _maintainers, "escalation": _escalation}
    return tuple(Probe(name=f"Slack {name}", run=_guarded(ask, patient)) for name, ask in probes.items())


def _guarded(
    ask: Callable[[Patient], Awaitable[ProbeResult]], patient: Patient
) -> Callable[[], Awaitable[ProbeResult]]:
    async def run() -> ProbeResult:
        try:
            return await ask(patient)
        except SlackApiError as error:
            code, status = read_code(error), error.response.status_code
            said = f"HTTP {status}" if status >= 500 else code
            return ProbeResult(ok=False, text=f"Slack answers {said}.", mend=_MENDS.get(code, _LATER))
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            return ProbeResult(
                ok=False,
                text=f"Slack cannot be reached: {type(error).__name__}.",
                mend="Check the network, a proxy in between, and SLACK_API_URL.",
            )

    return run


async def _token(patient: Patient) -> ProbeResult:
    where = f"Open {patient.page} → OAuth & Permissions"
    copy = f"{where}, and copy the Bot User OAuth Token (xoxb-…) into SLACK_BOT_TOKEN."
    if not patient.bot_token:
        return ProbeResult(ok=False, text="SLACK_BOT_TOKEN is not set.", mend=copy)
    try:
        answer = await patient.client.auth_test()
    except SlackApiError as error:
        code = read_code(error)
        if code not in REFUSED:
            raise
        return ProbeResult(ok=False, text=f"Slack refuses SLACK_BOT_TOKEN ({code}).", mend=copy)
    if not answer.get("bot_id"):
        return ProbeResult(ok=False, text="SLACK_BOT_TOKEN is a person's token, not the bot's.", mend=copy)
    return ProbeResult(ok=True, text=f"{answer.get('user')} in {answer.get('team')}.")


async def _scopes(patient: Patient) -> ProbeResult:
    granted = _granted(await patient.client.auth_test())
    if granted is None:
        return ProbeResult(ok=True, text="Slack does not say what is granted: nothing is compared.")
    missing = [scope for scope in SCOPES if scope not in granted]
    if not missing:
        more = sorted(granted - set(SCOPES))
        unused = f"; granted and not used: {', '.join(more)}" if more else ""
        return ProbeResult(ok=True, text=f"All {len(SCOPES)} of the manifest are granted{unused}.")
    return ProbeResult(
        ok=False,
        text="Not granted: " + "; ".join(f"{scope} ({SCOPES[scope]})" for scope in missing) + ".",
        mend=f"Open {patient.page} → OAuth & Permissions → Scopes → Bot Token Scopes → Add an OAuth Scope: "
        f"{', '.join(missing)}; then, at the top of the page, Reinstall to Workspace.",
    )


def _granted(answer: AsyncSlackResponse) -> frozenset[str] | None:
    """None where a server in between has dropped the header."""
    header = {name.lower(): value for name, value in answer.headers.items()}.get("x-oauth-scopes")
    return None if header is None else frozenset(filter(None, re.split(r"[,\s]+", str(header))))


async def _events(patient: Patient) -> ProbeResult:
    """Only a token that may rewrite the app could read them, and such a one a bot should not have."""
    return ProbeResult(
        ok=True,
        text=f"Slack does not tell a bot what it is subscribed to. Compare {patient.page} → Event "
        f"Subscriptions → Subscribe to bot events with the manifest's: {', '.join(EVENTS)}.",
    )


async def _transport(patient: Patient) -> ProbeResult:
    if patient.app_token:
        return await _app_token(patient)
    where = f"Open {patient.page} → Basic Information"
    if not patient.signing_secret:
        return ProbeResult(
            ok=False,
            text="Neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set: no event can arrive.",
            mend=f"{where} → App-Level Tokens → Generate Token and Scopes, with connections:write, and copy "
            "it into SLACK_APP_TOKEN; or, for HTTP, App Credentials → Signing Secret, into "
            "SLACK_SIGNING_SECRET.",
        )
    if not re.fullmatch(r"[0-9a-f]{32}", patient.signing_secret):
        return ProbeResult(
            ok=False,
            text="SLACK_SIGNING_SECRET does not look like one: 32 digits, 0-9 and a-f.",
            mend=f"{where} → App Credentials → Signing Secret → Show; the Client Secret there is another.",
        )
    return ProbeResult(
        ok=True,
        text="HTTP: SLACK_SIGNING_SECRET has the form of one; whether it is the app's, only a request of "
        "Slack's can show.",
    )


async def _app_token(patient: Patient) -> ProbeResult:
    try:
        await patient.client.apps_connections_open(app_token=patient.app_token)
    except SlackApiError as error:
        code = read_code(error)
        if code not in REFUSED:
            raise
        return ProbeResult(
            ok=False,
            text=f"Slack refuses SLACK_APP_TOKEN ({code}).",
            mend=f"Open {patient.page} → Socket Mode and enable it; then Basic Information → App-Level "
            "Tokens → Generate Token and Scopes, with connections:write, and copy it (xapp-…) into "
            "SLACK_APP_TOKEN.",
        )
    return ProbeResult(ok=True, text="Socket Mode: SLACK_APP_TOKEN opens connections.")


async def _maintainers(patient: Patient) -> ProbeResult:
    if not patient.maintainers:
        return ProbeResult(ok=True, text="None: nobody may reindex or configure from Slack.")
    for name in patient.maintainers:
        if name.startswith(_CHANNELS):
            return ProbeResult(ok=False, text=f"SLACK_MAINTAINERS: {name} is a channel.", mend=_MAINTAINERS)
    return await _look_up(patient.client, "SLACK_MAINTAINERS", patient.maintainers)


async def _escalation(patient: Patient) -> ProbeResult:
    names = patient.escalation
    if not names:
        return ProbeResult(ok=True, text="None: nobody is asked where the documentation has no answer.")
    if not any(name.startswith(_CHANNELS) for name in names):
        return ProbeResult(
            ok=False,
            text="SLACK_ESCALATION names no channel.",
            mend="Add the id of the channel (C…) where people are to be asked.",
        )
    return await _look_up(patient.client, "SLACK_ESCALATION", names)


async def _look_up(client: AsyncWebClient, variable: str, names: Sequence[str]) -> ProbeResult:
    """Each id, until something is wrong with one."""
    seen = 0
    for name in names:
        look = await look_up(client, name)
        if look.problem:
            return ProbeResult(ok=False, text=f"{variable}: {name} {look.problem}.", mend=look.mend)
        seen += look.seen
    unseen = len(names) - seen
    rest = f"; {unseen} the app may not look up, which it need not" if unseen else ""
    return ProbeResult(ok=True, text=f"{seen} of {len(names)} found{rest}.")
