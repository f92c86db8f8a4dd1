"""docsbot manifest."""

from __future__ import annotations

import pytest

from bot.slack.setup.manifest import render_manifest
from tests.cli.calls import Caller

URL = "https://docs-bot.example.org"
MANIFESTS = {"socket": render_manifest(), "http": render_manifest(URL)}


@pytest.mark.parametrize(
    ("argv", "name"), [([], "socket"), (["--socket"], "socket"), (["--http", URL], "http")]
)
def test_the_command_prints_it(call: Caller, argv: list[str], name: str) -> None:
    said = call("manifest", *argv)
    assert (said.code, said.out, said.err) == (0, MANIFESTS[name], "")


def test_the_command_refuses_an_address_in_one_sentence(call: Caller) -> None:
    said = call("manifest", "--http", "http://x.org")
    assert (said.code, said.out) == (2, "")
    assert "https" in said.err
    assert said.err.count("\n") == 1
