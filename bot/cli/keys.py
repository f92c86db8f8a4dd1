"""docsbot keys: who may call the gateway."""

from __future__ import annotations

import argparse
import asyncio
import re
from collections.abc import Sequence

from bot.cli.configuration import read_settings
from bot.cli.runtime import ANSWERED, FAILED, Runtime, UsageError
from bot.core.access import Key, Scope
from bot.records import encode
from bot.settings import Settings

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def run(args: argparse.Namespace, runtime: Runtime) -> int:
    if args.action in ("add", "revoke") and not _NAME.fullmatch(args.name):
        raise UsageError("A key's name is made of 1 to 64 letters, digits, '.', '_' and '-': docs-site")
    settings = read_settings(args, runtime)
    if args.action == "add":
        scopes: list[Scope] = args.scope or ["ask"]
        return asyncio.run(_add(settings, runtime, args.name, scopes))
    if args.action == "revoke":
        return asyncio.run(_revoke(settings, runtime, args.name))
    return asyncio.run(_list(settings, runtime, as_json=args.json))


async def _add(settings: Settings, runtime: Runtime, name: str, scopes: Sequence[Scope]) -> int:
    from bot.wiring.keys import open_keyring

    async with open_keyring(settings) as keyring:
        plaintext = await keyring.make(name, scopes)
    if plaintext is None:
        runtime.warn(f"There is a key {name} already: revoke it, or choose another name.")
        return FAILED
    runtime.warn(f"The key {name}, for {' and '.join(scopes)}. It is shown this once only:")
    runtime.print(plaintext)
    return ANSWERED


async def _revoke(settings: Settings, runtime: Runtime, name: str) -> int:
    from bot.wiring.keys import open_keyring

    async with open_keyring(settings) as keyring:
        revoked = await keyring.revoke(name)
    if not revoked:
        runtime.warn(f"There is no key {name}: `docsbot keys list` shows those there are.")
        return FAILED
    runtime.print(f"The key {name} is revoked.")
    return ANSWERED


async def _list(settings: Settings, runtime: Runtime, *, as_json: bool) -> int:
    from bot.wiring.keys import open_keyring

    async with open_keyring(settings) as keyring:
        found = await keyring.list()
    if as_json:
        runtime.print(encode({"keys": [_record(key) for key in found]}))
    elif found:
        runtime.print("\n".join(_describe(key) for key in found))
    else:
        runtime.warn("There is no key yet: docsbot keys add NAME --scope ask")
    return ANSWERED


def _record(key: Key) -> dict[str, object]:
    used = key.used_at.isoformat() if key.used_at else None
    return {
        "name": key.name,
        "scopes": list(key.scopes),
        "made_at": key.made_at.isoformat(),
        "used_at": used,
    }


def _describe(key: Key) -> str:
    used = f"used {key.used_at:%Y-%m-%d %H:%M} UTC" if key.used_at else "never used"
    return f"{key.name}: {', '.join(key.scopes)}; made {key.made_at:%Y-%m-%d}, {used}"
