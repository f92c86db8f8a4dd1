"""What a reader sees of blocks: their text, in order, one line a part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tests.fakes.slack.wire import Json, as_object, as_objects, as_text, text_of

RICH = {
    "emoji": ":{name}:",
    "user": "<@{user_id}>",
    "channel": "<#{channel_id}>",
    "usergroup": "<!subteam^{usergroup_id}>",
    "broadcast": "<!{range}>",
}


def visible_text(blocks: Iterable[Json]) -> str:
    """The text of blocks; buttons show as `[label]`, tables row by row with ` | ` between cells."""
    return "\n".join(part for block in blocks for part in _parts(block) if part)


def _parts(block: Json) -> Iterator[str]:
    kind = text_of(block, "type")
    if kind == "rich_text":
        yield _rich(block)
    elif kind == "table":
        yield from _rows(block)
    elif kind == "task_card":
        yield text_of(block, "title")
    else:
        for key in ("title", "text", "label", "hint"):
            yield _text(block.get(key))
        yield from (_text(field) for field in as_objects(block.get("fields")))
        yield from (_element(element) for element in as_objects(block.get("elements")))
        for key in ("accessory", "element"):
            yield _element(as_object(block.get(key)))


def _text(value: object) -> str:
    """A plain string, or a text object's."""
    return as_text(value) or text_of(as_object(value), "text")


def _element(element: Json) -> str:
    kind = text_of(element, "type")
    if kind in ("mrkdwn", "plain_text"):
        return text_of(element, "text")
    if kind == "feedback_buttons":
        sides = (as_object(element.get(side)) for side in ("positive_button", "negative_button"))
        return " ".join(f"[{_text(side.get('text'))}]" for side in sides)
    if kind == "button":
        return f"[{_text(element.get('text'))}]"
    return _text(element.get("initial_value")) or _text(as_object(element.get("initial_option")).get("text"))


def _rows(block: Json) -> Iterator[str]:
    rows = block.get("rows")
    for row in rows if isinstance(rows, list) else []:
        yield " | ".join(_rich(cell) or str(cell.get("text", "")) for cell in as_objects(row))


def _rich(element: Json) -> str:
    """The text within a rich_text block or one of its parts."""
    kind = text_of(element, "type")
    if kind == "link":
        return text_of(element, "text") or text_of(element, "url")
    if kind in RICH:
        return RICH[kind].format(**{key: as_text(value) for key, value in element.items()})
    inner = [_rich(part) for part in as_objects(element.get("elements"))]
    joint = "\n" if kind in ("rich_text", "rich_text_list") else ""
    return joint.join(inner) if inner else (text_of(element, "text") if kind == "text" else "")
