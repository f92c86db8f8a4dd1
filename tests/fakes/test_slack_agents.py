"""The fake Slack's streams, statuses, sessions, modals and response addresses, with the real client."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from slack_sdk.models.messages.chunk import MarkdownTextChunk, TaskUpdateChunk
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.fakes.slack import ALICE, BOB, GENERAL, TEAM, FakeSlack
from tests.fakes.slack.wire import Json, text_of
from tests.fakes.test_slack import button, client_of, error_of, section

PEOPLE: Json = {"recipient_team_id": TEAM, "recipient_user_id": ALICE}


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        # Nobody listens: what is pressed is looked at in the parcels.
        yield fake


async def streamed(slack: FakeSlack) -> tuple[str, str]:
    """A question's ts, and that of a stream that answers it."""
    ts = slack.mention(ALICE, GENERAL, "How?")
    client = client_of(slack)
    await client.agents_sessions_setStatus(channel_id=GENERAL, thread_ts=ts, status="processing")
    started = await client.chat_startStream(
        channel=GENERAL, thread_ts=ts, recipient_team_id=TEAM, recipient_user_id=ALICE, markdown_text="Like "
    )
    return ts, started["ts"]


async def test_accumulates_a_stream(slack: FakeSlack) -> None:
    ts = slack.mention(ALICE, GENERAL, "How?")
    stream = await client_of(slack).chat_stream(
        channel=GENERAL, thread_ts=ts, recipient_team_id=TEAM, recipient_user_id=ALICE, buffer_size=4
    )
    source = {"type": "url", "url": "https://docs.example/a", "text": "A"}
    await stream.append(chunks=[TaskUpdateChunk(id="1", title="Searching", status="in_progress")])
    await stream.append(markdown_text="Like **th")
    assert slack.answers(GENERAL, ts)[0].streaming
    assert slack.finished(GENERAL, ts) == []
    await stream.append(chunks=[TaskUpdateChunk(id="1", title="Found", status="complete", sources=[source])])
    await stream.stop(markdown_text="is**", blocks=[section("Sources")])
    (answer,) = slack.finished(GENERAL, ts)
    assert answer.shown == "Like **this**\nSources"
    assert answer.sources == [("A", "https://docs.example/a")]
    assert [(task["title"], task["status"]) for task in answer.tasks] == [("Found", "complete")]
    assert slack.texts(GENERAL, ts)[0].endswith("How?")


async def test_refuses_what_does_not_fit_a_stream() -> None:
    async with FakeSlack(strict=False) as slack:
        client = client_of(slack)
        _, stream = await streamed(slack)
        here: Json = {"channel": GENERAL, "ts": stream}
        chunk = MarkdownTextChunk(text="x").to_dict()
        both = {**here, "markdown_text": "x", "chunks": [chunk]}
        code = "cannot_provide_both_markdown_text_and_chunks"
        assert await error_of(client, "chat.appendStream", both) == code
        # A stream of text takes no chunks.
        assert (
            await error_of(client, "chat.appendStream", {**here, "chunks": [chunk]})
            == "streaming_mode_mismatch"
        )
        assert await error_of(client, "chat.appendStream", {**here, "markdown_text": ""}) == "no_text"
        assert await error_of(client, "chat.update", {**here, "text": "x"}) == "streaming_state_conflict"
        assert len(slack.violations) == 2
        assert slack.message(GENERAL, stream).shown == "Like "


async def test_streams_die_after_five_minutes(slack: FakeSlack) -> None:
    client = client_of(slack)
    ts, stream = await streamed(slack)
    slack.clock.advance(301)
    for method in ("chat.appendStream", "chat.stopStream"):
        args: Json = {"channel": GENERAL, "ts": stream, "markdown_text": "this"}
        assert await error_of(client, method, args) == "message_not_in_streaming_state"
    # What was streamed stays, and may be replaced.
    assert slack.texts(GENERAL, ts)[1] == "Like "
    await client.chat_update(channel=GENERAL, ts=stream, text="Like this")
    assert slack.texts(GENERAL, ts)[1] == "Like this"


