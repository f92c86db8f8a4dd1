"""`docsbot check discord`: what it finds, and what it says to click."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.cli.runtime import Runtime
from bot.discord.markup.names import NAMES
from tests.fakes.discord import (
    ALICE,
    APPLICATION,
    BOT_ROLE,
    DESK,
    EVERYONE,
    FORUM,
    GENERAL,
    GUILD,
    HIDDEN,
    MAINTAINERS,
    SUPPORT,
    VOLUNTEERS,
    FakeDiscord,
)
from tests.fakes.discord.models import Channel
from tests.fakes.discord.permissions import bits

PORTAL = f"https://discord.com/developers/applications/{APPLICATION}"
RIGHTS = (
    "view_channel",
    "send_messages",
    "create_public_threads",
    "send_messages_in_threads",
    "read_message_history",
)


@dataclass(frozen=True)
class Said:
    code: int
    lines: list[str]
    err: str

    def of(self, probe: str) -> tuple[str, str]:
        """What a probe has found, and the line below it, if that says how to mend it."""
        for number, line in enumerate(self.lines):
            if line[5:].startswith(f"Discord {probe}: "):
                below = self.lines[number + 1] if number + 1 < len(self.lines) else ""
                return line, below.strip() if below.startswith("    ") else ""
        raise AssertionError(f"no probe {probe}: {self.lines}")

    @property
    def signs(self) -> list[str]:
        return [line[:4] for line in self.lines if line[5:].startswith("Discord ")]


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    """Of a test's own, without a bot."""
    async with FakeDiscord(granted={"message_content"}) as server:
        yield server


async def check(discord: FakeDiscord, folder: Path, env: Mapping[str, str] | None = None, *args: str) -> Said:
    """The command in a thread of its own, with this environment and no other."""
    environ = {
        **discord.environment,
        "DISCORD_MESSAGE_CONTENT": "on",
        "DISCORD_MAINTAINERS": f"{MAINTAINERS} {ALICE}",
        "DISCORD_ESCALATION": f"{DESK} {VOLUNTEERS}",
        **(env or {}),
    }
    out, err = io.StringIO(), io.StringIO()
    runtime = Runtime(environ=environ, folder=folder, stdout=out, stderr=err)
    code = await asyncio.to_thread(main, ["check", *(args or ("discord",))], runtime)
    assert discord.token not in out.getvalue() + err.getvalue()
    return Said(code, out.getvalue().splitlines(), err.getvalue())


async def test_all_is_well(discord: FakeDiscord, tmp_path: Path) -> None:
    said = await check(discord, tmp_path)
    assert (said.code, said.err, said.signs) == (0, "", ["ok  "] * 7)
    assert "docsbot" in said.of("token")[0]
    invite = said.of("invite")[0]
    assert f"client_id={APPLICATION}&" in invite
    assert "scope=bot+applications.commands&" in invite
    assert invite.endswith(f"permissions={bits(RIGHTS)}")
    assert "None yet" in said.of("commands")[0]
    assert "“Docs guild”" in said.of("servers")[0]
    assert "2 of 2 found" in said.of("maintainers")[0]
    assert "#help-desk of “Docs guild”, and tells @volunteers" in said.of("escalation")[0]
    # It only reads, and signs in without a session.
    assert {call.method for call in discord.calls()} == {"GET"}
    assert not discord.gateway.identifies


async def test_without_a_word_it_is_examined_where_its_token_is_set(
    discord: FakeDiscord, tmp_path: Path
) -> None:
    said = await check(discord, tmp_path, {"DOCS_SOURCES": str(tmp_path)}, "--data", str(tmp_path))
    assert said.of("servers")[0].startswith("ok")
    said = await check(discord, tmp_path, {"DISCORD_TOKEN": ""}, "slack")
    assert not said.signs


