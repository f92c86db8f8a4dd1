"""Every benchmark runs, on a corpus of two pages; nothing here looks at a time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import pytest

from tests.benchmarks.__main__ import BENCHMARKS, main, run
from tests.benchmarks.corpora import Corpus, read_corpora
from tests.benchmarks.figures import Figure, Report, report
from tests.benchmarks.lab import Effort

_PAGES = {
    "retries.md": "# Retries\n\nSet `max_retries` to 3 and a failed task is run again, thrice at the most.\n",
    "guide/install.md": f"# Install\n\nRun `pip install widget`.\n\n{'Widgets turn slowly. ' * 900}\n",
}
_QUESTIONS = [
    {
        "question": "How do I set max_retries for a failed task?",
        "gold": ["retries.md"],
        "answer_facts": ["thrice"],
    },
    {"question": "How do I install widget with pip?", "gold": ["guide/install.md"]},
    {"question": "Which sonnet did Shakespeare write in Verona?", "kind": "unanswerable"},
]
_LARGE = 200
_ROWS = {
    "quality": 6,
    "embedding": 3,
    "indexing": 3,
    "retrieval": 2,
    "retrieval-large": 2,
    "memory": 2,
    "ask": 1,
}


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> tuple[Corpus, ...]:
    folder = tmp_path_factory.mktemp("corpus")
    for path, text in _PAGES.items():
        (folder / "docs" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "docs" / path).write_text(text)
    (folder / "questions.jsonl").write_text("\n".join(map(json.dumps, _QUESTIONS)))
    return read_corpora([folder / "docs"], [folder / "questions.jsonl"])


@pytest.fixture(scope="module")
def measured(corpora: tuple[Corpus, ...], tmp_path_factory: pytest.TempPathFactory) -> Report:
    effort = Effort(rounds=1, texts=4, large=_LARGE)
    return run(corpora, list(BENCHMARKS), effort, tmp_path_factory.mktemp("lab"))


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_benchmark_gives_its_rows(measured: Report, name: str) -> None:
    figures = [figure for figure in measured.figures if figure.name == name]
    assert len(figures) == _ROWS[name]
    assert all(figure.docsbot is not None for figure in figures)


def test_both_find_the_page_and_only_one_embeds_all_again(measured: Report) -> None:
    by_row = {figure.what.partition(",")[0]: figure for figure in measured.figures}
    for what in ("a gold page first", "the answer's facts in the passages shown (4 pieces; 6"):
        assert (by_row[what].tutorial, by_row[what].docsbot) == (1.0, 1.0), what
    again = [figure for figure in measured.figures if figure.what == "index again, texts embedded"]
    assert [(bool(figure.tutorial), figure.docsbot) for figure in again] == [(True, 0)]


def test_the_tutorial_loses_what_is_behind_256_tokens(measured: Report) -> None:
    (reached,) = [figure for figure in measured.figures if "searchable" in figure.what]
    assert reached.tutorial is not None
    assert reached.tutorial < 0.6
    assert reached.docsbot == 1.0


def test_the_large_index_is_as_large_as_asked_for(measured: Report) -> None:
    sizes = [figure.what for figure in measured.figures if figure.name == "retrieval-large"]
    assert sizes == [f"retrieval, {_LARGE} chunks, p50", f"retrieval, {_LARGE} chunks, p99"]


def test_the_table_has_a_line_a_figure(measured: Report) -> None:
    lines = measured.as_markdown().splitlines()
    assert lines[:2] == ["| what | tutorial | docsbot | ratio |", "| --- | ---: | ---: | ---: |"]
    assert len([line for line in lines if line.startswith("|")]) == 2 + sum(_ROWS.values())
    assert json.loads(json.dumps(measured.as_json()))["figures"][0]["name"] == "quality"


@pytest.mark.parametrize(
    ("tutorial", "docsbot", "better", "ratio"),
    [
        (40.0, 4.0, "less", "10×"),  # a time that fell to a tenth
        (100.0, 450.0, "more", "4.5×"),  # a speed that grew
        (10.0, 20.0, "less", "0.5×"),  # worse is below 1
        (None, 4.0, "less", ""),  # the tutorial has no such thing
        (8.0, 0.0, "less", ""),  # nothing at all has no ratio
    ],
)
def test_a_ratio_above_one_is_for_docsbot(
    tutorial: float | None, docsbot: float, better: Literal["more", "less"], ratio: str
) -> None:
    figure = Figure(
        name="x",
        what="x | y",
        tutorial=tutorial,
        docsbot=docsbot,
        unit="milliseconds",
        better=better,
    )
    assert report([figure]).as_markdown().splitlines()[2].endswith(f"| {ratio} |")
    assert "x / y" in report([figure]).as_markdown()


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--help"], "examples:"),  # how to call it
        (["--only", "nothing"], "invalid choice"),  # no benchmark of that name
        (["--docs", str(Path(__file__).parent), "--questions", "missing.jsonl"], "missing.jsonl"),
        (["--docs", "missing"], "no such folder: missing"),
        (["--questions", "q.jsonl"], "--docs"),  # questions on what?
    ],
)
def test_the_command_says_how_to_call_it(
    argv: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(argv)
    except SystemExit as stop:
        code = int(stop.code or 0)
    assert code == (0 if argv == ["--help"] else 2)
    out = capsys.readouterr()
    assert said in out.out + out.err
