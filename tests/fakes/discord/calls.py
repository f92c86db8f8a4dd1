"""A call of the REST API: read from a request, whatever its shape."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from aiohttp import web
from multidict import MultiMapping

from tests.fakes.discord import schema
from tests.fakes.slack.wire import Json, as_object, parse

ROOTS = "users|channels|guilds|applications|oauth2|gateway|interactions|webhooks"
BASE = re.compile(rf"^.*?/(?=(?:{ROOTS})(?:/|$))")


@dataclass(slots=True, kw_only=True)
class Call:
    """One call, kept for the test to look at."""

    method: str
    path: str
    """Without what stands before the API's own part: `/channels/1/messages`."""
    operation: str
    """`POST /channels/{channel_id}/messages`; empty for one that the fake does not know."""
    params: dict[str, str]
    query: dict[str, str]
    payload: object
    """The JSON that was sent; None for none."""
    token: str
    at: float
    """The guild's clock at its arrival."""
    ended: float = 0.0
    """The guild's clock when it was answered; 0 while it is under way."""
    files: list[str] = field(default_factory=list)
    status: int = 0
    """What it was answered with; 0 when the connection was cut."""
    code: int = 0
    """Discord's code of a refusal."""
    answer: object = None

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def body(self) -> Json:
        """What was sent, if it was an object."""
        return as_object(self.payload)

    @property
    def route(self) -> str:
        return f"{self.method} {self.path}"


async def read_call(request: web.Request, *, at: float) -> Call:
    """Reads JSON, or the part `payload_json` of a form with files."""
    path = BASE.sub("/", request.raw_path.partition("?")[0])
    known = schema.resolve(request.method, path)
    payload: object = None
    files: list[str] = []
    if request.content_type.startswith("multipart/"):
        payload, files = _parts(await request.post())
    elif request.can_read_body:
        payload = parse(await request.text())
    return Call(
        method=request.method,
        path=path,
        operation=known[0] if known is not None else "",
        params={name: unquote(value) for name, value in known[1].items()} if known is not None else {},
        query=dict(request.query),
        payload=payload,
        token=request.headers.get("Authorization", "").removeprefix("Bot "),
        at=at,
        files=files,
    )


def _parts(form: MultiMapping[str | web.FileField | bytearray | bytes]) -> tuple[object, list[str]]:
    said = form.get("payload_json")
    files = [each.filename for each in form.values() if isinstance(each, web.FileField)]
    return (parse(said) if isinstance(said, str) else None), files
