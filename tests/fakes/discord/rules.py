"""What Discord refuses and its published description does not say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from tests.fakes.discord.components import BUTTON, LABEL, LINK, ROW, SELECTS, TEXT_INPUT, texts, walk
from tests.fakes.discord.models import V2, DiscordError, Message
from tests.fakes.discord.schema import Problem
from tests.fakes.slack.wire import Json, as_object, as_objects, number_of, text_of

CONTENT, COMPONENTS, EMBEDS, ROWS, SHOWN = 2_000, 40, 6_000, 5, 4_000
COMMAND_NAME = re.compile(r"^[-_'\w]{1,32}$")
CODES = {
    "maxLength": "BASE_TYPE_MAX_LENGTH",
    "minLength": "BASE_TYPE_MIN_LENGTH",
    "maxItems": "BASE_TYPE_MAX_LENGTH",
    "required": "BASE_TYPE_REQUIRED",
    "enum": "BASE_TYPE_CHOICES",
    "additionalProperties": "UNKNOWN_KEY",
}


def invalid(problem: Problem) -> DiscordError:
    """Discord's answer to a body that breaks its description."""
    said = str(problem.said)
    if problem.keyword == "maxLength":
        said = f"Must be {problem.limit} or fewer in length."
    return form_error(problem.place, CODES.get(problem.keyword, "BASE_TYPE_BAD_TYPE"), said, str(problem))


def form_error(place: str, code: str, said: str, violation: str = "") -> DiscordError:
    """50035: the place is a path such as `components/0/label`."""
    errors: Json = {"_errors": [{"code": code, "message": said}]}
    for step in reversed([step for step in place.split("/") if step]):
        errors = {step: errors}
    violation = violation or f"{said} [at {place or 'the top'}]"
    return DiscordError(400, 50035, "Invalid Form Body", violation=violation, errors=errors)


def check_message(body: Json, *, files: int = 0, before: Message | None = None) -> None:
    """Refuses a message that Discord would not post.

    Args:
        body: What is sent.
        files: How many files come with it.
        before: What it edits; None for a new message.

    Raises:
        DiscordError: 50035 or 50006.
    """
    broken = next(_broken(body, before), None)
    if broken is not None:
        place, code, said = broken
        raise form_error(place, code, said)
    if not files and not _says(body, before):
        raise DiscordError(400, 50006, "Cannot send an empty message", violation="an empty message")


def _says(body: Json, before: Message | None) -> bool:
    old: Json = {}
    if before is not None:
        old = {"content": before.content, "components": before.components, "embeds": before.embeds}
        old["attachments"] = before.attachments
    kept = old | body
    parts = [kept.get(key) for key in ("embeds", "components", "attachments", "sticker_ids", "poll")]
    return bool(text_of(kept, "content").strip()) or any(parts)


def _broken(body: Json, before: Message | None) -> Iterator[tuple[str, str, str]]:
    content, components = text_of(body, "content"), body.get("components")
    if len(content) > CONTENT:
        yield "content", "BASE_TYPE_MAX_LENGTH", f"Must be {CONTENT} or fewer in length."
    flags = number_of(body, "flags", 0) | (before.flags & V2 if before is not None else 0)
    yield from _kinds(as_objects(components), bool(flags & V2), bool(content or body.get("embeds")))
    yield from _parts(components)
    if sum(_embed_length(each) for each in as_objects(body.get("embeds"))) > EMBEDS:
        yield "embeds", "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {EMBEDS}"
    allowed = as_object(body.get("allowed_mentions"))
    parse = allowed.get("parse")
    for key in ("users", "roles"):
        if isinstance(parse, list) and key in parse and allowed.get(key):
            said = f'parse:["{key}"] and {key}: [ids...] are mutually exclusive.'
            yield "allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", said


def _kinds(components: list[Json], new: bool, other: bool) -> Iterator[tuple[str, str, str]]:
    """The old kind of components are rows beside a content; the new kind is all that a message has."""
    if new:
        if other:
            yield "flags", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", "content and embeds"
        if sum(map(len, texts(components))) > SHOWN:
            yield "components", "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", f"exceeds {SHOWN} characters"
        return
    if len(components) > ROWS:
        yield "components", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {ROWS} in length."
    for index, each in enumerate(components):
        if each.get("type") != ROW:
            yield f"components/{index}/type", "UNION_TYPE_CHOICES", "Value of field must be one of (1,)."


