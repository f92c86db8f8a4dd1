"""The page: its files as they are in the package, and what browsers are told about them."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

PLACES: Mapping[str, str] = {"/": "index.html", "/a/{answer}": "index.html", "/status": "status.html"}
"""Address → page. Which answer is shown, and who may see it, is between its script and the API."""
_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        # Whatever a script would make of a text but a text is refused by the browser.
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
_SAFE = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_ASSETS = b"/assets/current/"  # as written in the pages; the version takes the place of the last part


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    body: bytes
    packed: bytes
    """By gzip."""
    type: str
    etag: str


def page_routes() -> list[Route]:
    """Routes of the pages and their assets, which are read here. Their addresses hold a hash of them all, so
    that browsers may keep them for good."""
    read = _read()
    version = hashlib.sha256(b"".join(name.encode() + read[name] for name in sorted(read))).hexdigest()[:16]
    own = f"/assets/{version}/".encode()
    served = {name: _make(name, body.replace(_ASSETS, own)) for name, body in read.items()}

    def page(name: str) -> Callable[[Request], Response]:
        return lambda request: _answer(request, served[name], "no-cache")

    async def asset(request: Request) -> Response:
        found = served.get(request.path_params["name"])
        if found is None or found.type == _TYPES["html"]:
            raise HTTPException(404)
        # A page of another version, served while several are about, is given what there is.
        known = request.path_params["version"] == version
        return _answer(request, found, "public, max-age=31536000, immutable" if known else "no-cache")

    pages = [Route(place, page(name), include_in_schema=False) for place, name in PLACES.items()]
    return [*pages, Route("/assets/{version}/{name}", asset, include_in_schema=False)]


def _read() -> dict[str, bytes]:
    """All files of the page by name."""
    folder = files("bot.gateway") / "page"
    return {
        item.name: item.read_bytes() for item in folder.iterdir() if item.name.rpartition(".")[2] in _TYPES
    }


def _make(name: str, body: bytes) -> _File:
    # Weak: with gzip, other bytes say the same.
    etag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
    packed = gzip.compress(body, mtime=0)
    return _File(body=body, packed=packed, type=_TYPES[name.rpartition(".")[2]], etag=etag)


def _answer(request: Request, file: _File, caching: str) -> Response:
    headers = {**_SAFE, "ETag": file.etag, "Cache-Control": caching, "Vary": "Accept-Encoding"}
    known = [tag.strip() for tag in request.headers.get("if-none-match", "").split(",")]
    if file.etag in known or known == ["*"]:
        return Response(status_code=304, headers=headers)
    headers["Content-Type"] = file.type
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.packed, headers={**headers, "Content-Encoding": "gzip"})
    return Response(file.body, headers=headers)