async def test_direct_messages_need_no_recipient(slack: FakeSlack) -> None:
    ts = slack.dm(ALICE, "How?")
    args: Json = {"channel": slack.direct(ALICE), "thread_ts": ts}
    assert await error_of(client_of(slack), "chat.startStream", args) == ""


@pytest.mark.parametrize("refused", [False, True])
async def test_stop_ends_the_stream(slack: FakeSlack, refused: bool) -> None:
    slack.world.stop_refused = refused
    client = client_of(slack)
    ts, stream = await streamed(slack)
    assert slack.stop(BOB, GENERAL, ts) == [stream]
    event = slack.parcels[-1].event
    assert (event["type"], event["thread_ts"], event["streaming_message_ts"]) == (
        "agent_session_stopped",
        ts,
        [stream],
    )
    args: Json = {"channel": GENERAL, "ts": stream}
    assert await error_of(client, "chat.appendStream", {**args, "markdown_text": "x"}) == "stopped_by_user"
    session = slack.session(GENERAL, ts)
    assert session is not None
    # Slack leaves the session as it is: moving it on is the app's part.
    assert session.status == "processing"
    code = await error_of(client, "chat.stopStream", args)
    assert code == ("message_not_in_streaming_state" if refused else "")
    if refused:
        await client.agents_sessions_setStatus(channel_id=GENERAL, thread_ts=ts, status="active")
    assert session.history == ["processing", "active"]
    with pytest.raises(LookupError, match="no Stop button"):
        slack.stop(BOB, GENERAL, ts)


async def test_a_stop_button_needs_its_event(slack: FakeSlack) -> None:
    ts = slack.mention(ALICE, GENERAL, "How?")
    slack.world.subscriptions.remove("agent_session_stopped")
    said = await client_of(slack).agents_sessions_setStatus(
        channel_id=GENERAL, thread_ts=ts, status="processing"
    )
    assert said["warning"] == "missing_agent_session_stopped_event_subscription"


async def test_a_status_ends_by_itself(slack: FakeSlack) -> None:
    client = client_of(slack)
    ts = slack.mention(ALICE, GENERAL, "How?")
    for end in ("answered", "expired", "cleared"):
        await client.assistant_threads_setStatus(
            channel_id=GENERAL, thread_ts=ts, status="is searching", loading_messages=["Reading"]
        )
        assert slack.status(GENERAL, ts) == "is searching"
        if end == "answered":
            await client.chat_postMessage(channel=GENERAL, thread_ts=ts, text="Like this")
        elif end == "expired":
            slack.clock.advance(121)
        else:
            await client.assistant_threads_setStatus(channel_id=GENERAL, thread_ts=ts, status="")
        assert slack.status(GENERAL, ts) == ""
    assert [status.text for status in slack.statuses] == ["is searching"] * 3 + [""]


async def test_suggests_prompts(slack: FakeSlack) -> None:
    channel = slack.direct(ALICE)
    prompts = [{"title": "Start", "message": "How do I start?"}]
    await client_of(slack).assistant_threads_setSuggestedPrompts(channel_id=channel, prompts=prompts)
    assert slack.prompts[0]["prompts"] == prompts


def modal(*blocks: Json, title: str = "Why?") -> Json:
    plain = {"type": "plain_text", "text": title}
    return {
        "type": "modal",
        "title": plain,
        "submit": {"type": "plain_text", "text": "Send"},
        "blocks": list(blocks),
    }


def field(action_id: str, *, optional: bool = False, **element: object) -> Json:
    kind = {"type": "plain_text_input", "action_id": action_id, **element}
    label = {"type": "plain_text", "text": "Label"}
    return {
        "type": "input",
        "block_id": f"b-{action_id}",
        "label": label,
        "element": kind,
        "optional": optional,
    }


