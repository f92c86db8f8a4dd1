"""The application commands as Discord shows them, and when they are told to it."""

from __future__ import annotations

import hashlib
import json
import logging
from typing import Literal

import discord
from discord import app_commands

from bot.conversation.configuring import MODES
from bot.conversation.jobs import Jobs
from bot.conversation.models import ReplyGone
from bot.core.errors import DocsbotError
from bot.core.state import MessageKey
from bot.discord.commands import Commands
from bot.discord.transport.interactions import settle
from bot.discord.transport.reach import reach

logger = logging.getLogger(__name__)

QUESTION = 2_000
"""Characters of a question."""
ASK, STATUS, REINDEX, CONFIG = "ask", "status", "reindex", "config"
ANSWER = "Answer from the docs"
NAMES = frozenset({ASK, STATUS, REINDEX, CONFIG, ANSWER})
"""Of all commands."""
Telling = Literal["told", "known", "busy"]
"""What came of telling Discord the commands: busy where another process is at it, or has died of it."""
Tree = app_commands.CommandTree[discord.Client]
Interaction = discord.Interaction[discord.Client]


def make_tree(client: discord.Client, commands: Commands, *, in_threads: bool) -> Tree:
    """Every command, registered; nothing is told to Discord yet."""
    tree = app_commands.CommandTree(
        client,
        # Said outright: stricter servers refuse null.
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
    )
    _add_asking(tree, commands, in_threads=in_threads)
    _add_managing(tree, commands)
    tree.error(_excuse)
    return tree


async def _excuse(interaction: Interaction, error: app_commands.AppCommandError) -> None:
    """What a command has come to, in its message that stands in, where it is of the bot's own kind."""
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    if isinstance(cause, DocsbotError):
        logger.warning("a command: %s", cause)
        await settle(interaction, cause.text)
    else:
        logger.error("a command failed", exc_info=error)


def _add_asking(tree: Tree, commands: Commands, *, in_threads: bool) -> None:
    @tree.command(name=ASK, description="Ask the documentation; only you see the answer")
    @app_commands.describe(question="What you want to know")
    async def ask(interaction: Interaction, question: app_commands.Range[str, 1, QUESTION]) -> None:
        await commands.ask(interaction, question)

    @ask.autocomplete("question")
    async def complete(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return _choices(await commands.titles(typed))

    @tree.command(name=STATUS, description="What the bot answers from, and how fresh that is")
    async def status(interaction: Interaction) -> None:
        await commands.status(interaction)

    @tree.context_menu(name=ANSWER)
    async def answer(interaction: Interaction, message: discord.Message) -> None:
        await commands.answer_message(interaction, message, in_threads=in_threads)


def _add_managing(tree: Tree, commands: Commands) -> None:
    modes = [app_commands.Choice(name=text, value=mode) for mode, text in MODES.items()]
    in_guilds = app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)

    @tree.command(name=REINDEX, description="Read the documentation again (maintainers)")
    @app_commands.describe(source="One source; without it, all")
    @app_commands.default_permissions(manage_guild=True)
    @in_guilds
    async def reindex(interaction: Interaction, source: str = "") -> None:
        await commands.reindex(interaction, source)

    @tree.command(name=CONFIG, description="How the bot answers in this channel (maintainers)")
    @app_commands.describe(
        answers="Questions that do not mention the bot",
        sources="Names of the sources to answer from, with blanks between; all for everything",
        language="Language to answer in; a blank for that of the question",
    )
    @app_commands.choices(answers=modes)
    @app_commands.default_permissions(manage_guild=True)
    @in_guilds
    async def config(
        interaction: Interaction, answers: str = "", sources: str = "", language: str | None = None
    ) -> None:
        await commands.config(interaction, answers=answers, sources=sources, language=language)

    async def complete(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return _choices(await commands.sources(typed))

    reindex.autocomplete("source")(complete)
    config.autocomplete("sources")(complete)


def _choices(names: list[str]) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=name, value=name) for name in names]


async def sync(tree: Tree, jobs: Jobs, *, application: int) -> Telling:
    """Tells Discord the commands where they have changed since they were last told, or are gone.

    Raises ReplyGone.
    """
    described = [command.to_dict(tree) for command in tree.get_commands()]
    digest = hashlib.sha256(json.dumps(described, sort_keys=True, default=str).encode()).hexdigest()
    key = MessageKey(platform="discord", team=str(application), channel="", message="commands")
    job = await jobs.start(key, "sync", subject=digest)
    if job is None:
        before = await jobs.find(key, "sync")
        if before is None or before.outcome is None:
            return "busy"
        if await _knows(tree):
            return "known"
        await reach(tree.sync)  # another program has told it others for the same application
        return "told"
    try:
        await reach(tree.sync)
    except ReplyGone:
        await jobs.end(job, ok=False)
        raise
    await jobs.end(job)
    logger.info("told Discord %d commands", len(described))
    return "told"


async def _knows(tree: Tree) -> bool:
    known = await reach(tree.fetch_commands)
    return {command.name for command in known} == {command.name for command in tree.get_commands()}
