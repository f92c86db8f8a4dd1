"""docsbot chat: indexes what is new, then a conversation."""

from __future__ import annotations

import argparse
import asyncio

from bot.cli.ask import UNINDEXED, make_screen
from bot.cli.configuration import read_settings
from bot.cli.runtime import ANSWERED, FAILED, Runtime
from bot.core.amounts import count
from bot.core.models import IndexStatus
from bot.core.ports import Service
from bot.settings import Settings
from bot.terminal.conversation import COMMANDS, Conversation
from bot.terminal.progress import follow, open_display
from bot.terminal.prompt import KeyboardPrompt, PipePrompt, Prompt
from bot.terminal.screen import Screen
from bot.terminal.summary import changed, describe_crawl


def run(args: argparse.Namespace, runtime: Runtime) -> int:
    settings = read_settings(args, runtime)
    return asyncio.run(_chat(settings, tuple(args.sources), runtime, rebuild=args.rebuild))


async def _chat(settings: Settings, sources: tuple[str, ...], runtime: Runtime, *, rebuild: bool) -> int:
    screen = make_screen(runtime)
    prompt = _make_prompt(settings, runtime)
    async with runtime.open_bot(settings, sources=sources) as bot:
        await _index(bot, sources, runtime, rebuild=rebuild)
        status = await bot.index.status()
        if not status.chunks:
            runtime.warn(UNINDEXED)
            return FAILED
        if prompt.interactive:
            _greet(status, screen)
        conversation = Conversation(
            bot,
            screen,
            prompt,
            sources=sources,
            progress=runtime.stderr,
            environ=runtime.environ,
            fancy=runtime.fancy(runtime.stderr),
        )
        await conversation.hold()
    return ANSWERED


def _make_prompt(settings: Settings, runtime: Runtime) -> Prompt:
    if runtime.stdin_is_terminal and runtime.fancy(runtime.stdout):
        return KeyboardPrompt(settings.data, tuple(COMMANDS))
    return PipePrompt(runtime.open_stdin())


async def _index(bot: Service, sources: tuple[str, ...], runtime: Runtime, *, rebuild: bool) -> None:
    """A source that cannot be reached today is no reason not to answer from what is stored of it."""
    with open_display(runtime.stderr, runtime.environ, fancy=runtime.fancy(runtime.stderr)) as show:
        ends = await follow(bot.index.reindex(sources, rebuild=rebuild), show)
    for end in ends:
        if changed(end):
            runtime.warn(describe_crawl(end, listing=False))


def _greet(status: IndexStatus, screen: Screen) -> None:
    model = status.language_model
    how = "quoting the documentation" if model == "extractive" else f"with {model}"
    screen.say(f"Answering from {count(status.chunks, 'chunk')}, {how}. /help for commands, Ctrl-D to leave.")
