"""chat.startStream, chat.appendStream, chat.stopStream: a message that grows."""

from __future__ import annotations

from tests.fakes.slack.calls import Call
from tests.fakes.slack.methods.agents import move_session
from tests.fakes.slack.methods.chat import own, thread_root, with_ids, writable
from tests.fakes.slack.models import Message, SlackError, Stream
from tests.fakes.slack.names import BOT_USER, TEAM
from tests.fakes.slack.wire import Json, as_object, as_objects, text_of, without_none
from tests.fakes.slack.world import World


def start(world: World, call: Call) -> Json:
    channel = writable(world, call.text("channel"))
    if channel.kind != "im":
        for key, known in (("recipient_team_id", {TEAM}), ("recipient_user_id", set(world.users))):
            if not call.text(key):
                raise SlackError(f"missing_{key}")
            if call.text(key) not in known:
                raise SlackError("user_not_found" if key == "recipient_user_id" else "team_not_found")
    message = Message(
        channel=channel.id,
        ts=world.clock.ts(),
        user=BOT_USER,
        by_bot=True,
        thread_ts=thread_root(world, channel, call.text("thread_ts")),
        stream=Stream(started=world.clock.now(), recipient=call.text("recipient_user_id")),
        sent=dict(call.args),
    )
    _take(message, call)
    world.add(message)
    return {"channel": channel.id, "ts": message.ts}


def append(world: World, call: Call) -> Json:
    message = own(world, call, "message_not_owned_by_app")
    stream = _running(message)
    if stream.stopped_by:
        raise SlackError("stopped_by_user")
    if "markdown_text" not in call.args and "chunks" not in call.args:
        raise SlackError("invalid_arguments", violation="either markdown_text or chunks is required")
    if not call.text("markdown_text") and not as_objects(call.args.get("chunks")):
        raise SlackError("no_text")
    _take(message, call)
    stream.appends += 1
    return {"channel": message.channel, "ts": message.ts}


def stop(world: World, call: Call) -> Json:
    message = own(world, call, "message_not_owned_by_app")
    stream = _running(message)
    if stream.stopped_by and world.stop_refused:
        raise SlackError("message_not_in_streaming_state")
    before = world.body(message)
    _take(message, call)
    message.blocks = with_ids(as_objects(call.args.get("blocks")), message.ts)
    message.metadata = as_object(call.args.get("metadata"))
    message.text = message.shown
    stream.state = "completed"
    move_session(world, message.channel, message.thread_ts, call.text("session_status") or "active")
    world.change(message, before)
    said = world.body(message) | {"subtype": "bot_message", "streaming_state": stream.state}
    return {"channel": message.channel, "ts": message.ts, "message": said}


def _running(message: Message) -> Stream:
    """The stream of a message that is being streamed, or that a user stopped and the app has not closed."""
    stream = message.stream
    if stream is None or stream.state != "in_progress":
        raise SlackError("message_not_in_streaming_state")
    return stream


def _take(message: Message, call: Call) -> None:
    """Adds text and chunks; a stream is made of the one or of the other."""
    stream = message.stream
    if stream is None:
        raise SlackError("message_not_in_streaming_state")
    text, chunks = call.text("markdown_text"), as_objects(call.args.get("chunks"))
    if text and chunks:
        code = "cannot_provide_both_markdown_text_and_chunks"
        raise SlackError(code, violation=code)
    mode = stream.mode
    if text:
        mode = "markdown"
    elif chunks:
        mode = "chunks"
    if stream.mode not in ("", mode):
        raise SlackError("streaming_mode_mismatch", violation=f"a stream of {stream.mode} was given {mode}")
    stream.mode = mode
    stream.markdown += text
    for chunk in chunks:
        _take_chunk(message, stream, chunk)
    if len(stream.markdown) > 40_000:
        raise SlackError("msg_too_long", violation="more than 40,000 characters in one stream")


def _take_chunk(message: Message, stream: Stream, chunk: Json) -> None:
    kind = text_of(chunk, "type")
    if kind == "markdown_text":
        stream.markdown += text_of(chunk, "text")
    elif kind == "task_update":
        name = text_of(chunk, "id")
        stream.tasks[name] = _merged(stream.tasks.get(name, {}), chunk)
    elif kind == "plan_update":
        stream.plan = text_of(chunk, "title")
    elif kind == "blocks":
        seed = f"{message.ts}{len(stream.blocks)}"
        stream.blocks += with_ids(as_objects(chunk.get("blocks")), seed)


def _merged(task: Json, update: Json) -> Json:
    """A task after an update: details, output and sources add up, title and status are replaced."""
    found = task | without_none(update)
    for key in ("details", "output"):
        if text_of(task, key) and text_of(update, key):
            found[key] = text_of(task, key) + text_of(update, key)
    if task.get("sources") and update.get("sources"):
        found["sources"] = as_objects(task["sources"]) + as_objects(update["sources"])
    return found
