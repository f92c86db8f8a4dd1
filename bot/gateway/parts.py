"""What the gateway is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from bot.core.ports import IndexControl, Retriever
from bot.core.state import State
from bot.gateway.access import Caller, Guard
from bot.gateway.asking import Asking
from bot.gateway.crawl_desk import CrawlDesk
from bot.gateway.gaps import Embedder
from bot.gateway.github import Webhook
from bot.gateway.health import Readiness
from bot.gateway.metrics import Metrics
from bot.gateway.problems import Problem
from bot.gateway.rendering import name_source


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredSource:
    """A source that the operator has named."""

    spec: str
    """As in DOCS_SOURCES."""
    id: str
    """Its name in the index; empty where the spec is malformed."""

    @property
    def names(self) -> frozenset[str]:
        """All that it may be called over the web."""
        return frozenset({self.spec, self.id, name_source(self.id)}) - {""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the routes work with. Opened and closed by whoever serves them."""

    asking: Asking
    retriever: Retriever
    meanings: Embedder
    index: IndexControl
    state: State
    guard: Guard
    desk: CrawlDesk
    metrics: Metrics
    readiness: Readiness
    webhook: Webhook | None
    """None without a secret."""
    sources: tuple[ConfiguredSource, ...]

    def find_specs(self, names: Sequence[str]) -> tuple[str, ...]:
        """The configured sources of these names, as the operator wrote them. Raises Problem."""
        return tuple(dict.fromkeys(self._find(name).spec for name in names))

    async def find_ids(self, names: Sequence[str]) -> tuple[str, ...]:
        """The indexed sources of these names, configured or not. Raises Problem, IndexUnusable."""
        if not names:
            return ()
        known = {name: source.id for source in self.sources for name in source.names if source.id}
        for source in (await self.index.status()).sources:
            known |= {source.source: source.source}
            known.setdefault(name_source(source.source), source.source)
        unknown = [name for name in names if name not in known]
        if unknown:
            raise _unknown_source()
        return tuple(dict.fromkeys(known[name] for name in names))

    def _find(self, name: str) -> ConfiguredSource:
        for source in self.sources:
            if name in source.names:
                return source
        raise _unknown_source()


def _unknown_source() -> Problem:
    return Problem(404, "unknown_source", "There is no source of that name: see /v1/status.")


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


Gateway = Annotated[Parts, Depends(_parts)]
_scheme = HTTPBearer(
    scheme_name="key", description="A key that `docsbot keys add` has made.", auto_error=False
)


async def _may_ask(request: Request, parts: Gateway, _: Annotated[object, Depends(_scheme)]) -> Caller:
    caller = await parts.guard.admit(request, "ask")
    parts.guard.charge(caller, "ask")
    return caller


async def _may_read(request: Request, parts: Gateway, _: Annotated[object, Depends(_scheme)]) -> Caller:
    caller = await parts.guard.admit(request, "ask", "maintain")
    parts.guard.charge(caller, "read")
    return caller


async def _may_maintain(request: Request, parts: Gateway, _: Annotated[object, Depends(_scheme)]) -> Caller:
    return await parts.guard.admit(request, "maintain")


MayAsk = Annotated[Caller, Depends(_may_ask)]
"""With the scope ask; a question is counted."""
MayRead = Annotated[Caller, Depends(_may_read)]
"""With either scope; a read is counted."""
MayMaintain = Annotated[Caller, Depends(_may_maintain)]