async def test_what_is_missing_is_named_by_channel(discord: FakeDiscord, tmp_path: Path) -> None:
    await discord.deny(GENERAL, "create_public_threads")
    await discord.deny(SUPPORT, "create_public_threads", "send_messages")
    await discord.deny(FORUM, "send_messages_in_threads", "send_messages")
    # Not seen on purpose, and where members only read: nobody asks there.
    await discord.deny(HIDDEN, "send_messages")
    rules = Channel(id="1100000000000000399", name="rules")
    rules.overwrites[EVERYONE] = (bits(("send_messages", "create_public_threads")), 0)
    discord.world.channels[rules.id] = rules
    said = await check(discord, tmp_path)
    found, mend = said.of("servers")
    assert said.code == 1
    assert (
        "In “Docs guild”: cannot write in #support; cannot open threads in #general, #support; "
        "cannot write in threads of #questions." in found
    )
    assert "#general, #support → Edit Channel → Permissions → docsbot → Create Public Threads" in mend
    # Where it does not open threads, it needs no right to.
    found, _ = (await check(discord, tmp_path, {"DISCORD_ANSWER_IN": "reply"})).of("servers")
    assert "open threads" not in found


async def test_what_is_missing_everywhere_is_missing_in_its_role(
    discord: FakeDiscord, tmp_path: Path
) -> None:
    await discord.deny_everywhere("read_message_history")
    found, mend = (await check(discord, tmp_path)).of("servers")
    assert "cannot read earlier messages in any channel" in found
    assert "Server Settings → Roles → docsbot → Permissions → Read Message History" in mend
    # A role that may nothing is well where its channels make up for it.
    for place in (GENERAL, SUPPORT, FORUM, DESK):
        await discord.allow(place, "read_message_history")
    assert (await check(discord, tmp_path)).code == 0


async def test_a_bot_that_sees_no_channel(discord: FakeDiscord, tmp_path: Path) -> None:
    await discord.deny_everywhere("view_channel")
    found, mend = (await check(discord, tmp_path)).of("servers")
    assert "cannot see any channel" in found
    assert "docsbot → Permissions → View Channel" in mend


async def test_many_channels_are_counted(discord: FakeDiscord, tmp_path: Path) -> None:
    for number in range(10):
        place = Channel(id=f"11000000000000005{number:02d}", name=f"topic-{number}")
        place.overwrites[BOT_ROLE] = (bits(("send_messages",)), 0)
        discord.world.channels[place.id] = place
    found, _ = (await check(discord, tmp_path)).of("servers")
    assert "#topic-4 and 5 more" in found


async def test_commands_that_discord_knows_are_compared(discord: FakeDiscord, tmp_path: Path) -> None:
    told: dict[str, dict[str, object]] = {
        name: {"id": str(number), "name": name, "type": 1, "application_id": APPLICATION, "version": "1"}
        | {"description": "", "options": []}
        for number, name in enumerate(sorted(NAMES), 1)
    }
    discord.world.commands.update(told)
    assert f"All {len(NAMES)}" in (await check(discord, tmp_path)).of("commands")[0]
    del discord.world.commands["ask"]
    discord.world.commands["old"] = told["config"] | {"name": "old"}
    found, mend = (await check(discord, tmp_path)).of("commands")
    assert "Missing: ask; not the bot's: old." in found
    assert "Start docsbot discord" in mend


