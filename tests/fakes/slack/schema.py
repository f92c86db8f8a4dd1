"""Holds values against Slack's published types, strictly, and says the first thing that is wrong.

A union of the types (a block, a chunk, the many forms of `chat.postMessage`) is decided by its constant keys
(`type`) and by which keys are there; so the message names the key that is wrong, and a check takes a
millisecond, not one per member of the union.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from jsonschema.exceptions import ValidationError
from jsonschema.validators import Draft201909Validator, extend

from tests.fakes.slack.wire import Json, as_object, as_objects, text_of

FOLDER = Path(__file__).parent / "schemas"


@cache
def document() -> Json:
    """The whole of `slack.json`."""
    return as_object(json.loads((FOLDER / "slack.json").read_text(encoding="utf-8")))


@cache
def roots() -> frozenset[str]:
    """The names that `problem` knows: methods, `Blocks`, `View`, `SlackEvent`, `Manifest` and so on."""
    return frozenset(as_object(as_object(_definitions().get("Roots")).get("properties")))


def problem(root: str, value: object) -> str | None:
    """What is wrong with a value, with the place as a JSON pointer; None when it is right."""
    return _describe(next(iter(_validator(root).iter_errors(value)), None))


def manifest_problem(manifest: object) -> str | None:
    """What Slack's own schema of manifests finds wrong with one."""
    schema = json.loads((FOLDER / "slack_manifest_official.json").read_text(encoding="utf-8"))
    return _describe(next(iter(Draft201909Validator(schema).iter_errors(value_of(manifest))), None))


def value_of(value: object) -> object:
    """A value as JSON would carry it: what YAML reads as a date or a tuple is none."""
    plain: object = json.loads(json.dumps(value))
    return plain


def _describe(error: ValidationError | None) -> str | None:
    if error is None:
        return None
    place = "/".join(str(step) for step in error.absolute_path)
    said = error.message
    if len(said) > 300:
        said = f"{said[:60]} … {said[-60:]}"
    return f"{said} [json-pointer:/{place}]"


@cache
def _definitions() -> Json:
    return as_object(document().get("definitions"))


@cache
def _validator(root: str) -> Draft201909Validator:
    if root not in roots():
        raise KeyError(root)
    kind: type[Draft201909Validator] = extend(  # type: ignore[no-untyped-call]
        Draft201909Validator, {"anyOf": _decide}
    )
    reference = f"#/definitions/Roots/properties/{root}"
    return kind({"definitions": _definitions(), "$ref": reference})


def _decide(
    validator: Draft201909Validator, members: list[object], instance: object, schema: Mapping[str, object]
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
        member = as_object(_definitions().get(reference.rpartition("/")[2]))
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
    unknown = set(instance) - set(known) if member.get("additionalProperties") is False else set()
    clashes = [key for key in instance if _clashes(as_object(known.get(key)), instance[key])]
    return 100 * len(clashes) + len(missing) + len(unknown)


def _clashes(schema: Json, value: object) -> bool:
    return ("const" in schema and schema["const"] != value) or "not" in schema
