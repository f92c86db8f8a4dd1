"""docsbot index, status and check."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.check import Probe, ProbeResult, examine
from bot.core.models import CrawlEvent, CrawlProgress, SkippedFile
from tests.cli.calls import Caller
from tests.fakes.answerer import BROKEN, COMMIT, make_summary

BAD_FILE = replace(make_summary(), failed=(SkippedFile(path="a.md", reason="not UTF-8"),))


class TestIndex:
    def test_says_what_it_did(self, call: Caller) -> None:
        said = call("index", "./docs", "acme/widgets", "--rebuild")
        assert said.code == 0
        assert said.out.splitlines()[0] == "acme/widgets at 1a2b3c4: 2 files, 7 chunks"
        assert "not a document: logo.png" in said.out
        assert call.service.index.crawls == [(("./docs", "acme/widgets"), True)]
        assert call.service.opened[0][1] == ("./docs", "acme/widgets")

    def test_object_of_one_source_has_the_fixed_fields(self, call: Caller) -> None:
        said = call("index", "--json")
        assert json.loads(said.out) == {
            "source": "acme/widgets",
            "commit": COMMIT,
            "files": 2,
            "added": 0,
            "changed": 0,
            "removed": 0,
            "unchanged": 2,
            "skipped": [{"path": "logo.png", "reason": "not a document"}],
            "failed": [],
            "chunks": 7,
            "embedded_chunks": 0,
            "requests": 3,
            "seconds": 0.25,
        }

    def test_object_of_several_sums_and_keeps_each(self, call: Caller) -> None:
        call.service.index.events = (make_summary("a", added=2), make_summary("b", added=3), BROKEN)
        said = call("index", "--json")
        assert said.code == 1
        record = json.loads(said.out)
        assert (record["source"], record["added"], record["chunks"]) == ("a, b, acme/gone", 5, 14)
        assert [each["source"] for each in record["sources"]] == ["a", "b", "acme/gone"]
        assert record["sources"][2]["error"] == BROKEN.message
        assert set(record) - {"sources"} == set(record["sources"][0])

    @pytest.mark.parametrize(
        ("events", "code", "says"),
        [
            ((BROKEN,), 1, "acme/gone was not indexed: There is no repository"),
            # A source that fails doesn't keep the next one from being told of.
            ((BROKEN, make_summary()), 1, "acme/gone"),
            ((BAD_FILE,), 1, ""),
            ((), 1, "no source"),
            ((make_summary(files=0),), 0, ""),
        ],
    )
    def test_exit_code(self, call: Caller, events: tuple[CrawlEvent, ...], code: int, says: str) -> None:
        call.service.index.events = events
        said = call("index")
        assert said.code == code
        assert says in said.err

    def test_failed_files_are_named_in_both_forms(self, call: Caller) -> None:
        call.service.index.events = (BAD_FILE,)
        assert "not UTF-8: a.md" in call("index").out
        said = call("index", "--json")
        assert json.loads(said.out)["failed"] == [{"path": "a.md", "reason": "not UTF-8"}]
        assert "not UTF-8: a.md" in said.err

    def test_without_documents_says_what_is_read(self, call: Caller) -> None:
        call.service.index.events = (make_summary(files=0),)
        assert "No documents here: .md" in call("index").out


class TestStatus:
    def test_in_words(self, call: Caller) -> None:
        said = call("status")
        assert said.code == 0
        for part in (
            "acme/widgets at 1a2b3c4: 2 files, 7 chunks",
            "days ago",
            "not UTF-8: docs/bad.md",
            "quoted",
        ):
            assert part in said.out

    def test_as_an_object(self, call: Caller) -> None:
        record = json.loads(call("status", "--json").out)
        assert record["chunks"] == 7
        assert record["sources"][0] == {
            "source": "acme/widgets",
            "commit": COMMIT,
            "committed_at": None,
            "crawled_at": "2026-01-01T00:00:00+00:00",
            "files": 2,
            "chunks": 7,
            "failed": [{"path": "docs/bad.md", "reason": "not UTF-8"}],
        }

    def test_of_nothing(self, call: Caller) -> None:
        call.service.index.chunks = 0
        said = call("status")
        assert said.code == 0
        assert said.out.startswith("Nothing is indexed yet.")


async def well() -> ProbeResult:
    return ProbeResult(ok=True, text="It can be written.")


async def ill() -> ProbeResult:
    return ProbeResult(ok=False, text="It is\x1b[31m read-only.", mend="Choose another with --data.")


class TestCheck:
    def test_shows_the_settings_with_secrets_masked(self, call: Caller) -> None:
        call.environ = {"OPENAI_API_KEY": "sk-secret", "DOCS_SOURCES": "a/b"}
        (call.folder / ".env").write_text("DATABASE_URL=postgresql://me:secret@db/x\n")
        said = call("check", "--data", "here")
        assert said.code == 0
        assert "secret" not in said.out + said.err
        rows = {line.split()[0]: line.split(maxsplit=1)[1] for line in said.out.splitlines() if line}
        assert rows["OPENAI_API_KEY"] == "********  (environment)"
        assert rows["DATABASE_URL"] == "********  (.env)"
        assert rows["DOCSBOT_DATA"] == "here  (command line)"
        assert rows["CHROMA_HOST"] == "-  (default)"

    def test_fails_when_a_probe_does_and_says_how_to_mend_it(self, call: Caller) -> None:
        call.probes = (Probe(name="index", run=ill), Probe(name="data folder", run=well))
        said = call("check")
        assert said.code == 1
        assert said.out.splitlines()[-3:] == [
            "FAIL index: It is read-only.",
            "    Choose another with --data.",
            "ok   data folder: It can be written.",
        ]

    def test_a_probe_that_hangs_has_failed(self) -> None:
        import asyncio

        async def hang() -> ProbeResult:
            await asyncio.Event().wait()
            raise AssertionError

        async def collect() -> list[ProbeResult]:
            probes = (Probe(name="server", run=hang), Probe(name="data", run=well))
            return [result async for _, result in examine(probes, seconds=0.05)]

        first, second = asyncio.run(collect())
        assert not first.ok
        assert "0.05 seconds" in first.text
        assert second.ok


def test_progress_of_a_pipe_is_lines_and_not_a_bar(call: Caller) -> None:
    waiting = CrawlProgress(source="a/b", phase="indexing", todo=9, done=2, note="GitHub's limit is spent.")
    call.service.index.events = (waiting, waiting, make_summary("a/b"))
    said = call("index")
    # A note is told at once, and once.
    assert said.err == "a/b: 2 of 9 files - GitHub's limit is spent.\n"
