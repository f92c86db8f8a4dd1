"""`docsbot check slack`: what it finds, and what it says to click."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.cli.runtime import Runtime
from bot.slack.setup.manifest import EVENTS, SCOPES
from tests.fakes.slack import ALICE, CAROL, ELSEWHERE, MAINTAINERS, PRIVATE, SUPPORT, FakeSlack
from tests.fakes.slack.names import APP

SECRET = "8f742231b10e8888abcd99yyyzzz85a5".translate(str.maketrans("yz", "12"))
PAGE = f"https://api.slack.com/apps/{APP}"


@dataclass(frozen=True)
class Said:
    code: int
    lines: list[str]
    err: str

    def of(self, probe: str) -> tuple[str, str]:
        """What a probe has found, and the line below it, if that says how to mend it."""
        for number, line in enumerate(self.lines):
            if line[5:].startswith(f"Slack {probe}: "):
                below = self.lines[number + 1] if number + 1 < len(self.lines) else ""
                return line, below.strip() if below.startswith("    ") else ""
        raise AssertionError(f"no probe {probe}: {self.lines}")


async def check(slack: FakeSlack, folder: Path, env: Mapping[str, str] | None = None) -> Said:
    """The command in a thread of its own, with this environment and no other."""
    environ = {
        **slack.environment,
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_MAINTAINERS": MAINTAINERS,
        "SLACK_ESCALATION": SUPPORT,
        **(env or {}),
    }
    out, err = io.StringIO(), io.StringIO()
    runtime = Runtime(environ=environ, folder=folder, stdout=out, stderr=err)
    code = await asyncio.to_thread(main, ["check", "slack"], runtime)
    said = out.getvalue() + err.getvalue()
    for secret in (slack.bot_token, slack.app_token, SECRET):
        assert secret not in said
    return Said(code, out.getvalue().splitlines(), err.getvalue())


async def test_all_is_well(slack: FakeSlack, tmp_path: Path) -> None:
    said = await check(slack, tmp_path)
    assert (said.code, said.err) == (0, "")
    assert "docsbot in Docs team" in said.of("bot token")[0]
    assert f"All {len(SCOPES)}" in said.of("scopes")[0]
    assert "Socket Mode" in said.of("transport")[0]
    # What Slack tells nobody is said to be so, with what to compare.
    found = said.of("events")[0]
    assert f"{PAGE} → Event Subscriptions" in found
    assert all(event in found for event in EVENTS)


async def test_only_slack_is_looked_at_and_shown(slack: FakeSlack, tmp_path: Path) -> None:
    said = await check(slack, tmp_path)
    settings = [line.split()[0] for line in said.lines[: said.lines.index("")]]
    assert "SLACK_API_URL" in settings
    assert all(name.startswith("SLACK_") for name in settings)
    assert all(line[5:].startswith("Slack ") for line in said.lines[said.lines.index("") + 1 :])


async def test_missing_scopes_are_named_with_the_button_to_press(slack: FakeSlack, tmp_path: Path) -> None:
    for scope in ("usergroups:read", "im:history"):
        slack.world.scopes.remove(scope)
    slack.world.scopes.append("files:read")
    said = await check(slack, tmp_path)
    found, mend = said.of("scopes")
    assert said.code == 1
    assert "im:history (direct messages to it)" in found
    assert f"Open {PAGE} → OAuth & Permissions" in mend
    assert "Bot Token Scopes → Add an OAuth Scope: im:history, usergroups:read;" in mend
    assert "Reinstall to Workspace" in mend


async def test_scopes_that_nothing_uses_are_named_and_no_fault(slack: FakeSlack, tmp_path: Path) -> None:
    slack.world.scopes.append("files:read")
    said = await check(slack, tmp_path)
    assert said.code == 0
    assert "granted and not used: files:read" in said.of("scopes")[0]


@pytest.mark.parametrize(
    ("env", "probe", "finds", "mends"),
    [
        # No token at all, and one that is refused.
        ({"SLACK_BOT_TOKEN": ""}, "bot token", "is not set", "OAuth & Permissions"),
        ({"SLACK_BOT_TOKEN": "xoxb-wrong"}, "bot token", "invalid_auth", "OAuth & Permissions"),
        # The two tokens exchanged.
        (
            {"SLACK_APP_TOKEN": "xoxb-fake-0001-bot"},
            "transport",
            "not_allowed_token_type",
            "App-Level Tokens",
        ),
        # No way for an event to arrive.
        (
            {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": ""},
            "transport",
            "no event can",
            "connections:write",
        ),
        # Over HTTP: the client secret instead of the signing secret, say.
        (
            {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": "x" * 32},
            "transport",
            "does not look like",
            "Signing Secret",
        ),
        # Ids of nobody, of a stranger's group, of no kind.
        ({"SLACK_MAINTAINERS": "S0NOBODY01"}, "maintainers", "S0NOBODY01 is no user group", "menu"),
        ({"SLACK_MAINTAINERS": "carol"}, "maintainers", "carol is no id", "copy the id"),
        ({"SLACK_MAINTAINERS": SUPPORT}, "maintainers", "is a channel", "people"),
        # Channels that are not there, or that the bot is not in.
        ({"SLACK_ESCALATION": "C0NOWHERE1"}, "escalation", "C0NOWHERE1 is no channel", "/invite"),
        ({"SLACK_ESCALATION": ELSEWHERE}, "escalation", "is a channel that the bot is not in", "/invite"),
        ({"SLACK_ESCALATION": MAINTAINERS}, "escalation", "names no channel", "C…"),
    ],
)
async def test_faults_of_the_settings(
    slack: FakeSlack, tmp_path: Path, env: Mapping[str, str], probe: str, finds: str, mends: str
) -> None:
    said = await check(slack, tmp_path, env)
    found, mend = said.of(probe)
    assert said.code == 1
    assert finds in found
    assert mends in mend


@pytest.mark.parametrize(
    ("env", "probe", "finds"),
    [
        # Nobody is one of them; the app need not read people.
        ({"SLACK_MAINTAINERS": ""}, "maintainers", "nobody may reindex"),
        ({"SLACK_MAINTAINERS": f"{ALICE} {MAINTAINERS}"}, "maintainers", "1 of 2 found; 1 the app may not"),
        # Nobody is asked; a private channel that the bot is in, with a group to tell.
        ({"SLACK_ESCALATION": ""}, "escalation", "nobody is asked"),
        ({"SLACK_ESCALATION": f"{PRIVATE} {MAINTAINERS}"}, "escalation", "2 of 2 found"),
        # HTTP, where only the form of the secret can be seen.
        ({"SLACK_APP_TOKEN": ""}, "transport", "only a request of Slack's can show"),
    ],
)
async def test_what_is_no_fault(
    slack: FakeSlack, tmp_path: Path, env: Mapping[str, str], probe: str, finds: str
) -> None:
    said = await check(slack, tmp_path, env)
    assert said.code == 0
    assert finds in said.of(probe)[0]


async def test_people_are_looked_up_where_the_app_may(slack: FakeSlack, tmp_path: Path) -> None:
    slack.world.scopes.append("users:read")
    assert "1 of 1" in (await check(slack, tmp_path, {"SLACK_MAINTAINERS": CAROL})).of("maintainers")[0]
    said = await check(slack, tmp_path, {"SLACK_MAINTAINERS": "U0NOBODY01"})
    assert "is nobody in this workspace" in said.of("maintainers")[0]


@pytest.mark.parametrize(
    ("status", "drop"),
    [
        (503, ""),  # an HTML page of a server in trouble
        (0, "before"),  # a connection that is torn
    ],
)
async def test_a_slack_that_does_not_answer_is_a_fault_and_no_traceback(
    slack: FakeSlack, tmp_path: Path, status: int, drop: str
) -> None:
    slack.fail("*", status=status, drop="before" if drop else "", times=None)
    said = await check(slack, tmp_path)
    assert (said.code, said.err) == (1, "")
    probes = [line for line in said.lines[said.lines.index("") + 1 :] if line[5:].startswith("Slack ")]
    assert [line[:4] for line in probes] == ["FAIL", "FAIL", "ok  ", "FAIL", "FAIL", "FAIL"]
    assert "refuses" not in said.of("bot token")[0]


async def test_a_slack_that_is_not_there(slack: FakeSlack, tmp_path: Path) -> None:
    said = await check(slack, tmp_path, {"SLACK_API_URL": "http://127.0.0.1:9/api"})
    assert (said.code, said.err) == (1, "")
    assert "SLACK_API_URL" in said.of("bot token")[1]
