"""What the doctor asks of Discord, over REST alone, and what to click for each fault."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp
import discord
from discord import app_commands

from bot.check import Probe, ProbeResult
from bot.discord.markup.names import NAMES
from bot.discord.setup.lookup import MOST, Fault, find_desk, find_maintainers, list_guilds, open_server
from bot.discord.setup.rights import INVITED, SCOPES, find_lacks
from bot.discord.transport.connection import point

PORTAL = "https://discord.com/developers/applications"
SIGN_IN_SECONDS = 10.0
_LATER = "Try again in a while; https://discordstatus.com says whether Discord itself is in trouble."
_AGAIN = "Start docsbot discord, or start it again: it tells Discord its commands."


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """What is examined. Empty where it is not set."""

    token: str = field(repr=False)
    api_url: str
    reads_all: bool
    in_threads: bool
    maintainers: tuple[str, ...]
    escalation: tuple[str, ...]


Ask = Callable[[Patient, discord.Client], Awaitable[ProbeResult]]


def list_probes(patient: Patient) -> tuple[Probe, ...]:
    """No call in them changes anything in Discord."""
    probes: dict[str, Ask] = {"token": _token}
    if patient.token:
        probes |= {"invite": _invite, "intents": _intents, "commands": _commands, "servers": _servers}
        probes |= {"maintainers": _maintainers, "escalation": _escalation}
    visits = _Round(patient)
    return tuple(Probe(name=f"Discord {name}", run=visits.visit(ask)) for name, ask in probes.items())


class _Round:
    """Signs in for each probe, until that fails: then none of the others can tell more."""

    def __init__(self, patient: Patient) -> None:
        self._patient = patient
        self._signed_in = True

    def visit(self, ask: Ask) -> Callable[[], Awaitable[ProbeResult]]:
        async def run() -> ProbeResult:
            if not self._patient.token:
                return ProbeResult(ok=False, text="DISCORD_TOKEN is not set.", mend=_copy_token())
            if not self._signed_in:
                return ProbeResult(ok=False, text="Not looked at: the bot cannot sign in.")
            try:
                return await self._ask(ask)
            except Fault as fault:
                return ProbeResult(ok=False, text=f"{fault}.", mend=fault.mend)
            except discord.LoginFailure:
                return ProbeResult(ok=False, text="Discord refuses DISCORD_TOKEN.", mend=_copy_token())
            except discord.HTTPException as error:
                return ProbeResult(ok=False, text=f"Discord answers {error.status}.", mend=_LATER)
            except discord.InvalidData:
                return ProbeResult(ok=False, text="Discord answers what this version does not know.")
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                return ProbeResult(
                    ok=False,
                    text=f"Discord cannot be reached: {type(error).__name__}.",
                    mend="Check the network, a proxy in between, and DISCORD_API_URL.",
                )

        return run

    async def _ask(self, ask: Ask) -> ProbeResult:
        point(self._patient.api_url)
        async with discord.Client(intents=discord.Intents.none()) as client:
            self._signed_in = False
            async with asyncio.timeout(SIGN_IN_SECONDS):
                await client.login(self._patient.token)
            self._signed_in = True
            return await ask(self._patient, client)


async def _token(patient: Patient, client: discord.Client) -> ProbeResult:
    name = client.application.name if client.application else ""
    return ProbeResult(ok=True, text=f"{client.user}, of the application “{name}”.")


async def _invite(patient: Patient, client: discord.Client) -> ProbeResult:
    url = discord.utils.oauth_url(client.application_id or 0, permissions=INVITED, scopes=SCOPES)
    if client.application is not None and client.application.bot_require_code_grant:
        return ProbeResult(
            ok=False,
            text=f"{url} adds nobody: the application requires a code grant.",
            mend=f"{_page(client)}/bot → Requires OAuth2 Code Grant: turn it off.",
        )
    return ProbeResult(ok=True, text=f"Whoever manages a server adds the bot to it by {url}")


async def _intents(patient: Patient, client: discord.Client) -> ProbeResult:
    flags = client.application_flags
    granted = flags.gateway_message_content or flags.gateway_message_content_limited
    if patient.reads_all and not granted:
        return ProbeResult(
            ok=False,
            text="DISCORD_MESSAGE_CONTENT is on, and Discord does not grant it: the bot cannot connect.",
            mend=f"{_page(client)}/bot → Privileged Gateway Intents → Message Content Intent; or unset "
            "DISCORD_MESSAGE_CONTENT.",
        )
    if patient.reads_all:
        return ProbeResult(ok=True, text="Reads messages that do not mention it.")
    unused = " Granted, and not used." if granted else ""
    return ProbeResult(
        ok=True, text=f"Reads what mentions it, replies to it or is written to it directly.{unused}"
    )


async def _commands(patient: Patient, client: discord.Client) -> ProbeResult:
    elsewhere = client.application.interactions_endpoint_url if client.application else None
    if elsewhere:
        return ProbeResult(
            ok=False,
            text=f"Commands and buttons go to {elsewhere}, and not to the bot.",
            mend=f"{_page(client)}/information → Interactions Endpoint URL: empty it.",
        )
    known = {command.name for command in await app_commands.CommandTree(client).fetch_commands()}
    if not known:
        return ProbeResult(ok=True, text="None yet: docsbot discord tells them to Discord when it starts.")
    missing, strange = sorted(NAMES - known), sorted(known - NAMES)
    if not missing and not strange:
        return ProbeResult(ok=True, text=f"All {len(NAMES)} are known to Discord.")
    found = [f"missing: {', '.join(missing)}"] if missing else []
    found += [f"not the bot's: {', '.join(strange)}"] if strange else []
    return ProbeResult(ok=False, text=f"{'; '.join(found).capitalize()}.", mend=_AGAIN)


async def _servers(patient: Patient, client: discord.Client) -> ProbeResult:
    guilds, more = await list_guilds(client)
    if not guilds:
        return ProbeResult(ok=False, text="The bot is in no server.", mend="Open the address above.")
    faults, mends = [], []
    for guild in guilds:
        server = await open_server(client, guild.id)
        lacks = find_lacks(server, in_threads=patient.in_threads)
        if lacks:
            faults.append(f"In “{guild.name}”: {'; '.join(lack.describe() for lack in lacks)}")
            mends += [f"“{guild.name}”: {lack.mend(server.role)}" for lack in lacks]
    rest = f" Only the first {MOST} were looked into." if more else ""
    if faults:
        return ProbeResult(ok=False, text=f"{'. '.join(faults)}.{rest}", mend=f"{'; '.join(mends)}.")
    names = ", ".join(f"“{guild.name}”" for guild in guilds)
    return ProbeResult(ok=True, text=f"Nothing is missing in {names}.{rest}")


async def _maintainers(patient: Patient, client: discord.Client) -> ProbeResult:
    if not patient.maintainers:
        return ProbeResult(ok=True, text="None but those who may manage the server.")
    return ProbeResult(ok=True, text=await find_maintainers(client, patient.maintainers))


async def _escalation(patient: Patient, client: discord.Client) -> ProbeResult:
    if not patient.escalation:
        return ProbeResult(ok=True, text="None: nobody is asked where the documentation has no answer.")
    return ProbeResult(ok=True, text=await find_desk(client, patient.escalation))


def _page(client: discord.Client) -> str:
    return f"{PORTAL}/{client.application_id}"


def _copy_token() -> str:
    return f"Open {PORTAL} → your application → Bot → Reset Token, and copy it into DISCORD_TOKEN."
