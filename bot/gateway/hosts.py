"""By which names the gateway may be called, and from which origins.

A page of anywhere can make a browser call a name of its own that points to this machine; by the name that the
browser sends, it is found out.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from bot.gateway.problems import Problem, forbidden

_EVERYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104, compared with
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Hosts:
    def __init__(self, *, listens_on: str, public_url: str, origins: Iterable[str] = ()) -> None:
        """`origins`: web origins whose pages may call the gateway; `*` for all."""
        public = urlsplit(public_url)
        self._any = listens_on.strip("[]") in _EVERYWHERE and not public_url
        self._names = _LOOPBACK | {listens_on.strip("[]").lower(), public.hostname or ""} - {""}
        own = f"{public.scheme}://{public.netloc}".lower() if public_url else ""
        self._origins = {origin.lower().rstrip("/") for origin in origins} | ({own} - {""})

    def check(self, host: str) -> None:
        """Raises Problem 421 for a name that is not the gateway's."""
        name = _host_name(host)
        if name is None or not (self._any or name in self._names):
            message = "This gateway goes by another name. Its operator sets it by DOCSBOT_URL."
            raise Problem(421, "wrong_host", message)

    def check_origin(self, origin: str | None, host: str) -> None:
        """Raises Problem 403 for a page of elsewhere; programs send no origin."""
        if origin is None or "*" in self._origins or origin.lower() in self._origins:
            return
        if urlsplit(origin).netloc.lower() != host.lower():
            raise forbidden("Pages of this origin may not call the gateway: see DOCSBOT_CORS.")


def _host_name(host: str) -> str | None:
    """The name without its port; None for what is no host."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port  # raises for what is no port
    except ValueError:
        return None
    plain = parts.netloc == host and "@" not in host and not parts.path
    return parts.hostname if plain else None
