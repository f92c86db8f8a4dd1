"""The peer does what the tutorial does, or the figures compare with nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from platformdirs import user_cache_path

from pipelines.index.embed import LocalEmbedder
from tests.peers.loading import load_folder
from tests.peers.tutorial import CHARACTERS, Tutorial, split_folder

_LONG = "Widgets turn slowly when they are cold. " * 200


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    (folder / "deep").mkdir()
    (folder / "install.md").write_text("Run `pip install widget`.")
    (folder / "deep" / "long.md").write_text(_LONG)
    (folder / "empty.md").write_text("")
    (folder / "picture.png").write_bytes(b"\x89PNG")
    return folder


@pytest.fixture(scope="module")
def tutorial(tmp_path_factory: pytest.TempPathFactory) -> Tutorial:
    data = tmp_path_factory.mktemp("tutorial")
    return Tutorial(data / "collection", model=data / "model")


def test_the_loader_gives_the_documents_that_are_not_empty(folder: Path) -> None:
    loaded = load_folder(folder, [".md"])
    assert [item.metadata["path"] for item in loaded] == ["deep/long.md", "install.md"]
    assert loaded[1].page_content == "Run `pip install widget`."


def test_pieces_are_of_3000_characters_at_the_most(folder: Path) -> None:
    pieces = split_folder(folder, [".md"])["deep/long.md"]
    assert len(pieces) > 2
    assert max(map(len, pieces)) <= CHARACTERS
    assert sum(map(len, pieces)) >= len(_LONG.strip())


def test_every_run_adds_everything_again(folder: Path, tutorial: Tutorial) -> None:
    added = [len(tutorial.index(folder, [".md"])) for _ in range(2)]
    assert added[0] == added[1] > 0
    assert tutorial.count() == sum(added)
    assert tutorial.search("How do I install it?")[0].path == "install.md"


@pytest.mark.parametrize(
    "text",
    [
        "How do I install it?",  # much padding
        "added my own worker container to the stack and it can't reach the engine. " * 8,  # little
    ],
)
def test_the_model_is_the_one_that_the_program_has(text: str, tutorial: Tutorial) -> None:
    """In fp32 and padded, against int8 and alone: the same direction but for the rounding."""
    theirs = np.array(tutorial.function.embed_documents([text, "another"])[0])
    ours = LocalEmbedder(user_cache_path("docsbot")).embed([text])[0]
    assert np.linalg.norm(theirs) == pytest.approx(1, abs=1e-5)
    assert float(theirs @ ours) > 0.98


def test_what_lies_behind_256_tokens_is_not_embedded(tutorial: Tutorial) -> None:
    head = "word " * 300
    same, other = tutorial.function.embed_documents([f"{head} cats", f"{head} helm charts"])
    assert same == pytest.approx(other, abs=1e-6)