@pytest.mark.parametrize(
    ("env", "probe", "finds", "mends"),
    [
        # No token, and one that is refused.
        ({"DISCORD_TOKEN": ""}, "token", "is not set", "Reset Token"),
        ({"DISCORD_TOKEN": "wrong"}, "token", "refuses DISCORD_TOKEN", "Reset Token"),
        # Names instead of ids; an id of nobody; the id of the server, which is everybody's role.
        ({"DISCORD_MAINTAINERS": "carol"}, "maintainers", "carol is no id", "Developer Mode"),
        ({"DISCORD_MAINTAINERS": "1234"}, "maintainers", "1234 is neither", "Copy ID"),
        ({"DISCORD_MAINTAINERS": GUILD}, "maintainers", "everybody in “Docs guild”", "only maintainers"),
        # A channel that is none, that is not seen, that is a forum; roles that are none or cannot be told.
        ({"DISCORD_ESCALATION": "#desk"}, "escalation", "#desk is no id", "Developer Mode"),
        ({"DISCORD_ESCALATION": "1234"}, "escalation", "1234 is no channel", "text channel"),
        ({"DISCORD_ESCALATION": HIDDEN}, "escalation", "no channel that the bot can see", "View Channel"),
        ({"DISCORD_ESCALATION": FORUM}, "escalation", "is no text channel", "people reply"),
        ({"DISCORD_ESCALATION": f"{DESK} 1234"}, "escalation", "1234 is no role", "Copy ID"),
        ({"DISCORD_ESCALATION": f"{DESK} {MAINTAINERS}"}, "escalation", "notify @maintainers", "@mention"),
    ],
)
async def test_faults_of_the_settings(
    discord: FakeDiscord, tmp_path: Path, env: Mapping[str, str], probe: str, finds: str, mends: str
) -> None:
    said = await check(discord, tmp_path, env)
    found, mend = said.of(probe)
    assert said.code == 1
    assert finds in found
    assert mends in mend


@pytest.mark.parametrize("right", ["send_messages", "read_message_history"])
async def test_a_desk_where_it_may_not_work(discord: FakeDiscord, tmp_path: Path, right: str) -> None:
    await discord.deny(DESK, right)
    found, mend = (await check(discord, tmp_path)).of("escalation")
    assert found.startswith("FAIL")
    assert "#help-desk → Edit Channel → Permissions → docsbot →" in mend


async def test_a_desk_may_be_a_thread(discord: FakeDiscord, tmp_path: Path) -> None:
    thread = await discord.open_thread(ALICE, SUPPORT, "people")
    assert (await check(discord, tmp_path, {"DISCORD_ESCALATION": thread.id})).code == 0


@pytest.mark.parametrize(
    ("granted", "setting", "sign", "finds"),
    [
        # Asked for and not granted: the gateway would close the connection.
        (False, "on", "FAIL", "does not grant it"),
        # Granted and not asked for is no fault, and said.
        (True, "off", "ok  ", "Granted, and not used"),
        (False, "off", "ok  ", "replies to it"),
    ],
)
async def test_the_intent(
    discord: FakeDiscord, tmp_path: Path, granted: bool, setting: str, sign: str, finds: str
) -> None:
    if not granted:
        discord.world.granted.clear()
    found, mend = (await check(discord, tmp_path, {"DISCORD_MESSAGE_CONTENT": setting})).of("intents")
    assert found.startswith(sign)
    assert finds in found
    assert (f"{PORTAL}/bot" in mend) == (sign == "FAIL")


@pytest.mark.parametrize(
    ("status", "drop"),
    [
        (503, ""),  # an HTML page of a server in trouble
        (0, "before"),  # a connection that is torn
    ],
)
async def test_a_discord_that_does_not_answer_is_a_fault_and_no_traceback(
    discord: FakeDiscord, tmp_path: Path, status: int, drop: str
) -> None:
    discord.fail("GET /users/@me", status=status, drop="before" if drop else "", times=None)
    said = await check(discord, tmp_path)
    assert (said.code, said.err, said.signs) == (1, "", ["FAIL"] * 7)
    assert "refuses" not in said.of("token")[0]
    # The others are not tried in vain.
    assert "cannot sign in" in said.of("servers")[0]


async def test_a_discord_that_fails_later(discord: FakeDiscord, tmp_path: Path) -> None:
    discord.fail("GET /guilds/*/channels", status=503, times=None)
    said = await check(discord, tmp_path)
    assert "Discord answers 503" in said.of("servers")[0]
    assert said.of("maintainers")[0].startswith("ok")


async def test_a_discord_that_is_not_there(discord: FakeDiscord, tmp_path: Path) -> None:
    said = await check(discord, tmp_path, {"DISCORD_API_URL": "http://127.0.0.1:9/api"})
    assert (said.code, said.err) == (1, "")
    assert "DISCORD_API_URL" in said.of("token")[1]
