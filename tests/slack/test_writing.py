"""One answer on its way into a thread, while calls are lost and limits are reached: written whole, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState

from bot.chat.reply import ChatReply
from bot.conversation.freshness import Freshness
from bot.conversation.models import ReplyGone
from bot.core.models import Answer, Question, Timings
from bot.slack.calls.account import open_clients
from bot.slack.calls.patience import RateLimitPatience
from bot.slack.writing.budget import SESSIONS, STARTS, Budget
from bot.slack.writing.means import Means
from bot.slack.writing.messages import find_marked
from bot.slack.writing.place import Place
from bot.slack.writing.sheet import ThreadSheet
from bot.slack.writing.stream import INTERVAL
from tests.fakes.answerer import ScriptedIndex
from tests.fakes.slack import ALICE, GENERAL, FakeSlack
from tests.fakes.slack.limits import Drop
from tests.fakes.slack.names import TEAM

TEXT = "Run `widgets rotate` for a new key. The old one works a day."


@pytest.fixture
async def means(slack: FakeSlack) -> AsyncIterator[Means]:
    async with open_clients(token=slack.bot_token, api_url=slack.api_url) as clients:
        yield Means(clients=clients, budget=Budget(), freshness=Freshness(ScriptedIndex()), humans=False)


def place(slack: FakeSlack, *, channel: str = GENERAL) -> Place:
    """Of a new question."""
    ts = slack.post(ALICE, channel, "How do I rotate a key?")
    return Place(team=TEAM, channel=channel, thread=ts, question=ts, user=ALICE)


def write_on(means: Means, place: Place, *, written: Sequence[str] = ()) -> ChatReply:
    return ChatReply(ThreadSheet(means, place, written=written), means.freshness, below=("up", "down"))


def whole(text: str = TEXT) -> Answer:
    return Answer(
        question=Question(id="1", text="How?"),
        text=text,
        abstained=False,
        reason="",
        citations=(),
        passages=(),
        model="scripted",
        timings=Timings(retrieve=1, first_token=1, total=1),
    )


async def say(reply: ChatReply, text: str = TEXT) -> None:
    """As an answer comes: word by word, then whole."""
    await reply.searching()
    await reply.found(())
    for word in text.split():
        await reply.write(f"{word} ")
    await reply.finish(whole(text))


async def test_the_first_text_comes_with_the_stream_s_beginning(slack: FakeSlack, means: Means) -> None:
    where = place(slack)
    reply = write_on(means, where)
    await reply.searching()
    await reply.found(())
    await reply.write("Run ")
    (started,) = slack.answers(GENERAL, where.thread)
    assert started.shown.startswith("Run")
    assert [task["id"] for task in started.tasks] == [f"search:{where.question}"]
    await reply.finish(whole("Run it."))


@pytest.mark.parametrize("method", ["chat.startStream", "chat.stopStream", "chat.postMessage"])
@pytest.mark.parametrize("drop", ["before", "after"])
async def test_a_lost_call_makes_no_second_message_and_loses_no_word(
    slack: FakeSlack, means: Means, method: str, drop: Drop
) -> None:
    """Whether Slack has heard of the call or not."""
    where = place(slack)
    if method == "chat.postMessage":
        slack.fail("chat.startStream", "ratelimited", retry_after=30)
    slack.fail(method, drop=drop)
    await say(write_on(means, where))
    (answer,) = slack.answers(GENERAL, where.thread)
    assert answer.shown.count(TEXT) == 1
    assert not answer.streaming


@pytest.mark.parametrize("ending", ["stop", "fail"])
@pytest.mark.parametrize("seen", [True, False])
async def test_what_was_seen_of_an_answer_that_is_cut_short_stays(
    slack: FakeSlack, means: Means, ending: str, seen: bool
) -> None:
    """Also where its second message cannot be streamed."""
    where = place(slack)
    slack.fail("chat.startStream", "ratelimited", retry_after=30, skip=int(seen))
    reply = write_on(means, where)
    pages = ["First words.\n\n" * 700, "Second words."]
    for page in pages:
        await reply.write(page)
    if ending == "stop":
        await reply.stop("".join(pages))
    else:
        await reply.fail("The model is away.", partial="".join(pages), retryable=True)
    shown = "".join(answer.shown for answer in slack.answers(GENERAL, where.thread))
    assert shown.count("First words.") == 700 * seen
    assert ("Second words." in shown) == seen
    assert ("Stopped." in shown, "away" in shown) == (ending == "stop" and seen, ending == "fail")


@pytest.mark.parametrize("drop", ["before", "after"])
async def test_a_lost_piece_of_a_stream_is_written_over_in_the_end(
    slack: FakeSlack, means: Means, drop: Drop
) -> None:
    where = place(slack)
    reply = write_on(means, where)
    await reply.write("Run `widgets rotate` for a new key. ")
    await asyncio.sleep(INTERVAL)
    slack.fail("chat.appendStream", drop=drop)
    await reply.write("The old one works a day.")
    await reply.finish(whole())
    (answer,) = slack.answers(GENERAL, where.thread)
    assert answer.shown.count(TEXT) == 1


async def test_where_slack_stays_away_the_place_is_gone(slack: FakeSlack, means: Means) -> None:
    slack.fail("chat.startStream", "ratelimited", retry_after=30)
    slack.fail("chat.postMessage", drop="before", times=None)
    with pytest.raises(ReplyGone):
        await say(write_on(means, place(slack)))


async def test_what_was_posted_for_a_question_is_found_by_its_marks(slack: FakeSlack, means: Means) -> None:
    asked, other = place(slack), place(slack)
    same_thread = Place(
        team=TEAM,
        channel=GENERAL,
        thread=asked.thread,
        question=slack.post(ALICE, GENERAL, "And then?", thread=asked.thread),
        user=ALICE,
    )
    replies = {where.question: write_on(means, where) for where in (asked, other, same_thread)}
    for reply in replies.values():
        await say(reply)
    streaming = write_on(means, asked)
    await streaming.write("A stream that a crash has left open")
    for where in (other, same_thread):
        assert await find_marked(means.clients, where) == [replies[where.question].id]
    assert await find_marked(means.clients, asked) == [replies[asked.question].id, streaming.id]
    await write_on(means, asked, written=[streaming.id]).retract()
    # One that cannot be read is no reason to end.
    slack.world.scopes.remove("channels:history")
    assert await find_marked(means.clients, asked) == []


async def test_a_failure_is_found_too_and_written_over(slack: FakeSlack, means: Means) -> None:
    where = place(slack)
    await write_on(means, where).fail("The model is away.", partial="", retryable=True)
    (left,) = await find_marked(means.clients, where)
    await say(write_on(means, where, written=[left]))
    (answer,) = slack.answers(GENERAL, where.thread)
    assert (answer.ts, TEXT in answer.shown, "away" in answer.shown) == (left, True, False)


async def test_many_answers_in_one_channel_take_turns(slack: FakeSlack, means: Means) -> None:
    slack.limits.set("chat.postMessage", calls=1, seconds=1.0)
    slack.fail("chat.startStream", "ratelimited", retry_after=30, times=None)
    places = [place(slack) for _ in range(4)]
    await asyncio.gather(*(say(write_on(means, where)) for where in places))
    assert all(len(slack.answers(GENERAL, where.thread)) == 1 for where in places)
    assert not slack.limits.refused


async def test_a_status_that_slack_refuses_is_shown_a_little_later(slack: FakeSlack, means: Means) -> None:
    slack.fail("assistant.threads.setStatus", retry_after=1)
    where = place(slack)
    reply = write_on(means, where)
    await reply.searching()
    assert not slack.status(GENERAL, where.thread)
    # Meanwhile nobody else is refused there.
    await write_on(means, place(slack)).searching()
    assert len(slack.calls("assistant.threads.setStatus")) == 1
    await slack.wait_for(lambda: slack.status(GENERAL, where.thread))
    await reply.finish(whole())
    assert not slack.status(GENERAL, where.thread)


@pytest.mark.parametrize("streams", [True, False])
async def test_nothing_is_shown_as_under_way_in_the_end(
    slack: FakeSlack, means: Means, streams: bool
) -> None:
    if not streams:
        slack.fail("chat.startStream", "ratelimited", retry_after=30)
    where = place(slack)
    await say(write_on(means, where))
    assert not slack.status(GENERAL, where.thread)
    session = slack.session(GENERAL, where.thread)
    assert session is not None
    assert session.status == "active"
    # A posted message takes the status away: that needs no call.
    cleared = [call for call in slack.calls("assistant.threads.setStatus") if not call.text("status")]
    assert len(cleared) == streams


def test_budgets_are_for_each_workspace_and_fill_again() -> None:
    now = [0.0]
    budget = Budget(clock=lambda: now[0])
    assert [budget.may_start("T1") for _ in range(STARTS + 1)] == [*[True] * STARTS, False]
    assert budget.may_start("T2")
    assert [budget.may_begin_session("T1") for _ in range(SESSIONS + 1)] == [*[True] * SESSIONS, False]
    budget.close("append", "T1", 30)
    assert (budget.may_append("T1"), budget.may_append("T2")) == (False, True)
    now[0] = 31
    assert budget.may_append("T1")
    assert budget.may_start("T1")


@pytest.mark.parametrize(
    ("status", "headers", "waited", "expected"),
    [
        (429, {"Retry-After": "30"}, 0, True),
        (429, {"retry-after": ["30"]}, 0, True),  # as the SDK's other client has them
        (429, {"Retry-After": "30"}, 100, False),  # it would be too long in all
        (429, {"Retry-After": "300"}, 0, False),
        (429, {}, 0, True),
        (429, {"Retry-After": "soon"}, 0, True),
        (200, {}, 0, False),
        (503, {}, 0, False),
    ],
)
async def test_a_limit_is_waited_out_for_as_long_as_it_is_worth(
    status: int, headers: dict[str, str | list[str]], waited: float, expected: bool
) -> None:
    patience = RateLimitPatience(longest=120)
    state = RetryState(custom_values={"seconds waited": waited})
    response = HttpResponse(status_code=status, headers=headers)
    request = HttpRequest(method="POST", url="http://127.0.0.1/", headers={})
    assert await patience.can_retry_async(state=state, request=request, response=response) == expected


async def test_the_whole_of_retry_after_is_waited(slack: FakeSlack, means: Means) -> None:
    """Not its first digit, as the SDK's own handler does: that would be 1 here."""
    slack.fail("chat.update", retry_after=2, times=1)
    where = place(slack)
    with pytest.raises(SlackApiError, match="message_not_found"):
        await means.clients.patient.chat_update(channel=GENERAL, ts=where.question + "9", text="x")
    first, second = slack.calls("chat.update")
    assert second.at - first.at >= 2
