"""Without a model: the passage that answers, quoted, with its code."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import policy
from bot.core.extract import extract_answer, quote_passage
from tests.fakes.retriever import make_passage

RETRIES = """\
Hatchet runs every task at least once. A task that raises is marked as failed unless it may run again.

You can set the number of retries on the task:

```python
@hatchet.task(retries=3)
def step1(input: EmptyModel, ctx: Context) -> None:
    raise Exception("fails")
```

The task above runs four times in all. A failure that will never pass, a bad input for instance, should raise
another kind of exception, so that no time is lost on it: the engine then marks the run as failed at once, and
the workflow's failure handler is called with the error that was raised.

| option | default |
|---|---|
| `backoff_factor` | 1.0 |
| `backoff_max_seconds` | 60 |

Workers send a heartbeat every four seconds, which has nothing to do with it."""

DOCKER = """\
The compose file starts Postgres, the engine and the dashboard.

- `SERVER_GRPC_BROADCAST_ADDRESS`: what workers are told to connect to; set it to `hatchet-engine:7070` for
  workers in the same network.
- `SERVER_GRPC_INSECURE`: switches TLS off."""


@pytest.mark.parametrize(
    ("question", "text", "holds", "lacks"),
    [
        # The sentence and the code block that belongs to it.
        (
            "How do I set the number of retries?",
            RETRIES,
            ["set the number of retries on", "retries=3)"],
            ["heartbeat"],
        ),
        # A table, whole.
        (
            "what is the default of backoff_factor",
            RETRIES,
            ["| option | default |", "| `backoff_factor` | 1.0 |"],
            [],
        ),
        # A list.
        ("which broadcast address for workers in docker?", DOCKER, ["hatchet-engine:7070"], []),
        # None of the words: the beginning.
        ("zzz", RETRIES, ["at least once"], ["heartbeat"]),
    ],
)
def test_quotes_what_answers(question: str, text: str, holds: list[str], lacks: list[str]) -> None:
    quoted = quote_passage(question, make_passage(text))
    assert all(part in quoted for part in holds), quoted
    assert all(part not in quoted for part in lacks), quoted


def test_the_answer_says_that_it_quotes_and_whom() -> None:
    passage = make_passage(RETRIES, title="Retry *policies*", headings=("Simple", "Setup"))
    extract = extract_answer("How do I set the number of retries?", [passage])
    assert extract.text.startswith(
        "The documentation says under *Retry \\*policies\\* › Simple › Setup* [1]:\n\n"
    )
    assert [citation.number for citation in extract.citations] == [1]
    assert extract.citations[0].quote in RETRIES
    assert "See also" not in extract.text


def test_other_pages_are_named_when_they_share_the_question() -> None:
    question = "How do I set the number of retries?"
    passages = [
        make_passage("The number of retries. " + "Set it, and more of this. " * 60, path="a.md"),
        # The same page again, a page on something else, two that fit, one too many.
        make_passage("More on the number of retries.", path="a.md"),
        make_passage("Billing.", path="b.md", title="Billing", headings=()),
        make_passage("The number of retries is set per step.", path="c.md"),
        make_passage("Set the retries and their number here.", path="d.md"),
        make_passage("Number of retries, set elsewhere.", path="e.md"),
    ]
    extract = extract_answer(question, passages)
    assert extract.text.endswith("\n\nSee also [2] [3]")
    assert [citation.path for citation in extract.citations] == ["a.md", "c.md", "d.md"]


def test_a_second_passage_is_quoted_where_the_first_is_short() -> None:
    passages = [
        make_passage("The number of retries is 3.", path="a.md"),
        # Shares nothing: left out.
        make_passage("Billing.", path="b.md", title="Billing", headings=()),
        make_passage("Retries:\n\n```py\nretries = 3\n```", path="c.md", title="Number", headings=()),
        make_passage("More on the number of retries.", path="a.md"),
        make_passage("A number of retries.", path="d.md"),
    ]
    extract = extract_answer("Which number of retries?", passages)
    assert extract.text == (
        "The documentation says under *Retries › Options* [1]:\n\nThe number of retries is 3.\n\n"
        "And under *Number* [2]:\n\nRetries:\n\n```py\nretries = 3\n```\n\nSee also [3]"
    )
    assert [citation.path for citation in extract.citations] == ["a.md", "c.md", "d.md"]


def test_of_a_long_table_the_head_and_the_rows_that_answer_are_quoted() -> None:
    rows = [f"| `OPTION_{i}` | what option {i} does, at some length |" for i in range(100)]
    rows[70] = "| `SMTP_SERVER` | where alert mails go out |"
    table = "\n".join(["| name | meaning |", "|---|---|", *rows])
    quoted = quote_passage("send alert mails by smtp", make_passage(table))
    assert quoted.startswith("| name | meaning |\n|---|---|\n| `OPTION_0`")
    assert rows[70] in quoted
    assert len(quoted) <= policy.EXTRACT_CHARACTERS


def test_a_page_s_own_marks_are_not_taken_for_ours() -> None:
    text = "Retries are explained in [3] and [1](https://evil.example).\n\n```py\nx[9]\n```"
    quoted = quote_passage("retries", make_passage(text))
    assert quoted == "Retries are explained in and.\n\n```py\nx[9]\n```"


@pytest.mark.parametrize(
    "text",
    [
        # Long code is quoted whole, very long code is cut at a line and closed.
        "Retries:\n\n```py\n" + "retries = 1\n" * 100 + "```",
        "Retries:\n\n```py\n" + "retries = 1\n" * 1_000 + "```",
        "Retries:\n\n````md\n" + "```\nretries\n```\n" * 1_000 + "````",
        # Long prose, a long table, one long word.
        "retries and more " * 500,
        "| a | b |\n|---|---|\n" + "| retries | 3 |\n" * 1_000,
        "retries" * 1_000,
        # A fence that is never closed.
        "Retries\n\n```py\nretries = 1",
    ],
)
def test_what_is_quoted_is_bounded_and_its_fences_are_closed(text: str) -> None:
    quoted = quote_passage("How many retries?", make_passage(text))
    assert "retries" in quoted
    assert len(quoted) <= policy.EXTRACT_CHARACTERS + policy.FENCE_CHARACTERS + 20
    fences = re.findall(r"^`{3,}", quoted, re.MULTILINE)
    assert not fences or fences[0] == fences[-1]
    assert len(fences) != 1


def test_code_of_a_bearable_length_is_whole() -> None:
    code = "```py\n" + "retries = 1\n" * 150 + "```"
    assert quote_passage("retries", make_passage(code)) == code


@given(st.text(max_size=400), st.text(max_size=60))
def test_any_page_and_question(text: str, question: str) -> None:
    extract = extract_answer(question, [make_passage(text), make_passage("Other.", path="b.md")])
    assert extract.text.startswith("The documentation says under")
    assert extract.citations[0].number == 1
