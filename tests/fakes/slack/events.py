"""The events of the Events API, as Slack writes them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import NAMESPACE_URL, uuid5

from tests.fakes.slack.models import Channel, Message
from tests.fakes.slack.names import APP, BOT, BOT_NAME, BOT_USER, TEAM
from tests.fakes.slack.wire import Json, as_object, text_of

MENTION = re.compile(r"<@(\w+)>")
KINDS = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}


def subscription(event: Json) -> str:
    """The name under which an app subscribes to an event."""
    kind = text_of(event, "type")
    return f"message.{KINDS[text_of(event, 'channel_type')]}" if kind == "message" else kind


def body(message: Message) -> Json:
    """A message as it stands inside an event, or in an answer of conversations.replies."""
    found: Json = {
        "type": "message",
        "user": message.user,
        "ts": message.ts,
        "text": message.text,
        "team": TEAM,
    }
    if message.by_bot:
        found |= {"text": message.text or message.shown, "bot_id": BOT, "bot_profile": bot_profile()}
        found["blocks"] = _bot_blocks(message)
    else:
        found |= {"client_msg_id": str(uuid5(NAMESPACE_URL, message.ts)), "blocks": [_typed(message)]}
    if message.thread_ts:
        found["thread_ts"] = message.thread_ts
    if message.edited:
        found["edited"] = {"user": message.user, "ts": message.edited}
    if message.metadata:
        found["metadata"] = dict(message.metadata)
    if message.reactions:
        found["reactions"] = [
            {"name": name, "count": len(users), "users": list(users)}
            for name, users in message.reactions.items()
        ]
    return found


def posted(message: Message, channel: Channel) -> Json:
    """message, in any kind of channel."""
    found = body(message) | {"channel": channel.id, "channel_type": channel.kind, "event_ts": message.ts}
    found.pop("metadata", None)
    if message.subtype:
        found["subtype"] = message.subtype
    return found


def tombstone(message: Message, answers: list[Message]) -> Json:
    """What stays of a deleted message that has answers."""
    marks: Json = {"type": "message", "subtype": "tombstone", "user": "USLACKBOT", "hidden": True}
    marks |= {"text": "This message was deleted.", "ts": message.ts, "parent_user_id": "USLACKBOT"}
    return marks | thread_marks(message, answers)


def thread_marks(message: Message, answers: list[Message]) -> Json:
    """What a root has that its body lacks, once it was answered: a thread_ts, which is its own ts."""
    if not answers:
        return {}
    users = sorted({answer.user for answer in answers})
    counts: Json = {"reply_count": len(answers), "reply_users_count": len(users), "reply_users": users}
    return {"thread_ts": message.ts, "latest_reply": answers[-1].ts, "is_locked": False, **counts}


def mentioned(message: Message) -> Json:
    """app_mention: the same ts as the message's own event; `edited` when an edit brought it."""
    found = body(message) | {"type": "app_mention", "channel": message.channel}
    found["event_ts"] = message.edited or message.ts
    return found


def changed(after: Json, channel: Channel, before: Json, ts: str) -> Json:
    return _hidden("message_changed", channel, ts) | {"message": after, "previous_message": before}


def deleted(channel: Channel, before: Json, ts: str) -> Json:
    return _hidden("message_deleted", channel, ts) | {"deleted_ts": before["ts"], "previous_message": before}


def _hidden(subtype: str, channel: Channel, ts: str) -> Json:
    kinds = {"type": "message", "subtype": subtype, "hidden": True}
    return {**kinds, "channel": channel.id, "channel_type": channel.kind, "ts": ts, "event_ts": ts}


def home_opened(user: str, channel: str, tab: str, ts: str, view: Json | None) -> Json:
    found: Json = {"type": "app_home_opened", "user": user, "channel": channel, "tab": tab, "event_ts": ts}
    return found | ({"view": view} if view else {})


def context_changed(user: str, channel: str, looking_at: str, ts: str) -> Json:
    """app_context_changed: the user looks at another channel beside the app's panel."""
    entity = {"type": "slack#/types/channel_id", "value": looking_at, "team_id": TEAM}
    context = {"entities": [entity]}
    return {
        "type": "app_context_changed",
        "user": user,
        "channel": channel,
        "context": context,
        "event_ts": ts,
    }


def session_stopped(user: str, channel: str, thread_ts: str, streams: list[str], ts: str) -> Json:
    where = {"channel": channel, "user": user, "thread_ts": thread_ts}
    return {"type": "agent_session_stopped", **where, "streaming_message_ts": streams, "event_ts": ts}


def reacted(user: str, message: Message, name: str, ts: str, *, kind: str = "reaction_added") -> Json:
    item = {"type": "message", "channel": message.channel, "ts": message.ts}
    return {
        "type": kind,
        "user": user,
        "reaction": name,
        "item_user": message.user,
        "item": item,
        "event_ts": ts,
    }


def envelope(event: Json, event_id: str, seconds: int) -> Json:
    """The outer event."""
    authorization = {
        "enterprise_id": None,
        "team_id": TEAM,
        "user_id": BOT_USER,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": "verification-token",
        "team_id": TEAM,
        "api_app_id": APP,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": seconds,
        "authorizations": [authorization],
        "is_ext_shared_channel": False,
        "event_context": f"4-{event_id}",
    }


def bot_profile() -> Json:
    icons = {"image_36": "https://a.slack-edge.com/36.png"}
    return {
        "id": BOT,
        "name": BOT_NAME,
        "app_id": APP,
        "team_id": TEAM,
        "icons": icons,
        "updated": 1,
        "deleted": False,
    }


def _bot_blocks(message: Message) -> list[Json]:
    streamed = [*_cards(message), *(message.stream.blocks if message.stream is not None else ())]
    return [as_object(block) for block in (*streamed, *message.blocks)]


def _cards(message: Message) -> Iterator[Json]:
    """What Slack makes of a stream's tasks."""
    for task in message.tasks:
        card: Json = {"type": "task_card", "task_id": task["id"], "title": task.get("title", "")}
        yield card | {"status": task.get("status", "complete")}


def _typed(message: Message) -> Json:
    """The rich text that Slack makes of what a person types."""
    section = {"type": "rich_text_section", "elements": list(_spans(message.text))}
    return {"type": "rich_text", "block_id": f"b{message.ts[-4:]}", "elements": [section]}


def _spans(text: str) -> Iterator[Json]:
    for index, part in enumerate(MENTION.split(text)):
        if index % 2:
            yield {"type": "user", "user_id": part}
        elif part:
            yield {"type": "text", "text": part}