def _parts(components: object) -> Iterator[tuple[str, str, str]]:
    every = list(walk(components))
    if len(every) > COMPONENTS:
        yield "components", "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", f"more than {COMPONENTS} in all"
    ids = Counter(text_of(each, "custom_id") for each in every if each.get("custom_id"))
    if ids and max(ids.values()) > 1:
        yield "components", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated"
    for each in every:
        if each.get("type") == BUTTON:
            yield from _button(each)
        if each.get("type") == ROW:
            inner = [number_of(one, "type", 0) for one in as_objects(each.get("components"))]
            if len(inner) > 1 and any(kind in SELECTS or kind == TEXT_INPUT for kind in inner):
                yield "components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "a menu fills a row alone"


def _button(button: Json) -> Iterator[tuple[str, str, str]]:
    link = button.get("style") == LINK
    if link == bool(button.get("custom_id")) or link != bool(button.get("url")):
        said = "A link button has an address and no custom id, any other a custom id and no address"
        yield "components", "BUTTON_COMPONENT_CUSTOM_ID_REQUIRED", said
    if not button.get("label") and not button.get("emoji"):
        yield "components", "BUTTON_COMPONENT_INVALID_NO_LABEL", "A button needs a label or an emoji"


def _embed_length(embed: Json) -> int:
    own = sum(len(text_of(embed, key)) for key in ("title", "description"))
    own += len(text_of(as_object(embed.get("footer")), "text"))
    own += len(text_of(as_object(embed.get("author")), "name"))
    fields = as_objects(embed.get("fields"))
    return own + sum(len(text_of(each, "name")) + len(text_of(each, "value")) for each in fields)


def check_modal(modal: Json) -> None:
    """Refuses a modal that Discord would not open."""
    rows = as_objects(modal.get("components"))
    if len(rows) > ROWS:
        raise form_error(
            "data/components", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {ROWS} in length."
        )
    ids = Counter(text_of(each, "custom_id") for each in walk(rows) if each.get("custom_id"))
    if ids and max(ids.values()) > 1:
        said = "Component custom id cannot be duplicated"
        raise form_error("data/components", "COMPONENT_CUSTOM_ID_DUPLICATED", said)
    for row in rows:
        if row.get("type") != LABEL:
            for each in as_objects(row.get("components")):
                if each.get("type") == TEXT_INPUT and not each.get("label"):
                    raise form_error("data/components", "BASE_TYPE_REQUIRED", "This field is required")


def check_commands(commands: list[Json]) -> None:
    """Refuses a command tree that Discord would not take."""
    names = Counter((number_of(each, "type", 1), text_of(each, "name")) for each in commands)
    for (kind, name), count in names.items():
        if count > 1:
            said = "Application command names must be unique"
            raise form_error("", "APPLICATION_COMMANDS_DUPLICATE_NAME", f"{said}: {name}")
        if kind == 1 and (not COMMAND_NAME.match(name) or name != name.lower()):
            raise form_error("name", "APPLICATION_COMMAND_INVALID_NAME", f"Command name is invalid: {name}")
    for index, each in enumerate(commands):
        _check_command(str(index), each)


def _check_command(place: str, command: Json) -> None:
    slash = number_of(command, "type", 1) == 1
    if slash != bool(command.get("description")):
        said = "This field is required" if slash else "Context menu commands cannot have description"
        raise form_error(f"{place}/description", "APPLICATION_COMMAND_DESCRIPTION", said)
    optional = False
    for option in as_objects(command.get("options")):
        if option.get("type") in (1, 2):
            continue
        if option.get("required") is True and optional:
            said = "Required options must be placed before non-required options"
            raise form_error(f"{place}/options", "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", said)
        optional = optional or option.get("required") is not True
        if option.get("autocomplete") is True and option.get("choices"):
            said = "autocomplete and choices are mutually exclusive"
            raise form_error(f"{place}/options", "APPLICATION_COMMAND_OPTION_AUTOCOMPLETE", said)
