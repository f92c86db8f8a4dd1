"""The application commands: as Discord shows them, and what each leads to."""

from __future__ import annotations

import logging

import discord
from discord import app_commands

from bot.chat.commands import CHOICES, NAME, NO_WORDS
from bot.conversation.configuring import MODES
from bot.core.errors import DocsbotError
from bot.discord.markup.names import ANSWER, ASK, CONFIG, REINDEX, STATUS
from bot.discord.reception import Reception
from bot.discord.transport.interactions import settle
from bot.discord.transport.telling import Tree

logger = logging.getLogger(__name__)

QUESTION = 2_000
"""Characters of a question."""
Interaction = discord.Interaction[discord.Client]
Choices = list[app_commands.Choice[str]]


def make_tree(client: discord.Client, reception: Reception) -> Tree:
    """Every command, registered; nothing is told to Discord yet."""
    tree = app_commands.CommandTree(
        client,
        # Said outright: stricter servers refuse null.
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
    )
    _add_asking(tree, reception)
    _add_managing(tree, reception)
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


def _add_asking(tree: Tree, reception: Reception) -> None:
    commands, platform = reception.front.commands, reception.platform

    @tree.command(name=ASK, description="Ask the documentation; only you see the answer")
    @app_commands.describe(question="What you want to know")
    async def ask(interaction: Interaction, question: app_commands.Range[str, 1, QUESTION]) -> None:
        if act := await reception.receive(interaction):
            await commands.ask(act, act.key, question)

    @ask.autocomplete("question")
    async def complete(interaction: Interaction, typed: str) -> Choices:
        return _choices(await commands.titles(typed))

    @tree.command(name=STATUS, description="What the bot answers from, and how fresh that is")
    async def status(interaction: Interaction) -> None:
        if act := await reception.receive(interaction):
            await commands.status(act)

    @tree.context_menu(name=ANSWER)
    async def answer(interaction: Interaction, message: discord.Message) -> None:
        if not (act := await reception.receive(interaction)):
            return
        if asked := reception.read(message):
            await commands.answer_message(act, asked, lambda: platform.first(asked))
        else:
            await act.tell(NO_WORDS)


def _add_managing(tree: Tree, reception: Reception) -> None:
    commands = reception.front.commands
    modes = [app_commands.Choice(name=text, value=mode) for mode, text in MODES.items()]
    in_guilds = app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)

    @tree.command(name=REINDEX, description="Read the documentation again (maintainers)")
    @app_commands.describe(source="One source; without it, all")
    @app_commands.default_permissions(manage_guild=True)
    @in_guilds
    async def reindex(interaction: Interaction, source: str = "") -> None:
        if act := await reception.receive(interaction, private=not reception.may_manage(interaction)):
            await commands.reindex(act, (source,) if source else ())

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
        if act := await reception.receive(interaction):
            await commands.change_settings(act, act.key, mode=answers, sources=sources, language=language)

    async def complete(interaction: Interaction, typed: str) -> Choices:
        return _choices(await commands.sources(typed))

    reindex.autocomplete("source")(complete)
    config.autocomplete("sources")(complete)


def _choices(names: list[str]) -> Choices:
    return [app_commands.Choice(name=name, value=name) for name in names if len(name) <= NAME][:CHOICES]
