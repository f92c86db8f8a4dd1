"""What the doctor finds, and how it says to mend it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from bot.adapters.docs import DocsControl
from bot.adapters.llm import ChatModel
from bot.check import ProbeResult
from bot.core.ports import IndexControl, Model
from bot.probes import Parts, list_probes
from pipelines.index.chroma import Place
from pipelines.parse import SUFFIXES
from pipelines.sources import open_source
from tests.fakes.answerer import ScriptedIndex
from tests.fakes.embedder import HashEmbedder
from tests.fakes.github import FakeGitHub
from tests.fakes.openai import FakeOpenAI, Reply, Script
from tests.fixtures.processes import free_port
from tests.index.samples import make_index
from tests.sources.opening import write

KEY = "sk-test-0123456789abcdef"
TOKEN = "ghp_0123456789abcdef"


async def examine(
    tmp_path: Path,
    name: str,
    *,
    data: Path | None = None,
    index: IndexControl | None = None,
    sources: tuple[str, ...] = (),
    model: Model | None = None,
    api_url: str = "http://127.0.0.1:9",
    token: str = "",
) -> ProbeResult:
    opening = partial(
        open_source, suffixes=SUFFIXES, api_url=api_url, token=token or None, retries=0, backoff=0, timeout=2
    )
    parts = Parts(
        data=data or tmp_path / "data",
        index=index or ScriptedIndex(),
        sources=sources,
        open_source=opening,
        model=model,
    )
    probes = {probe.name: probe for probe in list_probes(parts)}
    assert list(probes) == ["data folder", *(f"source {spec}" for spec in sources), "index", "language model"]
    result = await probes[name].run()
    assert KEY not in result.text + result.mend
    assert TOKEN not in result.text + result.mend
    assert result.text
    return result


async def test_a_data_folder(tmp_path: Path) -> None:
    result = await examine(tmp_path, "data folder")
    assert (result.ok, result.mend) == (True, "")
    assert str(tmp_path / "data") in result.text
    assert list((tmp_path / "data").iterdir()) == []
    (tmp_path / "file").write_text("")
    for bad in (tmp_path / "file", tmp_path / "file" / "below"):
        result = await examine(tmp_path, "data folder", data=bad)
        assert not result.ok
        assert "DOCSBOT_DATA" in result.mend


async def test_a_folder_as_a_source(tmp_path: Path) -> None:
    write(tmp_path / "docs", {"a.md": "# A", "large.md": "x" * 2_000_000, "b.py": ""})
    spec = str(tmp_path / "docs")
    result = await examine(tmp_path, f"source {spec}", sources=(spec,))
    assert result == ProbeResult(ok=True, text="1 document, 1 file left out.")
    (tmp_path / "docs" / "a.md").unlink()
    result = await examine(tmp_path, f"source {spec}", sources=(spec,))
    assert (result.ok, result.text) == (False, "No documents.")
    assert result.mend


@pytest.mark.parametrize("spec", ["./not/there", "no source?", "acme/gone"])
async def test_a_source_that_is_not_there(tmp_path: Path, spec: str) -> None:
    with FakeGitHub({"a.md": "# A"}) as github:
        result = await examine(tmp_path, f"source {spec}", sources=(spec,), api_url=github.url)
    assert not result.ok
    assert "DOCS_SOURCES" in result.mend


async def test_a_repository(tmp_path: Path) -> None:
    with FakeGitHub({"a.md": "# A"}, token=TOKEN) as github:
        look = partial(examine, tmp_path, "source acme/docs", sources=("acme/docs",), api_url=github.url)
        result = await look(token=TOKEN)
        assert (result.ok, result.text) == (True, f"1 document at {github.head[:7]}, 0 files left out.")
        result = await look(token=f"{TOKEN}x")
        assert (result.ok, "GITHUB_PERSONAL_ACCESS_TOKEN" in result.text) == (False, True)
        github.limit({"retry-after": "9000"})
        assert "allows no more requests" in (await look()).text
    result = await look()
    assert (result.ok, "cannot be reached" in result.text) == (False, True)


async def test_an_index(tmp_path: Path) -> None:
    result = await examine(tmp_path, "index")
    assert result == ProbeResult(ok=True, text="7 chunks of 1 source, embedded by local.")
    result = await examine(tmp_path, "index", index=ScriptedIndex(chunks=0))
    assert (result.ok, result.mend) == (False, "Run `docsbot index`.")
    place = Place(folder=tmp_path, host="127.0.0.1", port=free_port(), patience=0.1)
    away = DocsControl(
        index=make_index(tmp_path, HashEmbedder(), place=place),
        open_source=partial(open_source, suffixes=SUFFIXES),
        configured=(),
        language_model="extractive",
    )
    result = await examine(tmp_path, "index", index=away)
    assert (result.ok, "CHROMA_HOST" in result.text) == (False, True)


@pytest.fixture
async def models() -> AsyncIterator[list[ChatModel]]:
    models: list[ChatModel] = []
    yield models
    for model in models:
        await model.close()


@pytest.mark.parametrize(
    ("script", "key", "ok", "says"),
    [
        ("yes", KEY, True, "fake-model answers."),
        ("yes", f"{KEY}x", False, "fake-model does not answer: status 401"),  # the server tells the key back
        (Reply(status=404, error="no such model"), KEY, False, "404"),
        (Reply(status=500), KEY, False, "500"),
        (Reply(text=""), KEY, False, "answers with nothing"),
        (Reply(body="<html>Sign in</html>"), KEY, False, ""),
        (Reply(text="", finish=None), KEY, False, ""),
    ],
)
async def test_a_language_model(
    tmp_path: Path, models: list[ChatModel], script: Script, key: str, ok: bool, says: str
) -> None:
    with FakeOpenAI(script, key=KEY) as server:
        models.append(
            ChatModel(
                model="fake-model",
                api_key=key,
                base_url=server.url,
                retries=0,
                wait_seconds=0.01,
                first_seconds=5,
                next_seconds=5,
            )
        )
        result = await examine(tmp_path, "language model", model=models[0])
    assert result.ok is ok
    assert says in result.text
    assert ok or "OPENAI_" in result.mend


async def test_no_language_model(tmp_path: Path) -> None:
    assert (await examine(tmp_path, "language model")).ok
