"""What Slack refuses and its types do not say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.fakes.slack.models import elements_of
from tests.fakes.slack.wire import Json, as_object, as_objects, text_of

MARKDOWN = 12_000
STATUSES = ("active", "processing", "suspended", "closed")


def broken_rule(method: str, args: Json) -> str | None:
    """The first rule that a call breaks, with its place; None when it keeps them all."""
    return next(_broken(method, args), None)


def _broken(method: str, args: Json) -> Iterator[str]:
    view = as_object(args.get("view"))
    for place, blocks in (("/blocks", args.get("blocks")), ("/view/blocks", view.get("blocks"))):
        yield from _blocks(place, as_objects(blocks))
    yield from _chunks(as_objects(args.get("chunks")))
    loading = args.get("loading_messages")
    if isinstance(loading, list) and len(loading) > 10:
        yield "no more than 10 items allowed [json-pointer:/loading_messages]"
    if len(as_objects(args.get("prompts"))) > 4:
        yield "no more than 4 items allowed [json-pointer:/prompts]"
    if method == "agents.sessions.setStatus" and args.get("status") not in STATUSES:
        yield f"status must be one of {STATUSES} [json-pointer:/status]"
    if "session_status" in args and args["session_status"] not in STATUSES:
        yield f"status must be one of {STATUSES} [json-pointer:/session_status]"
    if args.get("task_display_mode", "timeline") not in ("timeline", "plan"):
        yield "must be one of timeline, plan [json-pointer:/task_display_mode]"
    if text_of(view, "type") == "modal" and not view.get("submit") and _has_inputs(view):
        yield "a modal with input blocks needs a submit button [json-pointer:/view/submit]"


def _has_inputs(view: Json) -> bool:
    return any(text_of(block, "type") == "input" for block in as_objects(view.get("blocks")))


def _chunks(chunks: list[Json]) -> Iterator[str]:
    for index, chunk in enumerate(chunks):
        if len(text_of(chunk, "text")) > MARKDOWN:
            yield f"must be no more than {MARKDOWN} characters [json-pointer:/chunks/{index}/text]"
        yield from _blocks(f"/chunks/{index}/blocks", as_objects(chunk.get("blocks")))


def _blocks(place: str, blocks: list[Json]) -> Iterator[str]:
    ids = Counter(text_of(block, "block_id") for block in blocks if block.get("block_id"))
    for name, count in ids.items():
        if count > 1:
            yield f"block_id {name!r} already exists [json-pointer:{place}]"
    kinds = Counter(text_of(block, "type") for block in blocks)
    if kinds["table"] > 1:
        yield f"only_one_table_allowed [json-pointer:{place}]"
    if sum(len(text_of(block, "text")) for block in blocks if block.get("type") == "markdown") > MARKDOWN:
        yield f"markdown blocks must be no more than {MARKDOWN} characters in all [json-pointer:{place}]"
    for index, block in enumerate(blocks):
        here = f"{place}/{index}"
        yield from _empty_texts(here, block)
        yield from _table(here, block)
        actions = Counter(text_of(element, "action_id") for element in elements_of(block))
        yield from (
            f"action_id {name!r} already exists [json-pointer:{here}]" for name, n in actions.items() if n > 1
        )
        if block.get("type") == "section" and not block.get("text") and not block.get("fields"):
            yield f"a section needs text or fields [json-pointer:{here}]"


def _empty_texts(place: str, value: object) -> Iterator[str]:
    if isinstance(value, dict):
        kind = value.get("type")
        if kind in ("mrkdwn", "plain_text", "markdown", "raw_text") and value.get("text") == "":
            yield f"must be more than 0 characters [json-pointer:{place}/text]"
        for key, item in value.items():
            yield from _empty_texts(f"{place}/{key}", item)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _empty_texts(f"{place}/{index}", item)


def _table(place: str, block: Json) -> Iterator[str]:
    rows = block.get("rows")
    if block.get("type") == "table" and isinstance(rows, list):
        if any(isinstance(row, list) and len(row) > 20 for row in rows):
            yield f"no more than 20 cells a row [json-pointer:{place}/rows]"
        if sum(len(str(cell)) for row in rows for cell in row) > 40_000:
            yield f"table too long [json-pointer:{place}/rows]"
