"""The agent's surface: status, sessions, suggested prompts, titles."""

from __future__ import annotations

from tests.fakes.slack.calls import Call
from tests.fakes.slack.methods.chat import thread_root, writable
from tests.fakes.slack.models import Session, SlackError, Status
from tests.fakes.slack.wire import Json, as_objects
from tests.fakes.slack.world import World

STATUS_SECONDS = 120.0
STOPPED = "agent_session_stopped"


def set_status(world: World, call: Call) -> Json:
    channel = writable(world, call.text("channel_id"))
    thread = thread_root(world, channel, call.text("thread_ts"))
    loading = call.args.get("loading_messages")
    status = Status(
        channel=channel.id,
        thread_ts=thread,
        text=call.text("status"),
        loading_messages=tuple(str(each) for each in loading) if isinstance(loading, list) else (),
        at=world.clock.now(),
    )
    world.statuses.append(status)
    world.showing.pop((channel.id, thread), None)
    if status.text:
        world.showing[(channel.id, thread)] = status
    return {}


def shown_status(world: World, channel: str, thread: str) -> str:
    """The status that a reader of a thread sees now; empty when it is cleared, answered or expired."""
    status = world.showing.get((channel, thread))
    if status is None or world.clock.now() - status.at > STATUS_SECONDS:
        return ""
    return status.text


def set_session(world: World, call: Call) -> Json:
    channel = writable(world, call.text("channel_id"))
    if not call.text("thread_ts"):
        raise SlackError("invalid_arguments", violation="thread_ts is required outside of session channels")
    thread = thread_root(world, channel, call.text("thread_ts"))
    initiator = call.text("initiator_user_id")
    if initiator and initiator not in channel.members:
        raise SlackError("user_not_in_channel")
    key = (channel.id, thread)
    world.sessions.setdefault(key, Session(status="", title=call.text("title")))
    move_session(world, channel.id, thread, call.text("status"))
    session = world.sessions[key]
    answer: Json = {"status": session.status, "agent_status": session.status, "title": session.title}
    if STOPPED not in world.subscriptions:
        warning = f"missing_{STOPPED}_event_subscription"
        answer |= {"warning": warning, "response_metadata": {"warnings": [warning]}}
    return answer


def move_session(world: World, channel: str, thread: str, status: str) -> None:
    """Moves a session on, if the thread has one."""
    session = world.sessions.get((channel, thread))
    if session is not None and status:
        session.status = status
        session.history.append(status)


def set_prompts(world: World, call: Call) -> Json:
    channel = writable(world, call.text("channel_id"))
    found: Json = {"channel": channel.id, "thread_ts": call.text("thread_ts"), "title": call.text("title")}
    world.prompts.append(found | {"prompts": as_objects(call.args.get("prompts"))})
    return {}


def set_title(world: World, call: Call) -> Json:
    channel = writable(world, call.text("channel_id"))
    thread = thread_root(world, channel, call.text("thread_ts"))
    world.titles[(channel.id, thread)] = call.text("title")
    return {}
