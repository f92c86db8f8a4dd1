"""Holds requests and answers against Discord's published description, and says the first thing that is wrong.

Unknown keys are refused everywhere. A union (a component, an option, a callback) is decided by its constant
keys (`type`) and by which keys are there, so that the refusal names the key that is wrong.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jsonschema.exceptions import ValidationError
from jsonschema.validators import Draft202012Validator, extend

from tests.fakes.slack.wire import Json, as_object, as_objects, text_of

FILE = Path(__file__).parent / "schemas" / "discord.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with a body, and where: `components/0/label`."""

    place: str
    said: str
    keyword: str
    limit: object

    def __str__(self) -> str:
        return f"{self.said} [at {self.place or 'the top'}]"


@cache
def operations() -> Json:
    """What the fake serves, by `METHOD /path/{with}/names`."""
    return as_object(_document().get("paths"))


@cache
def resolve(method: str, path: str) -> tuple[str, dict[str, str]] | None:
    """The operation of a request and the values of the names in its path."""
    wanted = path.split("/")
    found: list[tuple[int, str, dict[str, str]]] = []
    for operation in operations():
        verb, _, template = operation.partition(" ")
        parts = template.split("/")
        if verb != method or len(parts) != len(wanted):
            continue
        pairs = list(zip(parts, wanted, strict=True))
        if all(part == value or (part.startswith("{") and value) for part, value in pairs):
            values = {part[1:-1]: value for part, value in pairs if part.startswith("{")}
            found.append((len(values), operation, values))
    return min(found, key=lambda each: each[0])[1:] if found else None


def request_problem(operation: str, body: object) -> Problem | None:
    """What is wrong with a request's body; None when it is right."""
    return _problem(operation, "", body)


def answer_problem(operation: str, status: int, body: object) -> Problem | None:
    """What is wrong with a successful answer of the fake's own."""
    return _problem(operation, str(status), body)


def success(operation: str) -> int:
    """The status of a successful answer that has a body."""
    told = as_object(as_object(operations()[operation]).get("responses"))
    return int(next((status for status in told if status != "204"), "204"))


def _problem(operation: str, status: str, body: object) -> Problem | None:
    validator = _validator(operation, status)
    error = None if validator is None else next(iter(validator.iter_errors(body)), None)
    if error is None:
        return None
    said = error.message
    return Problem(
        place="/".join(str(step) for step in error.absolute_path),
        said=f"{said[:60]} … {said[-60:]}" if len(said) > 300 else said,
        keyword=str(error.validator),
        limit=error.validator_value,
    )


@cache
def _document() -> Json:
    return as_object(json.loads(FILE.read_text(encoding="utf-8")))


@cache
def _components(*, of_requests: bool) -> Json:
    """All components; an object refuses unknown keys, an id in a request may be a number."""
    found = as_object(_document().get("components"))
    for name, component in found.items():
        if isinstance(component, dict) and "properties" in component:
            found[name] = {"additionalProperties": False, **component}
    if of_requests:
        found["SnowflakeType"] = {**as_object(found["SnowflakeType"]), "type": ["string", "integer"]}
    return found


@cache
def _validator(operation: str, status: str) -> Draft202012Validator | None:
    told = as_object(operations()[operation])
    schema = as_object(as_object(told.get("responses")).get(status)) if status else told.get("request")
    if not schema:
        return None
    kind: type[Draft202012Validator] = extend(  # type: ignore[no-untyped-call]
        Draft202012Validator, {"anyOf": _decide}
    )
    return kind({"components": _components(of_requests=not status), **as_object(schema)})


def _decide(
    validator: Draft202012Validator, members: list[object], instance: object, schema: Mapping[str, object]
) -> Iterator[ValidationError]:
    """The keyword anyOf; `validator.descend` is what jsonschema offers to a keyword."""
    found = as_objects(members)
    if isinstance(instance, dict):
        flat = [plain for member in found for plain in _flatten(member)]
        ranks = [_distance(member, instance) for member in flat]
        nearest = min(ranks, default=0)
        found = [member for member, rank in zip(flat, ranks, strict=True) if rank == nearest]
    first: list[ValidationError] = []
    for member in found:
        errors = list(validator.descend(instance, member))
        if not errors:
            return
        first = first or errors
    yield from first


def _flatten(member: Json) -> Iterator[Json]:
    """The members of a union, unions and references in it resolved."""
    reference = text_of(member, "$ref")
    while reference:
        member = as_object(_components(of_requests=True).get(reference.rpartition("/")[2]))
        reference = text_of(member, "$ref")
    if "anyOf" in member:
        for inner in as_objects(member["anyOf"]):
            yield from _flatten(inner)
    else:
        yield member


def _distance(member: Json, instance: Mapping[str, object]) -> int:
    """How far an object is from a member of a union, by its keys and constants alone."""
    if member.get("type") != "object":
        return 1_000_000
    known = as_object(member.get("properties"))
    required = member.get("required")
    missing = [key for key in required if key not in instance] if isinstance(required, list) else []
    unknown = set(instance) - set(known) if known else set()
    clashes = [key for key in instance if _clashes(as_object(known.get(key)), instance[key])]
    return 100 * len(clashes) + len(missing) + len(unknown)


def _clashes(schema: Json, value: object) -> bool:
    allowed = schema.get("enum")
    if "const" in schema:
        return schema["const"] != value
    return isinstance(allowed, list) and value not in allowed
