"""A call of the Web API: read from a request, whatever its shape, and held against Slack's types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web

from tests.fakes.slack import schema
from tests.fakes.slack.models import SlackError
from tests.fakes.slack.rules import broken_rule
from tests.fakes.slack.signatures import SIGNATURES
from tests.fakes.slack.wire import Json, parse, parse_object, text_of

TRUE, FALSE = {"1", "true", "True"}, {"0", "false", "False"}


@dataclass(slots=True, kw_only=True)
class Call:
    """One call, kept for the test to look at."""

    method: str
    args: Json
    """Without the token and the team_id that Bolt adds to everything."""
    token: str
    at: float
    """time.time() of its arrival."""
    verb: str = "POST"
    error: str = ""
    """The code it was answered with; `ratelimited` for a 429, `http_503` and the like, `dropped`."""
    answer: Json = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.error

    def text(self, key: str) -> str:
        return text_of(self.args, key)

    def flag(self, key: str, default: bool = False) -> bool:
        value = self.args.get(key, default)
        return value is True

    def number(self, key: str, default: int) -> int:
        value = self.args.get(key, default)
        return value if isinstance(value, int) else default


async def read_call(request: web.Request, method: str, *, at: float) -> Call:
    """GET or POST; arguments in the query, a form, or JSON; the token in the header or among them."""
    args: Json = dict(request.query)
    if request.method == "POST" and request.can_read_body:
        if request.content_type == "application/json":
            args |= parse_object(await request.text())
        else:
            args |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    token = str(args.pop("token", "")) or token
    args.pop("team_id", None)
    typed = {key: _typed(method, key, value) for key, value in args.items()}
    return Call(method=method, args=typed, token=token, at=at, verb=request.method)


def check(call: Call) -> None:
    """Refuses a call whose arguments Slack would refuse.

    Raises:
        SlackError: With the code that Slack answers, and the violation.
    """
    said = _problem(call) or broken_rule(call.method, call.args)
    if said:
        raise SlackError(
            _code(said), violation=said, extra={"response_metadata": {"messages": [f"[ERROR] {said}"]}}
        )


def _problem(call: Call) -> str | None:
    if call.method in schema.roots():
        return schema.problem(call.method, call.args)
    known = SIGNATURES[call.method]
    for name in known:
        if name.endswith("!") and name[:-1] not in call.args:
            return f"'{name[:-1]}' is a required property [json-pointer:/]"
    for key, value in call.args.items():
        kind = known.get(f"{key}!", known.get(key))
        if kind is None:
            return f"Additional properties are not allowed ({key!r} was unexpected) [json-pointer:/]"
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            return f"{value!r} is not of type {kind.__name__!r} [json-pointer:/{key}]"
    return schema.problem("View", call.args["view"]) if call.method.startswith("views.") else None


def _code(said: str) -> str:
    for place, code in (("/blocks", "invalid_blocks"), ("/chunks", "invalid_chunks")):
        if f"[json-pointer:{place}" in said:
            return code
    return "invalid_arguments"


def _typed(method: str, key: str, value: object) -> object:
    """A form's or a query's text as the value it stands for; everything else as it is."""
    if not isinstance(value, str):
        return value
    if key in ("blocks", "chunks", "attachments", "metadata", "view", "prompts", "loading_messages"):
        return parse(value)
    kind = _kind(SIGNATURES.get(method, {}), key)
    if kind is bool and value in TRUE | FALSE:
        return value in TRUE
    if kind is int and value.isdecimal():
        return int(value)
    return value


def _kind(known: Mapping[str, type], key: str) -> type | None:
    if key in ("unfurl_links", "unfurl_media", "as_user", "link_names", "mrkdwn", "reply_broadcast"):
        return bool
    return known.get(f"{key}!", known.get(key))
