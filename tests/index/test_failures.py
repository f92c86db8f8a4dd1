"""An index that cannot be reached, written or read: a sentence that says what to do, in bounded time."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pipelines.errors import EmbeddingError, IndexProblem, IndexUnavailable, IndexUnwritable
from pipelines.index.chroma import Place
from pipelines.index.store import Store
from tests.fakes.embedder import HashEmbedder
from tests.fixtures.processes import free_port
from tests.index.samples import cached, make_file, make_index, visible

FILE = make_file("a.md", ["one", "two"])


def open_server(folder: Path, port: int) -> Store:
    place = Place(folder=folder, host="127.0.0.1", port=port, patience=0.2)
    return Store(place, collection="docs", embedder=cached(HashEmbedder(), folder))


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    port, started = free_port(), time.monotonic()
    with pytest.raises(IndexUnavailable, match=rf"127\.0\.0\.1:{port}.*CHROMA_HOST and CHROMA_PORT"):
        open_server(tmp_path, port).replace(*FILE)
    assert time.monotonic() - started < 10


def test_a_server_that_takes_the_call_and_says_nothing(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        started = time.monotonic()
        with pytest.raises(IndexUnavailable, match="No Chroma server answers"):
            open_server(tmp_path, silent.getsockname()[1]).contents()
        assert time.monotonic() - started < 10


@contextmanager
def answering(status: int, body: bytes) -> Iterator[int]:
    """A server that gives everything the same answer; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (502, b"<html>Bad Gateway</html>"),  # a proxy whose server is away
        (200, b"<html>Sign in</html>"),  # a portal
        (200, b"{}"),  # another program's API
    ],
)
def test_a_server_that_is_not_chroma(tmp_path: Path, status: int, body: bytes) -> None:
    with answering(status, body) as port, pytest.raises(IndexProblem, match=str(port)):
        open_server(tmp_path, port).contents()


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("mine")
    index = make_index(tmp_path, HashEmbedder(), place=Place(folder=tmp_path / "data"))
    with pytest.raises(IndexUnwritable, match=r"DOCSBOT_DATA \(or --data\)"):
        index.store.replace(*FILE)
    assert (tmp_path / "data").read_text() == "mine"
    inside = make_index(tmp_path / "data", HashEmbedder())
    with pytest.raises(IndexUnwritable, match=r"DOCSBOT_DATA \(or --data\)"), inside.writing():
        raise AssertionError


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(IndexUnwritable, match="DOCSBOT_DATA"):
            make_index(tmp_path / "data", HashEmbedder()).store.replace(*FILE)
    finally:
        tmp_path.chmod(0o700)


def garble(file: Path) -> None:
    file.write_bytes(b"no database" * 1000)


def spoil(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[:8_192] + b"\xff" * (len(content) - 8_192))


def halve(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])


@pytest.mark.parametrize("damage", [garble, spoil, halve])
def test_a_damaged_database_can_be_rebuilt(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    index = make_index(tmp_path, HashEmbedder())
    index.store.replace(*FILE)
    index.store.close()
    damage(tmp_path / "chroma" / "chroma.sqlite3")
    for _ in range(2):
        with pytest.raises(IndexProblem, match="`docsbot index --rebuild`"):
            index.store.contents()
    index.rebuild()
    assert index.store.contents().files == {}
    index.store.replace(*FILE)
    assert [chunk.text for chunk in visible(index.follower.refresh())] == ["one", "two"]


def test_an_embedding_server_that_is_away_stores_nothing_and_passes(tmp_path: Path) -> None:
    embedder = HashEmbedder()
    store = make_index(tmp_path, embedder).store
    embedder.away = True
    with pytest.raises(EmbeddingError):
        store.replace(*FILE)
    assert store.contents().files == {}
    embedder.away = False
    store.replace(*FILE)
    assert list(store.contents().files) == [(FILE[0].source, "a.md")]


def test_only_one_process_writes_to_a_folder(tmp_path: Path) -> None:
    first, second = make_index(tmp_path, HashEmbedder()), make_index(tmp_path, HashEmbedder())
    busy = pytest.raises(IndexProblem, match="Another docsbot is writing")
    with first.writing(), busy, second.writing():
        raise AssertionError
    with second.writing():
        pass
    server = Place(folder=tmp_path, host="127.0.0.1")  # its own crawls exclude each other
    with make_index(tmp_path, HashEmbedder(), place=server).writing(), second.writing():
        pass
