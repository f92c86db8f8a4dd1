"""docsbot manifest: the Slack app's manifest for a transport."""

from __future__ import annotations

import argparse

from bot.cli.runtime import ANSWERED, Runtime, UsageError
from bot.slack.setup.manifest import AddressInvalid, render_manifest


def run(args: argparse.Namespace, runtime: Runtime) -> int:
    try:
        text = render_manifest(args.http or "")
    except AddressInvalid as error:
        raise UsageError(f"--http: {error}.") from error
    runtime.print(text.rstrip("\n"))
    return ANSWERED
