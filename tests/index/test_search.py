"""Search over real pages with the program's own model: the right page first, whole sections, honest doubt."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.index.embed import LocalEmbedder
from pipelines.index.open import Index
from pipelines.index.passages import SECTION, Passage
from pipelines.index.search import Found
from pipelines.sources.blob import blob_sha
from pipelines.sources.models import Entry
from pipelines.steps import store_embeddings
from tests.index.corpus import PAGES
from tests.index.samples import make_index

SOURCE = "kestrel/docs"


def store(index: Index, pages: Mapping[str, str], source: str = SOURCE) -> None:
    for path, text in pages.items():
        content = text.encode()
        entry = Entry(path=path, blob=blob_sha(content), size=len(content))
        store_embeddings(
            index.store, source=source, entry=entry, commit="", content=content, count=index.count
        )


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, local_embedder: LocalEmbedder) -> Index:
    index = make_index(tmp_path_factory.mktemp("search"), local_embedder)
    store(index, PAGES)
    index.follower.refresh()
    return index


def search(index: Index, question: str, *, tokens: int = 2_000, context: str = "") -> Found:
    return index.searcher.search(question, tokens=tokens, context=context)


def where(passage: Passage) -> str:
    return " > ".join((passage.first.path, *passage.first.headings))


QUESTIONS = [
    ("max_retries", "retries.md"),  # an identifier
    ("What is KESTREL_RESULT_TTL?", "configuration.md"),
    ("KES-1042", "errors.md"),
    ("terminationGracePeriodSeconds", "workers.md"),
    ("kestrel_queue_length", "metrics.md"),
    ("How do I cap how often a failing task is attempted?", "retries.md"),  # none of the page's words
    ("postpone a task until tomorrow morning", "jobs.md"),
    ("What happens to running work when the pod is stopped?", "workers.md"),
    ("our mail provider only takes 100 requests a minute", "rate-limits.md"),
    ("protect the web page with a password", "dashboard.md"),
    ("unit tests without a database", "testing.md"),
    ("daylight saving", "schedules.md"),
    ("Time zones", "schedules.md"),  # a heading
    ("Rotating the key", "security.md"),
    ("upgrading from 1 to 2", "upgrade.md"),
    ("How do I uninstall it?", "install.md"),
    ("MAX_RETRIES", "retries.md"),
    ("maxRetries", "retries.md"),
    ("delete everything from redis", "install.md"),
]


@pytest.mark.parametrize(("question", "page"), QUESTIONS)
def test_the_page_that_answers_is_among_the_first_two(index: Index, question: str, page: str) -> None:
    found = search(index, question)
    assert page in [passage.first.path for passage in found.passages[:2]]


def test_nearly_always_it_is_the_first(index: Index) -> None:
    first = [search(index, question).passages[0].first.path == page for question, page in QUESTIONS]
    assert sum(first) >= len(QUESTIONS) - 2


@pytest.mark.parametrize(
    ("question", "section"),
    [
        ("max_retries", "retries.md > max_retries"),
        ("What does KES-2001 mean?", "errors.md > KES-2001"),
        ("liveness probe for kubernetes", "workers.md > Kubernetes"),
        ("dead letter queue", "retries.md > Giving up"),
    ],
)
def test_the_section_that_answers_is_the_first(index: Index, question: str, section: str) -> None:
    assert where(search(index, question).passages[0]) == section


def test_passages_come_best_first_and_none_twice(index: Index) -> None:
    for question, _ in QUESTIONS:
        passages = search(index, question).passages
        scores = [passage.score for passage in passages]
        assert scores == sorted(scores, reverse=True)
        assert all(0 < score <= 1 for score in scores)
        ids = [piece.id for passage in passages for piece in passage.pieces]
        assert len(ids) == len(set(ids))


@given(st.integers(0, 1_500), st.sampled_from([question for question, _ in QUESTIONS]))
@settings(max_examples=40, deadline=None)
def test_the_token_budget_is_kept(index: Index, tokens: int, question: str) -> None:
    passages = search(index, question, tokens=tokens).passages
    assert sum(index.count(passage.text) for passage in passages) <= tokens
    assert passages or tokens < 60 + SECTION


def test_a_section_is_joined_back_to_the_letter(
    index: Index, local_embedder: LocalEmbedder, tmp_path: Path
) -> None:
    """Long sections are stored in pieces; what is shown is what was written."""
    blocks = [
        f"Paragraph {number} tells of otters: " + "they swim and they dive. " * 7 for number in range(8)
    ]
    text = "\n\n".join(block.strip() for block in blocks) + "\n\n- one otter\n- two otters"
    long = make_index(tmp_path, local_embedder)
    store(long, {**PAGES, "otters.md": f"# Animals\n\n## Otters\n\n{text}\n"})
    long.follower.refresh()
    (passage,) = [hit for hit in search(long, "otters").passages if hit.first.path == "otters.md"]
    assert len(passage.pieces) > 2
    assert passage.text == text
    assert passage.tokens <= SECTION


def test_a_section_beyond_the_limit_is_shown_around_what_answers(
    local_embedder: LocalEmbedder, tmp_path: Path
) -> None:
    blocks = [f"Paragraph {number}: " + f"animal{number} eats and sleeps. " * 20 for number in range(30)]
    long = make_index(tmp_path, local_embedder)
    store(long, {"zoo.md": "# Zoo\n\n" + "\n\n".join(blocks)})
    long.follower.refresh()
    passage = search(long, "animal17", tokens=6_000).passages[0]
    assert "animal17" in passage.text
    assert passage.tokens <= SECTION
    ordinals = [piece.ordinal for piece in passage.pieces]
    assert ordinals == list(range(ordinals[0], ordinals[0] + len(ordinals)))


def test_a_lone_piece_of_a_table_has_the_tables_head(local_embedder: LocalEmbedder, tmp_path: Path) -> None:
    rows = "\n".join(
        f"| `OPTION_{number}` | {number * 7} | sets the thing with number {number} |" for number in range(200)
    )
    table = make_index(tmp_path, local_embedder)
    store(table, {"options.md": f"# Options\n\n| Name | Default | Meaning |\n|---|---|---|\n{rows}\n"})
    table.follower.refresh()
    passage = search(table, "OPTION_137", tokens=200).passages[0]
    assert passage.text.splitlines()[0] == "| Name | Default | Meaning |"
    assert "| `OPTION_137` | 959 |" in passage.text


def test_what_says_the_same_is_shown_once(local_embedder: LocalEmbedder, tmp_path: Path) -> None:
    copies = {
        f"v{version}/retries.md": PAGES["retries.md"].replace("14 days", f"{version} days")
        for version in (1, 2, 3)
    }
    twins = make_index(tmp_path, local_embedder)
    store(twins, {**copies, "jobs.md": PAGES["jobs.md"]})
    twins.follower.refresh()
    found = search(twins, "backoff_base and backoff_cap").passages
    sections = [passage.first.headings for passage in found if "retries" in passage.first.path]
    assert sections.count(("Backoff",)) == 1
    assert sections.count(("max_retries",)) == 1


@pytest.mark.parametrize(
    "question",
    [
        "How do I bake sourdough bread?",
        "Who won the football match yesterday?",
        "What is the capital of Mongolia?",
        "Does Kestrel support GraphQL subscriptions?",
        "hi",
        "thanks!",
        "👍🎉",
        "???",
        "...",
        "the and of",
    ],
)
def test_what_the_pages_do_not_answer_is_doubted_with_a_reason(index: Index, question: str) -> None:
    found = search(index, question)
    assert found.evidence.confidence < 0.5
    assert found.evidence.reason.endswith(".")


@pytest.mark.parametrize(
    "question",
    [
        "How many times is a job tried again by default?",
        "What is max_retries?",
        "What is the default port of the dashboard?",
        "How do I rotate the encryption key?",
        "What does KES-1042 mean?",
    ],
)
def test_what_the_pages_answer_is_not_doubted(index: Index, question: str) -> None:
    found = search(index, question)
    assert found.evidence.confidence >= 0.5
    assert found.evidence.reason == ""


def test_a_follow_up_question_is_searched_with_what_was_asked_before(index: Index) -> None:
    asked = "How long do workers wait for jobs when they shut down?"
    alone = [passage.first.path for passage in search(index, "and on Kubernetes?").passages]
    after = search(index, "and how do I change that?", context=asked)
    assert after.passages[0].first.path == "workers.md"
    assert alone[0] == "workers.md"
    other = search(index, "and how do I change that?", context="In which time zone do cron expressions run?")
    assert other.passages[0].first.path == "schedules.md"


def test_a_search_can_be_held_to_a_source(
    index: Index, local_embedder: LocalEmbedder, tmp_path: Path
) -> None:
    two = make_index(tmp_path, local_embedder)
    store(two, {"a.md": PAGES["retries.md"]}, "one")
    store(two, {"b.md": PAGES["jobs.md"], "c.md": PAGES["security.md"]}, "two")
    two.follower.refresh()
    ask = partial(two.searcher.search, "max_retries", tokens=2_000)
    assert {passage.first.source for passage in ask(sources=["two"]).passages} == {"two"}
    assert {passage.first.source for passage in ask(sources=["one", "two"]).passages} == {"one", "two"}
    assert ask(sources=["three"]).passages == ()
    assert ask(sources=["three"]).evidence.confidence < 0.5


def test_an_empty_index_finds_nothing(local_embedder: LocalEmbedder, tmp_path: Path) -> None:
    found = search(make_index(tmp_path, local_embedder), "max_retries")
    assert (found.passages, found.evidence.confidence) == ((), 0.0)


@pytest.mark.parametrize(
    "question",
    [
        "",
        " ",
        "x" * 50_000,
        "why " * 12_000,
        "日本語の設定は？",
        "كيف أضبط",
        "a\x00b",
        "' OR 1=1 --",
        "[SEP]",
    ],
)
def test_any_question_can_be_asked(index: Index, question: str) -> None:
    found = search(index, question)
    assert 0 <= found.evidence.confidence <= 1


def test_the_same_question_has_the_same_answer_in_another_process_and_order(
    index: Index, local_embedder: LocalEmbedder, tmp_path: Path
) -> None:
    other = make_index(tmp_path, local_embedder)
    store(other, dict(reversed(PAGES.items())))
    store(other, {"jobs.md": "# Jobs\n\nSomething else."})
    store(other, {"jobs.md": PAGES["jobs.md"]})
    other.follower.refresh()
    for question, _ in QUESTIONS:
        ours, theirs = search(index, question), search(other, question)
        assert [hit.text for hit in ours.passages[:3]] == [hit.text for hit in theirs.passages[:3]]
        assert ours.evidence.confidence == pytest.approx(theirs.evidence.confidence, abs=1e-4)
