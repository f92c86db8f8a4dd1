"""views.*: modals on a stack, and Home tabs."""

from __future__ import annotations

from uuid import uuid4

from tests.fakes.slack.calls import Call
from tests.fakes.slack.methods.chat import with_ids
from tests.fakes.slack.models import SlackError, Surface
from tests.fakes.slack.names import APP, BOT, TEAM
from tests.fakes.slack.wire import Json, as_object, as_objects, text_of
from tests.fakes.slack.world import Trigger, World

TRIGGER_SECONDS = 3.0


def open_modal(world: World, call: Call) -> Json:
    trigger = _spend(world, call.text("trigger_id"))
    return {"view": whole(world, show(world, trigger.user, as_object(call.args["view"])))}


def push(world: World, call: Call) -> Json:
    trigger = _spend(world, call.text("trigger_id"))
    below = world.surfaces.get(trigger.view)
    if below is None or not below.open:
        raise SlackError("not_found")
    if len(stack(world, below)) >= 3:
        raise SlackError("push_limit_reached")
    return {"view": whole(world, show(world, trigger.user, as_object(call.args["view"]), below=below.id))}


def update(world: World, call: Call) -> Json:
    named = [surface for surface in world.surfaces.values() if _names(surface, call) and surface.open]
    if not named:
        raise SlackError("not_found")
    redraw(world, named[-1], as_object(call.args["view"]), call.text("hash"))
    return {"view": whole(world, named[-1])}


def publish(world: World, call: Call) -> Json:
    user = call.text("user_id")
    if user not in world.users:
        raise SlackError("user_not_found")
    view = as_object(call.args["view"])
    if text_of(view, "type") != "home":
        raise SlackError("invalid_arguments", violation="views.publish takes a view of type home")
    surface = home(world, user)
    if surface is None:
        surface = show(world, user, view)
    else:
        redraw(world, surface, view, call.text("hash"))
    return {"view": whole(world, surface)}


def home(world: World, user: str) -> Surface | None:
    """A user's Home tab."""
    found = [
        each for each in world.surfaces.values() if each.user == user and each.body.get("type") == "home"
    ]
    return found[0] if found else None


def show(world: World, user: str, view: Json, *, below: str = "") -> Surface:
    """Puts a view before a user."""
    name = f"V{uuid4().hex[:10].upper()}"
    surface = Surface(id=name, user=user, body=_body(view, name), hash=_hash(world), previous=below)
    world.surfaces[name] = surface
    return surface


def redraw(world: World, surface: Surface, view: Json, known: str) -> None:
    """Replaces what a view shows; with the hash of an older state it is refused."""
    if known and known != surface.hash:
        raise SlackError("hash_conflict")
    surface.body = _body(view, surface.id)
    surface.hash = _hash(world)
    surface.errors = {}


def whole(world: World, surface: Surface) -> Json:
    """A view as Slack hands it back."""
    below = stack(world, surface)
    blank: Json = {"private_metadata": "", "callback_id": "", "external_id": "", "state": {"values": {}}}
    return {
        **blank,
        **surface.body,
        "id": surface.id,
        "team_id": TEAM,
        "hash": surface.hash,
        "previous_view_id": surface.previous or None,
        "root_view_id": below[0].id,
        "app_id": APP,
        "app_installed_team_id": TEAM,
        "bot_id": BOT,
    }


def stack(world: World, surface: Surface) -> list[Surface]:
    """A view and all below it, lowest first."""
    below = world.surfaces.get(surface.previous)
    return [*(stack(world, below) if below is not None else []), surface]


def _names(surface: Surface, call: Call) -> bool:
    external = call.text("external_id")
    return surface.id == call.text("view_id") or bool(
        external and surface.body.get("external_id") == external
    )


def _body(view: Json, seed: str) -> Json:
    return view | {"blocks": with_ids(as_objects(view.get("blocks")), seed)}


def _hash(world: World) -> str:
    return f"{world.clock.ts()}.{uuid4().hex[:8]}"


def _spend(world: World, trigger_id: str) -> Trigger:
    trigger = world.triggers.get(trigger_id)
    if trigger is None:
        # Spent ones are kept out, so that a second use is told from a wrong one.
        raise SlackError("exchanged_trigger_id" if trigger_id.count(".") == 3 else "invalid_trigger_id")
    if world.clock.now() - trigger.born > TRIGGER_SECONDS:
        raise SlackError("expired_trigger_id")
    del world.triggers[trigger_id]
    return trigger
