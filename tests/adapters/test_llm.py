"""The language-model adapter against a server that speaks OpenAI's wire and fails in every way."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from bot.adapters.llm import ChatModel
from bot.adapters.thoughts import ThoughtFilter
from bot.core.errors import ModelCut, ModelFailed, ModelLimited, ModelRefused, ModelUnavailable
from bot.core.ports import Message
from tests.fakes.openai import FakeOpenAI, Reply, Script

KEY = "sk-test-0123456789abcdef"
ASK = [Message(role="system", text="Be brief."), Message(role="user", text="How?")]
LONG = Reply(text="word " * 500, rate=50)


@asynccontextmanager
async def chat(
    server: FakeOpenAI, *, key: str = KEY, seconds: float = 10.0, retries: int = 2, base_url: str = ""
) -> AsyncIterator[ChatModel]:
    model = ChatModel(
        model="fake-model",
        api_key=key,
        base_url=base_url or server.url,
        retries=retries,
        wait_seconds=0.01,
        first_seconds=seconds,
        next_seconds=seconds,
    )
    try:
        yield model
    finally:
        await model.close()


async def read(model: ChatModel) -> str:
    return "".join([piece async for piece in model.stream(ASK)])


async def read_failing(model: ChatModel) -> tuple[str, ModelFailed]:
    """What came before the failure, and the failure."""
    text = ""
    try:
        async for piece in model.stream(ASK):
            text += piece
    except ModelFailed as failure:
        return text, failure
    raise AssertionError(f"it did not fail and wrote {text!r}")


async def test_streams_text_in_pieces_and_sends_roles_and_settings() -> None:
    with FakeOpenAI("Set `retries` to 3 [1].", key=KEY) as server:
        async with chat(server) as model:
            pieces = [piece async for piece in model.stream(ASK)]
        assert "".join(pieces) == "Set `retries` to 3 [1]."
        assert len(pieces) > 2
        assert server.requests[0].messages == [("system", "Be brief."), ("user", "How?")]
        assert server.requests[0].body["temperature"] == 0
        assert server.requests[0].body["stream"] is True
        assert model.name == "fake-model"


async def test_pieces_arrive_while_the_model_writes() -> None:
    with FakeOpenAI(Reply(text="one two three four", rate=20)) as server:
        async with chat(server) as model:
            await model.warm()
            times = [time.monotonic() async for _ in model.stream(ASK)]
    assert times[-1] - times[0] > 0.1


@pytest.mark.parametrize(
    ("reply", "kind", "attempts"),
    [
        # The operator must act: no second attempt.
        (Reply(status=400), ModelRefused, 1),
        (Reply(status=401), ModelRefused, 1),
        (Reply(status=403), ModelRefused, 1),
        (Reply(status=404, error="model not found"), ModelRefused, 1),
        (Reply(status=422), ModelRefused, 1),
        # The prompt is longer than the model reads: the same prompt fails again.
        (Reply(status=400, error="too long", code="context_length_exceeded"), ModelRefused, 1),
        # A filter answers the same question the same way.
        (Reply(text="", finish="content_filter"), ModelRefused, 1),
        # A limit may pass, a spent quota does not.
        (Reply(status=429), ModelLimited, 3),
        (Reply(status=429, code="insufficient_quota"), ModelLimited, 1),
        # The server asks for a longer wait than a person has.
        (Reply(status=429, headers={"Retry-After": "60"}), ModelLimited, 1),
        # Outages.
        (Reply(status=408), ModelUnavailable, 3),
        (Reply(status=500), ModelUnavailable, 3),
        (Reply(status=503), ModelUnavailable, 3),
        # Nothing, or nonsense, before the first text.
        (Reply(cut_after=0), ModelUnavailable, 3),
        (Reply(garbage_after=0), ModelUnavailable, 3),
        (Reply(error_after=0), ModelUnavailable, 3),
        (Reply(finish=None), ModelUnavailable, 3),
        (Reply(body="<html>Welcome to our proxy</html>"), ModelUnavailable, 3),
    ],
)
async def test_failures_before_the_first_text(reply: Reply, kind: type[ModelFailed], attempts: int) -> None:
    with FakeOpenAI(reply) as server:
        async with chat(server) as model:
            text, failure = await read_failing(model)
        assert (text, type(failure)) == ("", kind)
        assert len(server.requests) == attempts


@pytest.mark.parametrize(
    "reply",
    [
        # The connection is torn down.
        Reply(text="one two three", cut_after=2),
        # The stream ends politely, without a finish reason.
        Reply(text="one two", finish=None),
        # A line that is no JSON.
        Reply(text="one two three", garbage_after=2),
        # An error inside the stream.
        Reply(text="one two three", error_after=2),
        # Silence.
        Reply(text="one two three", stall_after=2),
        # A filter that steps in late.
        Reply(text="one two", finish="content_filter"),
    ],
)
async def test_failures_after_the_first_text_cut_it_and_are_not_retried(reply: Reply) -> None:
    with FakeOpenAI(reply) as server:
        async with chat(server, seconds=0.3) as model:
            await model.warm()
            text, failure = await read_failing(model)
        assert text == "one two"
        assert type(failure) is ModelCut
        assert len(server.requests) == 1


@pytest.mark.parametrize("reply", [Reply(stall_after=0), Reply(text="late", delay=30)])
async def test_a_silent_server_is_given_up(reply: Reply) -> None:
    with FakeOpenAI(reply) as server:
        async with chat(server, seconds=0.15, retries=1) as model:
            await model.warm()
            _, failure = await read_failing(model)
        assert type(failure) is ModelUnavailable
        assert server.wait_disconnects(2)


async def test_a_server_that_is_down() -> None:
    with FakeOpenAI() as server:
        url = server.url
    async with chat(server, base_url=url) as model:
        _, failure = await read_failing(model)
    assert type(failure) is ModelUnavailable


@pytest.mark.parametrize(
    "first",
    [
        # A short wait that the server asks for.
        Reply(status=429, headers={"Retry-After": "0.01"}),
        Reply(status=503),
        Reply(cut_after=0),
    ],
)
async def test_a_passing_failure_is_tried_again(first: Script) -> None:
    with FakeOpenAI(first, "Better [1].") as server:
        async with chat(server) as model:
            assert await read(model) == "Better [1]."
        assert len(server.requests) == 2


async def test_an_answer_at_the_length_limit_ends_with_an_ellipsis() -> None:
    with FakeOpenAI(Reply(text="one two", finish="length")) as server:
        async with chat(server) as model:
            assert await read(model) == "one two …"


async def test_closing_the_iterator_ends_the_request() -> None:
    with FakeOpenAI(LONG) as server:
        async with chat(server) as model:
            stream = model.stream(ASK)
            await anext(stream)
            await stream.aclose()
            assert await asyncio.to_thread(server.wait_disconnects, 1, seconds=1.0)


@pytest.mark.parametrize(
    "reply",
    [
        # In the middle of the text.
        LONG,
        # Before the first.
        Reply(text="late", delay=30),
    ],
)
async def test_cancelling_the_reader_ends_the_request(reply: Reply) -> None:
    with FakeOpenAI(reply) as server:
        async with chat(server) as model:
            await model.warm()
            task = asyncio.create_task(read(model))
            await asyncio.sleep(0.15)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await asyncio.to_thread(server.wait_disconnects, 1, seconds=1.0)


async def test_a_refused_key_is_shown_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with FakeOpenAI(key="another") as server:  # it echoes the key that it refuses
        async with chat(server) as model:
            _, failure = await read_failing(model)
    assert type(failure) is ModelRefused
    assert "***" in failure.detail
    shown = [str(failure), failure.text, repr(model), caplog.text, str(vars(failure))]
    assert all(KEY not in text for text in shown)
    assert failure.__cause__ is None
    assert failure.__context__ is None


async def test_a_key_that_no_header_can_hold_is_refused() -> None:
    with FakeOpenAI() as server:
        async with chat(server, key="sk-ключ") as model:
            _, failure = await read_failing(model)
    assert type(failure) is ModelRefused
    assert "ключ" not in f"{failure}{failure.detail}"


async def test_a_server_of_ones_own_needs_no_key() -> None:
    with FakeOpenAI("Fine [1].") as server:
        async with chat(server, key="") as model:
            assert await read(model) == "Fine [1]."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        # A thinking model behind a server that does not part its thoughts from its answer.
        ("<think>Hm, [1] says so.</think>\n\nYes [1].", "\n\nYes [1]."),
        ("\n<think>\n</think>Yes", "Yes"),
        # Not at the beginning: the answer's own text.
        ("Write <think>x</think>", "Write <think>x</think>"),
        # Looks like it at first.
        ("<thin air>", "<thin air>"),
        ("<thi", "<thi"),
        # Never closed: there was no answer.
        ("<think>and so on", ""),
    ],
)
def test_thoughts_are_taken_out_however_they_are_cut(text: str, shown: str) -> None:
    for size in (1, 2, 3, 7, 100):
        filtered = ThoughtFilter()
        pieces = [filtered.feed(text[i : i + size]) for i in range(0, len(text), size)]
        assert "".join([*pieces, filtered.finish()]) == shown


def _get(url: str) -> httpx.Response:
    with httpx.Client(timeout=5) as client:
        return client.get(url)


def _post(url: str, body: dict[str, object]) -> httpx.Response:
    with httpx.Client(timeout=5) as client:
        return client.post(url, json=body)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda url: _get(f"{url}/models").json()["data"][0]["id"], "fake-model"),
        (
            lambda url: _post(f"{url}/chat/completions", {"messages": []}).json()["choices"][0]["message"][
                "content"
            ],
            "NO_ANSWER: There is nothing to quote.",
        ),
        (lambda url: len(_post(f"{url}/embeddings", {"input": ["a", "b"]}).json()["data"]), 2),
        (lambda url: _post(f"{url}/nothing", {}).status_code, 404),
    ],
)
def test_the_fake_serves_the_other_addresses(call: Callable[[str], object], expected: object) -> None:
    with FakeOpenAI() as server:
        assert call(server.url) == expected


async def test_the_fake_embeds_for_the_real_client_in_both_encodings() -> None:
    import openai

    with FakeOpenAI() as server:
        async with openai.AsyncOpenAI(api_key="x", base_url=server.url, max_retries=0) as client:
            packed = await client.embeddings.create(model="m", input=["retry a task"])
            plain = await client.embeddings.create(model="m", input=["retry a task"], encoding_format="float")
    assert packed.data[0].embedding == pytest.approx(plain.data[0].embedding)
