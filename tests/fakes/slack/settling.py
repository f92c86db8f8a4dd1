"""What Slack does with the body of an acknowledgement."""

from __future__ import annotations

from tests.fakes.slack import schema
from tests.fakes.slack.methods import views
from tests.fakes.slack.models import SlackError, Surface
from tests.fakes.slack.parcels import Parcel
from tests.fakes.slack.responses import Address, Responses
from tests.fakes.slack.wire import Json, as_object, text_of
from tests.fakes.slack.world import World


def settle(world: World, responses: Responses, parcel: Parcel) -> None:
    """Shows a command's answer, moves a modal on.

    Raises:
        SlackError: With a violation, when the body is none that Slack understands.
    """
    with world.lock:
        if parcel.kind == "slash_commands" and parcel.reply:
            _answer_command(world, responses, parcel)
        elif parcel.name == "view_submission":
            _move_modal(world, parcel)


def _answer_command(world: World, responses: Responses, parcel: Parcel) -> None:
    address = Address(
        channel=text_of(parcel.payload, "channel_id"),
        user=text_of(parcel.payload, "user_id"),
        born=world.clock.now(),
        origin=None,
    )
    responses.apply(address, parcel.reply)


def _move_modal(world: World, parcel: Parcel) -> None:
    surface = world.surfaces[text_of(as_object(parcel.payload.get("view")), "id")]
    surface.errors = {}
    what = text_of(parcel.reply, "response_action")
    if what == "errors":
        told = as_object(parcel.reply.get("errors"))
        surface.errors = {block: str(reason) for block, reason in told.items()}
    elif what in ("update", "push"):
        _redraw(world, surface, what, as_object(parcel.reply.get("view")))
    elif what == "clear":
        for each in views.stack(world, surface):
            each.open = False
    else:
        surface.open = False


def _redraw(world: World, surface: Surface, what: str, view: Json) -> None:
    problem = schema.problem("View", view)
    if problem:
        raise SlackError("invalid_arguments", violation=problem)
    if what == "update":
        views.redraw(world, surface, view, "")
    else:
        views.show(world, surface.user, view, below=surface.id)
