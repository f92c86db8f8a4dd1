"""The fake Slack's Web API and state, with the real slack_sdk client against it."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import ALICE, BOB, BOT_USER, CAROL, ELSEWHERE, GENERAL, MAINTAINERS, TEAM, FakeSlack
from tests.fakes.slack.models import elements_of
from tests.fakes.slack.wire import Json


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        yield fake


@pytest.fixture
async def loose() -> AsyncIterator[FakeSlack]:
    """One whose violations do not fail the test."""
    async with FakeSlack(strict=False) as fake:
        yield fake


def client_of(slack: FakeSlack) -> AsyncWebClient:
    # Bolt's clients carry a team_id, which goes with every call.
    return AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, team_id=TEAM, timeout=5)


async def error_of(client: AsyncWebClient, method: str, args: Json) -> str:
    """The code that a call is refused with; empty when it is taken."""
    try:
        await client.api_call(method, json=args)
    except SlackApiError as error:
        return str(error.response["error"])
    return ""


def section(text: str, **more: object) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(action_id: str, value: str = "1") -> Json:
    return {
        "type": "button",
        "action_id": action_id,
        "value": value,
        "text": {"type": "plain_text", "text": "Go"},
    }


HERE: Json = {"channel": GENERAL}
TABLE: Json = {"type": "table", "rows": [[{"type": "raw_text", "text": "1"}]]}
TITLE: Json = {"type": "plain_text", "text": "t"}
WRONG = [
    # an argument that the method does not have
    ("chat.postMessage", {**HERE, "text": "x", "colour": "red"}, "invalid_arguments"),
    # markdown_text beside text
    ("chat.postMessage", {**HERE, "text": "x", "markdown_text": "y"}, "invalid_arguments"),
    # nothing to say
    ("chat.postMessage", HERE, "invalid_arguments"),
    # 51 blocks
    ("chat.postMessage", {**HERE, "text": "x", "blocks": [section("a")] * 51}, "invalid_blocks"),
    # 3,001 characters in a section
    ("chat.postMessage", {**HERE, "text": "x", "blocks": [section("a" * 3001)]}, "invalid_blocks"),
    # a block of no known type
    ("chat.postMessage", {**HERE, "text": "x", "blocks": [{"type": "poem", "text": "x"}]}, "invalid_blocks"),
    # an empty text object
    ("chat.postMessage", {**HERE, "text": "x", "blocks": [section("")]}, "invalid_blocks"),
    # one block_id twice
    (
        "chat.postMessage",
        {**HERE, "text": "x", "blocks": [section("a", block_id="b"), section("b", block_id="b")]},
        "invalid_blocks",
    ),
    # one action_id twice in a block
    (
        "chat.postMessage",
        {**HERE, "text": "x", "blocks": [{"type": "actions", "elements": [button("a"), button("a")]}]},
        "invalid_blocks",
    ),
    # two tables
    (
        "chat.postMessage",
        {
            **HERE,
            "text": "x",
            "blocks": [TABLE] * 2,
        },
        "invalid_blocks",
    ),
    # 12,001 characters of Markdown in two blocks
    (
        "chat.postMessage",
        {**HERE, "text": "x", "blocks": [{"type": "markdown", "text": "a" * 6001}] * 2},
        "invalid_blocks",
    ),
    # 12,001 characters of Markdown
    ("chat.postMessage", {**HERE, "markdown_text": "a" * 12_001}, "invalid_arguments"),
    # an update's text over 4,000
    ("chat.update", {**HERE, "ts": "1.1", "text": "a" * 4001}, "invalid_arguments"),
    # a stream outside a thread
    ("chat.startStream", HERE, "invalid_arguments"),
    # a task of no known status
    (
        "chat.appendStream",
        {**HERE, "ts": "1.1", "chunks": [{"type": "task_update", "id": "1", "title": "t", "status": "?"}]},
        "invalid_chunks",
    ),
    # a chunk of 12,001 characters
    (
        "chat.appendStream",
        {**HERE, "ts": "1.1", "chunks": [{"type": "markdown_text", "text": "a" * 12_001}]},
        "invalid_chunks",
    ),
    # eleven loading messages
    (
        "assistant.threads.setStatus",
        {"channel_id": GENERAL, "thread_ts": "1.1", "status": "x", "loading_messages": ["a"] * 11},
        "invalid_arguments",
    ),
    # five prompts
    (
        "assistant.threads.setSuggestedPrompts",
        {"channel_id": GENERAL, "prompts": [{"title": "a", "message": "b"}] * 5},
        "invalid_arguments",
    ),
    # a status that sessions do not have
    (
        "agents.sessions.setStatus",
        {"channel_id": GENERAL, "thread_ts": "1.1", "status": "thinking"},
        "invalid_arguments",
    ),
    # a modal with an input and no submit button
    (
        "views.open",
        {
            "trigger_id": "1",
            "view": {
                "type": "modal",
                "title": TITLE,
                "blocks": [
                    {
                        "type": "input",
                        "label": {"type": "plain_text", "text": "l"},
                        "element": {"type": "plain_text_input"},
                    }
                ],
            },
        },
        "invalid_arguments",
    ),
    # a modal for a Home tab
    (
        "views.publish",
        {
            "user_id": ALICE,
            "view": {"type": "modal", "title": TITLE, "blocks": []},
        },
        "invalid_arguments",
    ),
    # a number where a text belongs, in a method that the types leave out
    ("reactions.add", {**HERE, "name": "eyes", "timestamp": 1}, "invalid_arguments"),
    # a required argument missing there
    ("reactions.add", HERE, "invalid_arguments"),
    # a method that no bot of ours may need
    ("conversations.list", {}, "unknown_method"),
]


@pytest.mark.parametrize(("method", "args", "code"), WRONG)
async def test_refuses_and_keeps_violations(loose: FakeSlack, method: str, args: Json, code: str) -> None:
    assert await error_of(client_of(loose), method, args) == code
    assert [violation.method for violation in loose.violations] == [method]
    assert loose.calls(method)[-1].error == code
    with pytest.raises(AssertionError, match="calls that Slack refuses"):
        loose.assert_clean()


async def test_a_violation_fails_the_test_at_its_end() -> None:
    with pytest.raises(AssertionError, match="colour"):
        async with FakeSlack() as slack:
            await error_of(client_of(slack), "chat.postMessage", {**HERE, "text": "x", "colour": "red"})


async def test_takes_query_form_and_json_alike(slack: FakeSlack) -> None:
    ts = slack.post(ALICE, GENERAL, "Hello")
    args = {"channel": GENERAL, "text": "Hi", "thread_ts": ts}
    form = {**args, "unfurl_links": "0", "blocks": json.dumps([section("In blocks")])}
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {slack.bot_token}"}) as session:
        url = f"{slack.api_url}chat.postMessage"
        for sent in (
            session.post(url, json={**args, "unfurl_links": False}),
            session.post(url, data=form),
            session.post(url, params={**form, "token": slack.bot_token}),
        ):
            async with sent as answer:
                assert (await answer.json())["ok"] is True
                assert "chat:write" in answer.headers["x-oauth-scopes"]
    assert slack.texts(GENERAL, ts) == ["Hello", "Hi", "In blocks", "In blocks"]
    assert [call.args["unfurl_links"] for call in slack.calls("chat.postMessage")] == [False] * 3


AUTH = [
    ("", "not_authed"),  # no token
    ("xoxb-other", "invalid_auth"),  # somebody else's
    ("xapp-1-A0DOCSBOT1-0001-fake", "not_allowed_token_type"),  # the app's where the bot's belongs
]


@pytest.mark.parametrize(("token", "code"), AUTH)
async def test_refuses_wrong_tokens(slack: FakeSlack, token: str, code: str) -> None:
    client = AsyncWebClient(token=token, base_url=slack.api_url)
    assert await error_of(client, "auth.test", {}) == code


async def test_refuses_without_the_scope(slack: FakeSlack) -> None:
    slack.world.scopes.remove("reactions:write")
    ts = slack.post(ALICE, GENERAL, "Hello")
    client = client_of(slack)
    args: Json = {**HERE, "name": "eyes", "timestamp": ts}
    assert await error_of(client, "reactions.add", args) == "missing_scope"
    assert await error_of(client, "conversations.info", HERE) == "missing_scope"
    slack.world.scopes.append("channels:read")
    assert await error_of(client, "conversations.info", HERE) == ""


STATES = [
    ("chat.postMessage", {"channel": "C0NOWHERE1", "text": "x"}, "channel_not_found"),
    ("chat.postMessage", {"channel": ELSEWHERE, "text": "x"}, "not_in_channel"),
    ("chat.postMessage", {**HERE, "text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
    ("chat.update", {**HERE, "text": "x", "ts": "1.000001"}, "message_not_found"),
    # a person's message is not the app's to change
    ("chat.update", {**HERE, "text": "x", "ts": "HERS"}, "cant_update_message"),
    ("chat.delete", {**HERE, "ts": "HERS"}, "cant_delete_message"),
    ("chat.appendStream", {**HERE, "ts": "HERS", "markdown_text": "x"}, "message_not_owned_by_app"),
    # a message that was never streamed
    ("chat.appendStream", {**HERE, "ts": "OURS", "markdown_text": "x"}, "message_not_in_streaming_state"),
    ("chat.stopStream", {**HERE, "ts": "OURS"}, "message_not_in_streaming_state"),
    ("chat.startStream", {**HERE, "thread_ts": "HERS"}, "missing_recipient_team_id"),
    (
        "chat.startStream",
        {**HERE, "thread_ts": "HERS", "recipient_team_id": TEAM},
        "missing_recipient_user_id",
    ),
    ("reactions.remove", {**HERE, "timestamp": "HERS", "name": "eyes"}, "no_reaction"),
    ("views.open", {"trigger_id": "1.T.2", "view": {"type": "home", "blocks": []}}, "invalid_trigger_id"),
    ("users.info", {"user": "U0NOBODY01"}, "user_not_found"),
    ("usergroups.users.list", {"usergroup": "S0NOTHING1"}, "no_such_subteam"),
    ("chat.postEphemeral", {**HERE, "text": "x", "user": "U0NOBODY01"}, "user_not_in_channel"),
]


@pytest.mark.parametrize(("method", "args", "code"), STATES)
async def test_answers_as_the_state_is(slack: FakeSlack, method: str, args: Json, code: str) -> None:
    client = client_of(slack)
    hers = slack.post(ALICE, GENERAL, "Hello")
    ours = (await client.chat_postMessage(channel=GENERAL, text="Hi"))["ts"]
    named = {key: {"HERS": hers, "OURS": ours}.get(str(value), value) for key, value in args.items()}
    assert await error_of(client, method, named) == code
    assert slack.violations == []


async def test_keeps_edits_and_deletions(slack: FakeSlack) -> None:
    client = client_of(slack)
    ts = (await client.chat_postMessage(channel=GENERAL, text="One"))["ts"]
    await client.chat_update(channel=GENERAL, ts=ts, text="Two", blocks=[section("Two"), section("Three")])
    message = slack.message(GENERAL, ts)
    assert (message.shown, message.history) == ("Two\nThree", ["One"])
    link = (await client.chat_getPermalink(channel=GENERAL, message_ts=ts))["permalink"]
    assert link.endswith(f"/{GENERAL}/p{ts.replace('.', '')}")
    await client.chat_delete(channel=GENERAL, ts=ts)
    assert slack.messages(GENERAL) == []


async def test_reads_page_by_page(slack: FakeSlack) -> None:
    client = client_of(slack)
    root = slack.post(ALICE, GENERAL, "Root")
    replies = [slack.post(BOB, GENERAL, f"Reply {n}", thread=root) for n in range(5)]
    other = slack.post(BOB, GENERAL, "Other")
    pages = []
    # The client hands out one and the same answer, filled anew.
    async for page in await client.conversations_replies(channel=GENERAL, ts=root, limit=2):
        pages.append([each["ts"] for each in page["messages"]])  # noqa: PERF401 - one object, filled anew
    assert pages == [[root, replies[0]], replies[1:3], replies[3:]]
    history = await client.conversations_history(channel=GENERAL)
    assert [each["ts"] for each in history["messages"]] == [other, root]
    assert history["messages"][1]["reply_count"] == 5


async def test_knows_people(slack: FakeSlack) -> None:
    client = client_of(slack)
    assert (await client.auth_test())["user_id"] == BOT_USER
    assert (await client.users_info(user=BOB, include_locale=True))["user"]["locale"] == "de-DE"
    assert (await client.usergroups_users_list(usergroup=MAINTAINERS))["users"] == [CAROL]
    assert (await client.usergroups_list(include_users=True))["usergroups"][0]["users"] == [CAROL]
    opened = (await client.conversations_open(users=ALICE))["channel"]["id"]
    assert opened == slack.direct(ALICE)
    await client.chat_postMessage(channel=ALICE, text="Hi")
    assert [message.shown for message in slack.messages(opened)] == ["Hi"]


async def test_limits_rates_by_tier(slack: FakeSlack) -> None:
    slack.limits.switch_on()
    client = client_of(slack)
    ts = slack.post(ALICE, GENERAL, "Hello")
    start: Json = {**HERE, "thread_ts": ts, "recipient_team_id": TEAM, "recipient_user_id": ALICE}
    codes = [await error_of(client, "chat.startStream", start) for _ in range(21)]
    assert codes == [""] * 20 + ["ratelimited"]
    assert slack.limits.refused == 1
    slack.clock.advance(61)
    assert await error_of(client, "chat.startStream", start) == ""


async def test_says_when_to_come_again(slack: FakeSlack) -> None:
    slack.limits.set("chat.postMessage", calls=1, seconds=1.0)
    client = client_of(slack)
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=2))
    began = time.monotonic()
    for text in ("One", "Two"):
        await client.chat_postMessage(channel=GENERAL, text=text)
    assert time.monotonic() - began >= 1
    assert [call.error for call in slack.calls("chat.postMessage")] == ["", "ratelimited", ""]


async def test_fails_as_told(slack: FakeSlack) -> None:
    client = client_of(slack)
    client.retry_handlers.clear()
    post: Json = {**HERE, "text": "x"}
    slack.fail("chat.postMessage", "fatal_error", skip=1, times=2)
    codes = [await error_of(client, "chat.postMessage", post) for _ in range(4)]
    assert codes == ["", "fatal_error", "fatal_error", ""]
    slack.fail("chat.postMessage", status=503)
    with pytest.raises(SlackApiError):
        await client.chat_postMessage(channel=GENERAL, text="x")
    for drop, said in (("before", 2), ("after", 3)):
        slack.fail("chat.postMessage", drop="before" if drop == "before" else "after")
        with pytest.raises(aiohttp.ClientError):
            await client.chat_postMessage(channel=GENERAL, text="x")
        assert len(slack.messages(GENERAL)) == said
    slack.fail("chat.postMessage", slow=0.2)
    began = time.monotonic()
    await client.chat_postMessage(channel=GENERAL, text="x")
    assert time.monotonic() - began >= 0.2


async def test_shows_what_a_reader_sees_of_blocks(slack: FakeSlack) -> None:
    cell = {"type": "raw_text", "text": "a"}
    feedback = {
        "type": "feedback_buttons",
        "action_id": "vote",
        "positive_button": {"text": {"type": "plain_text", "text": "Good"}, "value": "up"},
        "negative_button": {"text": {"type": "plain_text", "text": "Bad"}, "value": "down"},
    }
    blocks: list[Json] = [
        {"type": "header", "text": {"type": "plain_text", "text": "Title"}},
        {"type": "markdown", "text": "# Body <!channel>"},
        section("Text", accessory=button("more")),
        {"type": "table", "rows": [[cell, cell]]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "small"}]},
        {"type": "context_actions", "elements": [feedback]},
    ]
    ts = (await client_of(slack).chat_postMessage(channel=GENERAL, text="Fallback", blocks=blocks))["ts"]
    message = slack.message(GENERAL, ts)
    assert message.shown.splitlines() == [
        "Title",
        "# Body <!channel>",
        "Text",
        "[Go]",
        "a | a",
        "small",
        "[Good] [Bad]",
    ]
    assert message.pings == ["<!channel>"]
    assert message.actions == ["more", "vote"]
    assert all(elements_of(block)[0]["action_id"] for block in message.blocks if elements_of(block))
