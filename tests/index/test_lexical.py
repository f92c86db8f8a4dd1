"""Text to terms."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.index.lexical import STOP_WORDS, count_terms, number, terms, words

CASES = [
    ("", []),
    ("Running the workers", ["run", "worker"]),  # stems, without stop words
    ("max_retries", ["max_retries", "max", "retri"]),  # whole and in parts
    ("maxRetries", ["maxretri", "max", "retri"]),
    ("HTTPServerError", ["httpservererror", "http", "server", "error"]),
    ("HATCHET_CLIENT_TOKEN", ["hatchet_client_token", "hatchet", "client", "token"]),
    ("hatchet.task(retries=3)", ["hatchet.task", "hatchet", "task", "retri", "3"]),
    ("docs/guide/set-up.md", ["docs/guide/set-up.md", "doc", "guid", "set", "md"]),  # `up` says nothing
    ("v1.2.3", ["v1.2.3", "v1", "v", "1", "2", "3"]),
    ("python3.11", ["python3.11", "python3", "python", "3", "11"]),
    ("--rebuild", ["rebuild"]),
    ("@app.route", ["app.route", "app", "rout"]),
    ("foo@example.org", ["foo@example.org", "foo", "exampl", "org"]),
    ("C++ and C#", ["c", "c"]),
    ("the worker's queue", ["worker", "queue"]),
    ("the worker’s queue", ["worker", "queue"]),  # a typographer's apostrophe
    ("doesn't don’t", []),
    ("日本語", ["日本", "本語"]),  # pairs, as there are no blanks
    ("設", ["設"]),
    ("カタカナ", ["カタ", "タカ", "カナ"]),
    ("API設定", ["設定"]),
    ("Перезапуск воркера", ["перезапуск", "воркера"]),
    ("größe", ["größe"]),
    ("café2", ["café2", "café", "2"]),
    ("العربية", ["العربية"]),
    ("🐟 🎉", []),
    ("hi", []),
    ("e.g. i.e.", ["e.g", "e", "g", "i.e", "e"]),
    ("x" * 64, ["x" * 64]),
    ("x" * 65, []),  # a hash: nobody asks for it
    ("0123abcd" * 40, []),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text[:24] for text, _ in CASES])
def test_terms(text: str, expected: list[str]) -> None:
    assert list(terms(text)) == expected


def test_a_part_of_an_identifier_is_found_by_the_word_alone() -> None:
    held = set(terms("maxRetries max_retries hatchet.task docs/installing-workers.md"))
    for word in ("retry", "retries", "Retries", "hatchet", "task", "install", "worker", "maxRetries"):
        assert set(terms(word)) <= held, word


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("worker", "workers"),
        ("retry", "retries"),
        ("index", "indexes"),
        ("query", "queries"),
        ("batch", "batches"),
        ("schedule", "scheduling"),
        ("install", "installed"),
        ("webhook", "Webhooks"),
        ("worker", "WORKERS"),
    ],
)
def test_forms_of_one_word_are_one_term(one: str, many: str) -> None:
    assert list(terms(one)) == list(terms(many))


@given(st.text())
def test_any_text_has_terms_of_bounded_length(text: str) -> None:
    for term in terms(text):
        assert 0 < len(term) <= 64
        assert term not in STOP_WORDS
        assert 0 <= number(term) < 2**64


@given(st.text(), st.text())
def test_terms_do_not_depend_on_their_neighbours(one: str, other: str) -> None:
    assert list(terms(f"{one}\n{other}")) == [*terms(one), *terms(other)]


@given(st.text())
def test_the_words_of_a_question_are_each_once_and_found_in_its_own_text(text: str) -> None:
    asked = words(text)
    assert len({word.whole for word in asked}) == len(asked)
    held = set(terms(text))
    for word in asked:
        assert {word.whole, *word.parts} <= held
        assert word.surface in text


@given(st.text(string.ascii_lowercase, min_size=3, max_size=12))
def test_case_makes_no_difference_to_a_plain_word(word: str) -> None:
    assert list(terms(word)) == list(terms(word.title()))


@given(st.lists(st.sampled_from(["red", "fish", "max_retries", "the"])), st.text(max_size=20))
def test_headings_count_once_more_however_often_they_say_it(body: list[str], heading: str) -> None:
    text = " ".join(body)
    counts, headed = count_terms(text, f"{heading} {heading}")
    assert headed == frozenset(map(number, terms(heading)))
    plain = [number(term) for term in terms(text)]
    assert counts == {key: plain.count(key) + (key in headed) for key in {*plain, *headed}}


def test_talk_is_told_from_the_subject() -> None:
    told = {word.surface: word.talk for word in words("I keep trying to make the Worker retry, why?")}
    assert told == {"keep": True, "trying": True, "make": True, "Worker": False, "retry": False}