async def test_opens_and_submits_a_modal(slack: FakeSlack) -> None:
    client = client_of(slack)
    posted = await client.chat_postMessage(
        channel=GENERAL, text="x", blocks=[{"type": "actions", "elements": [button("why", "q1")]}]
    )
    with pytest.raises(LookupError, match="why"):
        slack.click(ALICE, GENERAL, posted["ts"], "other")
    pressed = slack.click(ALICE, GENERAL, posted["ts"], "why", "q1")
    trigger = text_of(pressed.payload, "trigger_id")
    option = {"text": {"type": "plain_text", "text": "Both"}, "value": "both"}
    select = field("place", type="static_select", options=[option], initial_option=option)
    await client.views_open(trigger_id=trigger, view=modal(field("reason"), select))
    # A trigger opens one view, and that within 3 seconds.
    again: Json = {"trigger_id": trigger, "view": modal(field("reason"))}
    assert await error_of(client, "views.open", again) == "exchanged_trigger_id"
    late = slack.click(ALICE, GENERAL, posted["ts"], "why")
    slack.clock.advance(4)
    again["trigger_id"] = late.payload["trigger_id"]
    assert await error_of(client, "views.open", again) == "expired_trigger_id"
    (view,) = slack.modals(ALICE)
    with pytest.raises(LookupError, match="required"):
        slack.submit_view(ALICE, view.id, {})
    sent = slack.submit_view(ALICE, view.id, {"reason": "Outdated"})
    state = sent.payload["view"]
    assert isinstance(state, dict)
    assert state["state"]["values"] == {
        "b-reason": {"reason": {"type": "plain_text_input", "value": "Outdated"}},
        "b-place": {"place": {"type": "static_select", "selected_option": option}},
    }


async def test_updates_views_by_hash(slack: FakeSlack) -> None:
    client = client_of(slack)
    home = {"type": "home", "blocks": [section("One")]}
    first = (await client.views_publish(user_id=ALICE, view=home))["view"]
    await client.views_publish(user_id=ALICE, view={"type": "home", "blocks": [section("Two")]})
    stale: Json = {"user_id": ALICE, "view": home, "hash": first["hash"]}
    assert await error_of(client, "views.publish", stale) == "hash_conflict"
    shown = slack.home(ALICE)
    assert shown is not None
    assert shown.shown == "Two"
    gone: Json = {"view_id": "V0NOTHING1", "view": modal(section("x"))}
    assert await error_of(client, "views.update", gone) == "not_found"


async def test_response_urls_wear_out() -> None:
    async with FakeSlack(strict=False) as slack:
        command = slack.command(ALICE, GENERAL, "/ask", "How?")
        hook = AsyncWebhookClient(text_of(command.payload, "response_url"))
        refused = await hook.send_dict({"markdown_text": "x"})
        assert (refused.status_code, len(slack.violations)) == (404, 1)
        await hook.send(text="Everybody", response_type="in_channel")
        for _ in range(4):
            await hook.send(text="Only you")
        assert (await hook.send(text="Once more")).body == '{"ok": false, "error": "used_url"}'
        assert [message.shown for message in slack.messages(GENERAL)] == ["Everybody"]
        assert [message.ephemeral_for for message in slack.ephemerals] == [ALICE] * 4
        other = slack.command(ALICE, GENERAL, "/ask", "How?")
        slack.clock.advance(1801)
        hook = AsyncWebhookClient(text_of(other.payload, "response_url"))
        assert "expired_url" in (await hook.send(text="Late")).body


async def test_response_urls_replace_and_delete(slack: FakeSlack) -> None:
    share = [{"type": "actions", "elements": [button("share")]}]
    ts = (await client_of(slack).chat_postEphemeral(channel=GENERAL, user=ALICE, text="x", blocks=share))[
        "message_ts"
    ]
    pressed = slack.click(ALICE, GENERAL, ts, "share")
    assert "message" not in pressed.payload
    hook = AsyncWebhookClient(text_of(pressed.payload, "response_url"))
    await hook.send(text="Shared", replace_original=True)
    assert [message.shown for message in slack.ephemerals] == ["Shared"]
    await hook.send(delete_original=True)
    assert slack.ephemerals == []
    with pytest.raises(LookupError):
        slack.post("U0NOBODY01", GENERAL, "Hello")
