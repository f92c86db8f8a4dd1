"""What the doctor asks of the parts that every command needs: data folder, sources, index, model."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.docs import OpenSource
from bot.check import Probe, ProbeResult
from bot.core.errors import DocsbotError
from bot.core.ports import IndexControl, Message, Model
from pipelines.errors import SourceError


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What is examined."""

    data: Path
    index: IndexControl
    sources: tuple[str, ...]
    open_source: OpenSource
    model: Model | None


def list_probes(parts: Parts) -> tuple[Probe, ...]:
    return (
        Probe(name="data folder", run=lambda: _data(parts.data)),
        *(Probe(name=f"source {spec}", run=_source(parts.open_source, spec)) for spec in parts.sources),
        Probe(name="index", run=lambda: _index(parts.index)),
        Probe(name="language model", run=lambda: _model(parts.model)),
    )


async def _data(folder: Path) -> ProbeResult:
    try:
        await asyncio.to_thread(_write, folder)
    except OSError as error:
        return ProbeResult(
            ok=False,
            text=f"{folder} cannot be written: {os.strerror(error.errno or 0)}.",
            mend="Set DOCSBOT_DATA (or --data) to a folder that can be written.",
        )
    return ProbeResult(ok=True, text=f"{folder} can be written.")


def _write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"docsbot")


def _source(open_source: OpenSource, spec: str) -> Callable[[], Awaitable[ProbeResult]]:
    async def run() -> ProbeResult:
        try:
            source = open_source(spec)
            try:
                listing = await source.list()
            finally:
                await source.close()
        except SourceError as error:
            return ProbeResult(ok=False, text=str(error), mend="Check DOCS_SOURCES.")
        found = _count(len(listing.entries), "document")
        if listing.commit:
            found += f" at {listing.commit[:7]}"
        if not listing.entries:
            return ProbeResult(ok=False, text="No documents.", mend="Name the folder that holds them.")
        return ProbeResult(ok=True, text=f"{found}, {_count(len(listing.skipped), 'file')} left out.")

    return run


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


async def _index(index: IndexControl) -> ProbeResult:
    try:
        status = await index.status()
    except DocsbotError as error:
        return ProbeResult(ok=False, text=error.detail or error.text)
    if not status.chunks:
        return ProbeResult(ok=False, text="Nothing is indexed yet.", mend="Run `docsbot index`.")
    return ProbeResult(
        ok=True,
        text=f"{_count(status.chunks, 'chunk')} of {_count(len(status.sources), 'source')}, "
        f"embedded by {status.embedding_model}.",
    )


async def _model(model: Model | None) -> ProbeResult:
    if model is None:
        return ProbeResult(ok=True, text="None: the documentation is quoted.")
    messages = [Message(role="user", text="Answer with the word yes.")]
    try:
        async with aclosing(model.stream(messages)) as pieces:
            async for _ in pieces:
                return ProbeResult(ok=True, text=f"{model.name} answers.")
    except DocsbotError as error:
        return ProbeResult(
            ok=False,
            text=f"{model.name} does not answer: {error.detail or error.text}",
            mend="Check OPENAI_API_KEY, OPENAI_BASE_URL and OPENAI_MODEL.",
        )
    return ProbeResult(ok=False, text=f"{model.name} answers with nothing.", mend="Check OPENAI_MODEL.")
