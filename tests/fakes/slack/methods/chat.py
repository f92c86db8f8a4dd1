"""chat.*, but for streams."""

from __future__ import annotations

from tests.fakes.slack.calls import Call
from tests.fakes.slack.models import Channel, Message, SlackError
from tests.fakes.slack.names import BOT_USER, TEAM_DOMAIN
from tests.fakes.slack.wire import Json, as_object, as_objects
from tests.fakes.slack.world import World


def post(world: World, call: Call) -> Json:
    channel = writable(world, call.text("channel"))
    message = compose(world, call, channel)
    world.add(message)
    return {"channel": channel.id, "ts": message.ts, "message": world.body(message)}


def post_ephemeral(world: World, call: Call) -> Json:
    channel = writable(world, call.text("channel"))
    if call.text("user") not in channel.members:
        raise SlackError("user_not_in_channel")
    message = compose(world, call, channel)
    message.ephemeral_for = call.text("user")
    world.ephemerals.append(message)
    return {"message_ts": message.ts}


def update(world: World, call: Call) -> Json:
    message = own(world, call, "cant_update_message")
    if message.streaming:
        raise SlackError("streaming_state_conflict")
    before = world.body(message)
    rewrite(world, message, call.args)
    message.sent = dict(call.args)
    world.change(message, before)
    return {
        "channel": message.channel,
        "ts": message.ts,
        "text": message.text,
        "message": world.body(message),
    }


def delete(world: World, call: Call) -> Json:
    message = own(world, call, "cant_delete_message")
    world.remove(message)
    return {"channel": message.channel, "ts": message.ts}


def permalink(world: World, call: Call) -> Json:
    message = world.message(call.text("channel"), call.text("message_ts"))
    return {"channel": message.channel, "permalink": address(message)}


def address(message: Message) -> str:
    """The link to a message."""
    link = f"https://{TEAM_DOMAIN}.slack.com/archives/{message.channel}/p{message.ts.replace('.', '')}"
    return f"{link}?thread_ts={message.thread_ts}&cid={message.channel}" if message.thread_ts else link


def writable(world: World, name: str) -> Channel:
    """A channel that the app may write to."""
    channel = world.channel(name)
    if channel.archived:
        raise SlackError("is_archived")
    if BOT_USER not in channel.members:
        raise SlackError("not_in_channel" if channel.kind == "channel" else "channel_not_found")
    return channel


def own(world: World, call: Call, refusal: str) -> Message:
    """A message of the app's own."""
    message = world.message(call.text("channel"), call.text("ts"))
    if not message.by_bot:
        raise SlackError(refusal)
    return message


def compose(world: World, call: Call, channel: Channel) -> Message:
    """A new message of the app's, not yet said."""
    message = Message(
        channel=channel.id,
        ts=world.clock.ts(),
        user=BOT_USER,
        by_bot=True,
        thread_ts=thread_root(world, channel, call.text("thread_ts")),
        metadata=as_object(call.args.get("metadata")),
        sent=dict(call.args),
    )
    _fill(message, call.args)
    return message


def thread_root(world: World, channel: Channel, ts: str) -> str:
    """The thread that a ts names; a reply's ts is a mistake that Slack forgives and then mislays."""
    root = channel.messages.get(ts)
    if ts and root is None:
        raise SlackError("thread_not_found")
    if root is not None and root.thread_ts:
        raise SlackError(
            "thread_not_found", violation=f"thread_ts {ts} is a reply's; its root is {root.thread_ts}"
        )
    return ts


def rewrite(world: World, message: Message, args: Json) -> None:
    """Gives a message other words."""
    message.history.append(message.shown)
    message.stream = None
    message.edited = world.clock.ts()
    if "metadata" in args:
        message.metadata = as_object(args["metadata"])
    _fill(message, args)


def _fill(message: Message, args: Json) -> None:
    message.text = str(args.get("text", ""))
    message.markdown = str(args.get("markdown_text", ""))
    message.blocks = with_ids(as_objects(args.get("blocks")), message.ts)
    if not message.text and not message.markdown and not message.blocks and not args.get("attachments"):
        raise SlackError("no_text")


def with_ids(blocks: list[Json], seed: str) -> list[Json]:
    """Blocks with the block_ids and action_ids that Slack gives where the app gave none."""
    return [_with_ids(block, f"{seed[-6:]}{index}") for index, block in enumerate(blocks)]


def _with_ids(block: Json, name: str) -> Json:
    found: Json = {"block_id": name} | block
    if isinstance(found.get("elements"), list) and found.get("type") in ("actions", "context_actions"):
        elements = as_objects(found["elements"])
        found["elements"] = [{"action_id": f"{name}.{n}"} | element for n, element in enumerate(elements)]
    for key in ("accessory", "element"):
        if isinstance(found.get(key), dict):
            found[key] = {"action_id": f"{name}.{key}"} | as_object(found[key])
    return found
