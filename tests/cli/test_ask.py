"""docsbot ask: one answer in words, as an object, and many as lines."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.batch import AT_ONCE, LineMalformed, parse_request
from bot.core.models import Turn
from tests.cli.calls import Call, Caller
from tests.fakes.answerer import COMMIT, URL


def lines(said: Call) -> list[dict[str, object]]:
    return [json.loads(line) for line in said.out.splitlines()]


class TestWords:
    def test_answer_then_its_sources(self, call: Caller) -> None:
        said = call("ask", "How do I", "rotate?")
        assert (said.code, said.err) == (0, "")
        assert said.out == (
            f"Run `rotate` [1]. Turns: 0.\n\nSources\n[1] Keys › Rotate (1a2b3c4)\n    {URL}\n"
        )
        assert call.service.answerer.asked[0].text == "How do I rotate?"

    @pytest.mark.parametrize(
        ("question", "code", "out", "err"),
        [
            ("unanswerable", 3, "I cannot tell.\n", ""),
            # What was shown before it was taken back cannot be unprinted.
            (
                "withdrawn",
                3,
                "Surely so.\n\nPlease disregard what stands above:\nI cannot tell.\n",
                "",
            ),
            ("fail", 1, "Half an \n", "The language model is away.\n"),
            ("cut", 1, "Half an \n", "The answer ended before it was whole. Please ask again.\n"),
            ("invalid", 1, "", "That is not a question.\n"),
        ],
    )
    def test_other_ends(self, call: Caller, question: str, code: int, out: str, err: str) -> None:
        said = call("ask", question)
        assert (said.code, said.out.lstrip("\n"), said.err) == (code, out, err)

    def test_what_others_wrote_moves_no_cursor(self, call: Caller) -> None:
        said = call("ask", "hostile")
        assert said.out.startswith("red [1] end\n")

    def test_without_an_index(self, call: Caller) -> None:
        call.service.index.chunks = 0
        said = call("ask", "hi")
        assert (said.code, said.out) == (1, "")
        assert said.err.startswith("Nothing is indexed yet. Run `docsbot index ./docs`")


class TestObject:
    def test_has_the_fixed_fields(self, call: Caller) -> None:
        said = call("ask", "hi", "--json")
        assert said.code == 0
        assert lines(said) == [
            {
                "id": "1",
                "question": "hi",
                "answer": "Run `rotate` [1]. Turns: 0.",
                "abstained": False,
                "reason": "",
                "citations": [
                    {
                        "number": 1,
                        "path": "docs/keys.md",
                        "url": URL,
                        "heading": "Rotate",
                        "commit": COMMIT,
                        "quote": "Run widgets rotate.",
                    }
                ],
                "passages": [
                    {
                        "path": "docs/keys.md",
                        "heading": "Rotate",
                        "score": 0.9,
                        "text": "Run `widgets rotate`.",
                    }
                ],
                "model": "scripted",
                "timings_ms": {"retrieve": 1.3, "first_token": 2.0, "total": 3.0},
            }
        ]

    def test_abstained(self, call: Caller) -> None:
        said = call("ask", "unanswerable", "--json")
        assert said.code == 3
        assert lines(said)[0]["abstained"] is True
        assert lines(said)[0]["reason"] == "The documentation does not say."

    def test_failed(self, call: Caller) -> None:
        said = call("ask", "fail", "--json")
        assert said.code == 1
        assert lines(said)[0]["error"] == "The language model is away."
        assert said.err == "The language model is away.\n"

    def test_is_ascii_whatever_was_asked(self, call: Caller) -> None:
        said = call("ask", "как 鍵 \U0001f511 \x9b2J", "--json")
        assert said.out.isascii()
        assert lines(said)[0]["question"] == "как 鍵 \U0001f511 \x9b2J"


class TestLines:
    def test_keep_the_order_and_go_on_after_a_bad_one(self, call: Caller) -> None:
        slow, quick = b'{"id": "slow", "question": "wait 0.2"}', b'{"id": 7, "question": "hi"}\r'
        stdin = b"\n".join([slow, b"not json", b"", quick, b'{"question": "hi"}'])
        said = call("ask", "--jsonl", stdin=stdin)
        assert said.code == 1
        assert [(line["id"], "error" in line) for line in lines(said)] == [
            ("slow", False),
            (None, True),
            (7, False),
            # Without an id, the line's number.
            ("5", False),
        ]

    @pytest.mark.parametrize(
        ("questions", "code"), [(["hi", "unanswerable"], 0), (["hi", "fail"], 1), (["invalid"], 1), ([], 0)]
    )
    def test_exit_code(self, call: Caller, questions: list[str], code: int) -> None:
        stdin = "\n".join(json.dumps({"question": question}) for question in questions).encode()
        said = call("ask", "--jsonl", stdin=stdin)
        assert said.code == code
        assert len(lines(said)) == len(questions)

    def test_several_at_once_and_no_more(self, call: Caller) -> None:
        call("ask", "--jsonl", stdin=b'{"question": "wait 0.02"}\n' * 12)
        assert call.service.answerer.most_at_once == AT_ONCE

    def test_thread_is_passed_on(self, call: Caller) -> None:
        thread = [{"role": "user", "text": "a"}, {"role": "assistant", "content": "b"}, "c"]
        call("ask", "--jsonl", stdin=json.dumps({"question": "hi", "thread": thread}).encode())
        assert call.service.answerer.asked[0].thread == (
            Turn(role="user", text="a"),
            Turn(role="assistant", text="b"),
            Turn(role="user", text="c"),
        )


@pytest.mark.parametrize(
    ("line", "id_", "reason"),
    [
        ("", None, "not JSON"),
        ("[1]", None, "not an object"),
        ('"question"', None, "not an object"),
        ("[" * 100_000, None, "not JSON"),
        ("{}", None, "question is missing"),
        ('{"id": "a", "question": "  "}', "a", "question is missing"),
        ('{"id": "a", "question": ["q"]}', "a", "question is missing"),
        ('{"id": {}, "question": "q"}', None, "id is neither"),
        ('{"id": true, "question": "q"}', None, "id is neither"),
        ('{"id": "a", "question": "q", "thread": {"role": "user"}}', "a", "thread is not a list"),
        (
            '{"id": "a", "question": "q", "thread": [{"role": "system", "text": "t"}]}',
            "a",
            "A turn of thread",
        ),
        ('{"id": "a", "question": "q", "thread": [{"role": "user"}]}', "a", "A turn of thread"),
    ],
)
def test_refuses_a_line(line: str, id_: str | None, reason: str) -> None:
    with pytest.raises(LineMalformed, match=reason) as caught:
        parse_request(line, 1)
    assert caught.value.id == id_


def test_a_thread_that_is_an_address_is_no_turn() -> None:
    """Files of questions name the discussion that one was found in."""
    assert parse_request('{"question": "q", "thread": "https://x/1"}', 1).question.thread == ()


@given(
    st.text()
    | st.recursive(st.none() | st.text(), lambda inner: st.dictionaries(st.text(), inner)).map(json.dumps)
)
def test_any_line_is_a_request_or_refused(line: str) -> None:
    try:
        request = parse_request(line, 3)
    except LineMalformed as error:
        reason = str(error)
    else:
        reason = request.question.text.strip()
    assert reason
