"""Message and modal components: finding what can be read, pressed and filled in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.fakes.slack.wire import Json, as_object, as_objects, number_of, text_of

ROW, BUTTON, TEXT_INPUT, TEXT_DISPLAY, LABEL = 1, 2, 4, 10, 18
SELECTS = {3: "string", 5: "user", 6: "role", 7: "mentionable", 8: "channel"}
LINK = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    label: str
    custom_id: str
    style: int
    emoji: str
    url: str
    disabled: bool


def walk(components: object) -> Iterator[Json]:
    """Every component, the containers before what is in them."""
    for component in as_objects(components):
        yield component
        yield from walk(component.get("components"))
        for key in ("accessory", "component"):
            if isinstance(component.get(key), dict):
                yield from walk([component[key]])


def buttons(components: object) -> list[Button]:
    return [_button(each) for each in walk(components) if each.get("type") == BUTTON]


def texts(components: object) -> list[str]:
    """The texts that components show."""
    return [text_of(each, "content") for each in walk(components) if each.get("type") == TEXT_DISPLAY]


def pressable(components: object, name: str) -> Json:
    """The button or menu with a custom_id or a label.

    Raises:
        LookupError: When there is none, or it is disabled, or a link.
    """
    known = [each for each in walk(components) if each.get("type") == BUTTON or each.get("type") in SELECTS]
    for component in known:
        names = (text_of(component, "custom_id"), text_of(component, "label"), _emoji(component))
        if name and name in names:
            if component.get("disabled") is True or component.get("style") == LINK:
                raise LookupError(f"{name!r} is disabled or a link")
            return component
    seen = [(text_of(each, "label"), text_of(each, "custom_id")) for each in known]
    raise LookupError(f"nothing to press is called {name!r}; there are {seen}")


def fields(components: object) -> dict[str, Json]:
    """A modal's inputs by custom_id; a label's text is put at `label` of the input within it."""
    found: dict[str, Json] = {}
    for component in walk(components):
        if component.get("type") == LABEL:
            inner = as_object(component.get("component"))
            found[text_of(inner, "custom_id")] = inner | {"label": component.get("label")}
        elif component.get("type") == TEXT_INPUT or component.get("type") in SELECTS:
            found.setdefault(text_of(component, "custom_id"), component)
    return found


def with_ids(components: object) -> list[Json]:
    """Components as Discord gives them back: each with a number."""
    count = 0

    def numbered(component: Json) -> Json:
        nonlocal count
        count += 1
        found = {key: value for key, value in component.items() if value is not None}
        found["id"] = number_of(component, "id", count)
        if isinstance(component.get("components"), list):
            found["components"] = [numbered(each) for each in as_objects(component["components"])]
        for key in ("accessory", "component"):
            if isinstance(component.get(key), dict):
                found[key] = numbered(as_object(component[key]))
        return found

    return [numbered(each) for each in as_objects(components)]


def _button(component: Json) -> Button:
    return Button(
        label=text_of(component, "label"),
        custom_id=text_of(component, "custom_id"),
        style=number_of(component, "style", 0),
        emoji=_emoji(component),
        url=text_of(component, "url"),
        disabled=component.get("disabled") is True,
    )


def _emoji(component: Json) -> str:
    return text_of(as_object(component.get("emoji")), "name")
