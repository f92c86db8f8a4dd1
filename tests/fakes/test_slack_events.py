"""What the fake Slack tells an app of what people do, held against Slack's types and documented habits."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.fakes.slack import ALICE, BOB, BOT_USER, ELSEWHERE, GENERAL, FakeSlack, typed
from tests.fakes.slack.schema import manifest_problem, problem
from tests.fakes.slack.wire import Json, as_object
from tests.fakes.test_slack import client_of


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        yield fake


def told(slack: FakeSlack) -> list[Json]:
    return [parcel.event for parcel in slack.parcels]


def kinds(slack: FakeSlack) -> list[tuple[object, object]]:
    return [(event["type"], event.get("subtype")) for event in told(slack)]


def whole(event: Json) -> Json:
    """An event with what the types ask of its inner messages, and Slack gives the outer one only."""
    found: Json = dict(event)
    outer = {key: event[key] for key in ("channel", "channel_type", "event_ts") if key in event}
    for key in ("message", "previous_message"):
        if key in event:
            found[key] = as_object(event[key]) | outer
    return found


async def test_events_are_as_slack_types_them(slack: FakeSlack) -> None:
    ts = slack.mention(ALICE, GENERAL, "Hello")
    slack.react(BOB, GENERAL, ts, "eyes")
    slack.dm(ALICE, "Hello")
    await client_of(slack).chat_postMessage(channel=GENERAL, text="Hi")
    slack.open_home(ALICE)
    slack.open_messages_tab(ALICE)
    slack.look_at(ALICE, GENERAL)
    slack.edit(GENERAL, ts, "Hello all")
    slack.delete(GENERAL, ts)
    assert kinds(slack) == [
        ("app_mention", None),
        ("message", None),
        ("reaction_added", None),
        ("message", None),
        ("message", None),
        ("app_home_opened", None),
        ("app_home_opened", None),
        ("app_context_changed", None),
        ("message", "message_changed"),
        ("message", "message_deleted"),
    ]
    for event in told(slack):
        assert problem("SlackEvent", whole(event)) is None, event
    # One message, two events.
    assert told(slack)[0]["ts"] == told(slack)[1]["ts"] == ts
    assert told(slack)[4]["bot_id"]


async def test_tells_only_what_the_app_may_hear(slack: FakeSlack) -> None:
    slack.mention(ALICE, ELSEWHERE, "Hello")
    slack.world.subscriptions.discard("message.channels")
    slack.post(ALICE, GENERAL, "Hello")
    # In direct messages a mention is a message like any other.
    slack.dm(ALICE, f"<@{BOT_USER}> Hello")
    assert kinds(slack) == [("message", None)]
    assert told(slack)[0]["channel_type"] == "im"


async def test_an_invitation_brings_the_mention(slack: FakeSlack) -> None:
    ts = slack.mention(ALICE, ELSEWHERE, "Hello")
    assert told(slack) == []
    slack.invite(ELSEWHERE, ts)
    assert [(event["type"], event["ts"]) for event in told(slack)] == [("app_mention", ts)]


async def test_an_edit_may_bring_a_mention(slack: FakeSlack) -> None:
    ts = slack.post(ALICE, GENERAL, "Hello")
    slack.edit(GENERAL, ts, f"<@{BOT_USER}> Hello")
    assert kinds(slack)[1:] == [("app_mention", None), ("message", "message_changed")]
    mention, changed = told(slack)[1:]
    assert mention["ts"] == ts
    assert as_object(mention["edited"])["user"] == ALICE
    assert as_object(changed["previous_message"])["text"] == "Hello"
    assert as_object(changed["message"])["edited"] == mention["edited"]


async def test_an_answered_message_leaves_a_tombstone(slack: FakeSlack) -> None:
    client = client_of(slack)
    ts = slack.post(ALICE, GENERAL, "How?")
    reply = (await client.chat_postMessage(channel=GENERAL, thread_ts=ts, text="Like this"))["ts"]
    slack.delete(GENERAL, ts)
    changed = told(slack)[-1]
    assert changed["subtype"] == "message_changed"
    left = as_object(changed["message"])
    assert (left["subtype"], left["ts"], left["thread_ts"], left["reply_count"]) == ("tombstone", ts, ts, 1)
    assert as_object(changed["previous_message"])["text"] == "How?"
    page = await client.conversations_replies(channel=GENERAL, ts=ts)
    assert [each["text"] for each in page["messages"]] == ["This message was deleted.", "Like this"]
    # With the last answer the tombstone goes, too.
    await client.chat_delete(channel=GENERAL, ts=reply)
    gone = [event for event in told(slack) if event.get("subtype") == "message_deleted"]
    assert [event["deleted_ts"] for event in gone] == [reply, ts]
    assert slack.messages(GENERAL) == []


async def test_a_preview_is_a_change_without_an_edit(slack: FakeSlack) -> None:
    ts = slack.post(ALICE, GENERAL, "See https://docs.example")
    slack.unfurl(GENERAL, ts)
    changed = told(slack)[-1]
    assert changed["subtype"] == "message_changed"
    assert "edited" not in as_object(changed["message"])
    assert as_object(changed["message"])["text"] == as_object(changed["previous_message"])["text"]


async def test_the_app_need_not_hear_itself(slack: FakeSlack) -> None:
    slack.world.echo = False
    client = client_of(slack)
    ts = (await client.chat_postMessage(channel=GENERAL, text="One"))["ts"]
    await client.chat_update(channel=GENERAL, ts=ts, text="Two")
    await client.chat_delete(channel=GENERAL, ts=ts)
    assert told(slack) == []


def test_typing_escapes() -> None:
    assert typed("a < b && List<int>") == "a &lt; b &amp;&amp; List&lt;int&gt;"


MANIFESTS = [
    # the least there is
    ({}, True),
    # a key that manifests do not have
    ({"colour": "red"}, False),
    # a name of 36 characters
    ({"display_information": {"name": "a" * 36}}, False),
    # an event that there is not
    ({"settings": {"event_subscriptions": {"bot_events": ["message.mars"]}}}, False),
]


@pytest.mark.parametrize(("more", "right"), MANIFESTS)
def test_judges_manifests(more: Json, right: bool) -> None:
    manifest: Json = {"_metadata": {"major_version": 2}, "display_information": {"name": "Docs"}} | more
    found = [problem("Manifest", manifest), manifest_problem(manifest)]
    assert (found == [None, None]) is right
