"""Calls the command in this process, with a scripted bot, and keeps what it said."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.__main__ import main
from bot.check import Probe
from bot.cli.runtime import Runtime
from bot.settings import Settings
from tests.fakes.answerer import ScriptedService


@dataclass(frozen=True)
class Call:
    code: int
    out: str
    err: str


@dataclass
class Caller:
    """One machine with one bot; called like the command."""

    folder: Path
    service: ScriptedService = field(default_factory=ScriptedService)
    environ: Mapping[str, str] = field(default_factory=dict)
    probes: tuple[Probe, ...] = ()
    at_terminal: bool = False
    """A person sits at stdin."""

    def __call__(self, *argv: str, stdin: bytes = b"") -> Call:
        out, err = io.StringIO(), io.StringIO()
        runtime = Runtime(
            open_bot=self.service,
            probes=self._probes,
            environ=self.environ,
            folder=self.folder,
            open_stdin=lambda: io.BytesIO(stdin),
            stdin_is_terminal=self.at_terminal,
            stdout=out,
            stderr=err,
        )
        code = main(argv, runtime)
        assert self.service.open == 0, "the bot was left open"
        return Call(code, out.getvalue(), err.getvalue())

    def _probes(self, settings: Settings) -> tuple[Probe, ...]:
        return self.probes
