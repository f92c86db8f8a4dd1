"""The web application: routes, what they pass through, and what runs beside them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route

from bot.gateway import github, mcp_endpoint, reference
from bot.gateway.api import answers, ask, crawls, search, statistics
from bot.gateway.edge import Bounds, Edge
from bot.gateway.github import github_routes
from bot.gateway.health import health_routes
from bot.gateway.hosts import Hosts
from bot.gateway.mcp_endpoint import McpEndpoint
from bot.gateway.pages import page_routes
from bot.gateway.parts import Parts
from bot.gateway.problems import add_handlers
from bot.gateway.streams import ClientGone

DESCRIPTION = (
    "Answers from a project's documentation, with sources. Every refusal is `{error: {code, message}}`. "
    "Keys have the scopes `ask` and `maintain` and are sent as `Authorization: Bearer dk_…`."
)
_API = (ask.router, search.router, answers.router, crawls.router, statistics.router)
SLACK = "/slack/events"
BOUNDS = Bounds(
    largest={github.PATH: github.LARGEST, mcp_endpoint.PATH: mcp_endpoint.LARGEST, SLACK: 1024 * 1024},
    # Probes name the machine as they like; the others are signed.
    any_host=frozenset({"/healthz", "/readyz", github.PATH, SLACK}),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the gateway is, as others see it."""

    listens_on: str
    public_url: str = ""
    cors: tuple[str, ...] = ()
    """Web origins whose pages may call the API."""


def make_app(parts: Parts, place: Place, *, more: Sequence[APIRouter] = ()) -> FastAPI:
    """The application; `more`: routes of other fronts that take HTTP."""
    hosts = Hosts(listens_on=place.listens_on, public_url=place.public_url, origins=place.cors)
    endpoint = McpEndpoint(parts.guard, hosts)
    app = _Described(
        title="docsbot",
        version="1",
        description=DESCRIPTION,
        openapi_url="/v1/openapi.json",
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
        lifespan=_lifespan(parts, endpoint),
        redirect_slashes=False,
    )
    app.open_to_strangers = parts.guard.anonymous
    app.state.parts = parts
    add_handlers(app)
    app.add_exception_handler(ClientGone, _gone)
    for router in (
        *_API,
        github_routes(parts.webhook),
        health_routes(parts.readiness),
        reference.router,
        *more,
    ):
        app.include_router(router)
    app.router.routes.extend(page_routes())
    app.router.routes.append(Route(mcp_endpoint.PATH, endpoint=endpoint, include_in_schema=False))
    if place.cors:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=place.cors,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type"],
            expose_headers=["Retry-After", "X-Request-Id"],
        )
    app.add_middleware(
        Edge,
        metrics=parts.metrics,
        hosts=hosts,
        bounds=BOUNDS,
        secure=place.public_url.startswith("https://"),
    )
    return app


async def _gone(request: Request, error: Exception) -> Response:
    """Nobody reads it; the log has the status."""
    return Response(status_code=499)


class _Described(FastAPI):
    open_to_strangers = False

    def openapi(self) -> dict[str, Any]:
        """The description; where no key is needed to ask, it says so."""
        if self.openapi_schema is None:
            described = super().openapi()
            if self.open_to_strangers:
                for path in ("/v1/ask", "/v1/search", "/v1/status", "/v1/feedback", "/v1/answers/{answer}"):
                    for operation in described["paths"][path].values():
                        operation["security"] = [*operation.get("security", []), {}]
        return super().openapi()


def _lifespan(parts: Parts, endpoint: McpEndpoint) -> Any:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # Here and not above: the library takes a second to load, and only this process needs it.
        from mcp.server.transport_security import TransportSecuritySettings

        from bot.gateway.libraries import WebLibrary
        from bot.gateway.mcp import make_server

        server = make_server(WebLibrary(parts))
        # Hosts and origins are checked before: here would be a second list of them.
        unchecked = TransportSecuritySettings(enable_dns_rebinding_protection=False)
        server.streamable_http_app(stateless_http=True, transport_security=unchecked)
        sweeping = asyncio.create_task(parts.asking.sweep())
        try:
            async with endpoint.serving(server.session_manager):
                yield
        finally:
            sweeping.cancel()
            await asyncio.gather(sweeping, return_exceptions=True)
            await parts.desk.close()
            await parts.asking.close()

    return lifespan
