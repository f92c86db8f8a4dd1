"""The settings of this call: the command line before the environment before `.env`."""

from __future__ import annotations

import argparse
import os

from bot.cli.logs import configure
from bot.cli.runtime import Runtime, UsageError
from bot.environment import Layer, merge, read_env_file, with_files
from bot.settings import Settings


def read_layers(args: argparse.Namespace, runtime: Runtime) -> tuple[Layer, ...]:
    """Raises SettingsError, UsageError."""
    data: str | None = args.data
    if data is not None and not data.strip():
        raise UsageError("--data needs the name of a folder, for example: --data .docsbot")
    return (
        Layer(name="command line", values={} if data is None else {"DOCSBOT_DATA": data}),
        Layer(name="environment", values=with_files(runtime.environ)),
        Layer(name=".env", values=with_files(read_env_file(runtime.folder))),
    )


def read_settings(args: argparse.Namespace, runtime: Runtime) -> Settings:
    """The settings, which from now on say how is logged. Raises SettingsError, UsageError."""
    settings = Settings.read(merge(read_layers(args, runtime)))
    configure(args.verbose, runtime.stderr, settings)
    if settings.otlp_endpoint:
        export(args, runtime, "OTEL_")
    return settings


def export(args: argparse.Namespace, runtime: Runtime, prefix: str) -> None:
    """Puts what `.env` says of a library's own variables where that library looks: into the environment."""
    for name, value in merge(read_layers(args, runtime)).items():
        if name.startswith(prefix):
            os.environ.setdefault(name, value)
