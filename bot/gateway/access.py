"""Who calls, what he may do, and how much of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

from starlette.requests import HTTPConnection

from bot.conversation.limits import RateLimit
from bot.core.access import Keyring, Scope
from bot.gateway.addresses import Proxies, find_client, network_of
from bot.gateway.problems import forbidden, limited, unauthorized

READS = 6
"""Reads (a search, a status) that cost as much as one question."""
_NOTED_EVERY = 60.0  # seconds between two notes of a key's use
_FORWARDING = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who sent a request."""

    key: str
    """The name of his key; empty for somebody without one."""
    scopes: frozenset[Scope]
    network: str
    """What is counted as one client."""

    @property
    def user(self) -> str:
        """As he stands in the records: those who have no key are nobody in particular."""
        return f"key:{self.key}" if self.key else ""

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Questions a minute; 0 for no limit."""

    key: int
    address: int


class Guard:
    """Lets callers in, by key or, where the operator allows it, without one."""

    def __init__(self, keyring: Keyring, *, anonymous: bool, limits: Limits, proxies: Proxies) -> None:
        self._keyring = keyring
        self.anonymous = anonymous
        self._proxies = proxies
        self._limits = {
            ("key", "ask"): RateLimit(limits.key),
            ("key", "read"): RateLimit(limits.key * READS),
            ("address", "ask"): RateLimit(limits.address),
            ("address", "read"): RateLimit(limits.address * READS),
        }
        self._noted: dict[str, float] = {}

    async def recognise(self, connection: HTTPConnection) -> Caller:
        """Who it is, whatever he may do. Raises Problem 401 for a key that is none, StateUnusable."""
        network = self.network(connection)
        header = connection.headers.get("authorization")
        if header is None:
            scopes: frozenset[Scope] = frozenset({"ask"}) if self.anonymous else frozenset()
            return Caller(key="", scopes=scopes, network=network)
        scheme, _, plaintext = header.partition(" ")
        key = await self._keyring.find(plaintext.strip()) if scheme.lower() == "bearer" else None
        if key is None:
            raise unauthorized("This key is not known here. It may have been revoked.")
        await self._note(key.name)
        return Caller(key=key.name, scopes=frozenset(key.scopes), network=network)

    async def admit(self, connection: HTTPConnection, *scopes: Scope) -> Caller:
        """Somebody who may do this (one of the scopes is enough). Raises Problem, StateUnusable."""
        caller = await self.recognise(connection)
        if any(caller.may(scope) for scope in scopes):
            return caller
        if caller.key:
            raise forbidden(f"This key has not the scope {' or '.join(scopes)}.")
        raise unauthorized("Send a key: `Authorization: Bearer dk_…`. `docsbot keys add` makes one.")

    def charge(self, caller: Caller, what: Literal["ask", "read"]) -> None:
        """Counts it. Raises Problem 429 where it is too much."""
        kind, name = ("key", caller.key) if caller.key else ("address", caller.network)
        wait = self._limits[kind, what].take(name)
        if wait:
            raise limited(wait)

    def network(self, connection: HTTPConnection) -> str:
        peer = connection.client.host if connection.client else ""
        return network_of(find_client(peer, connection.headers.getlist("x-forwarded-for"), self._proxies))

    def is_local(self, connection: HTTPConnection) -> bool:
        """Whether it comes from this machine itself, and through no proxy that could stand for others."""
        client = find_client(connection.client.host if connection.client else "", (), Proxies())
        if client is None or not client.is_loopback or self._proxies.include(client):
            return False
        host = connection.url.hostname or ""
        named = host == "localhost" or host.startswith("127.") or host == "::1"
        return named and not any(name in connection.headers for name in _FORWARDING)

    async def _note(self, name: str) -> None:
        now = time.monotonic()
        if now - self._noted.get(name, float("-inf")) > _NOTED_EVERY:
            self._noted[name] = now
            await self._keyring.note_use(name)
