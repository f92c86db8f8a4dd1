"""A GitHub server on 127.0.0.1: the part of the REST API that reads one repository, over a real socket.

    with FakeGitHub({"docs/a.md": "# A"}) as github:
        source = open_source("acme/docs", api_url=github.url, suffixes=…)
        github.push({"docs/b.md": "# B", "docs/a.md": None})
        github.fail(502, times=2)

`calls` holds every request that was made; `fail` and `flaky` make answers go wrong; `limit` spends the rate
limit. Tarballs are served, as by GitHub, from another address that must never see the token.
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

from tests.fakes.repository import Commit, Content, Item, Link, Repository, Submodule

__all__ = ["Call", "Content", "FakeGitHub", "Fault", "Link", "Submodule"]

Fault = int | Literal["drop", "cut", "slow", "malformed", "html", "wrong"]
"""A status; the connection closed without an answer, or in the middle of one; no answer until the client has
gone; broken JSON; a web page; an answer that is well formed and not the right one."""

JsonValue = str | int | bool | None | list["JsonValue"] | dict[str, "JsonValue"]

_PASS = "codeload-pass"  # what a private repository's tarball address carries


@dataclass(frozen=True, slots=True)
class Call:
    path: str
    """With the query, as sent."""
    headers: Mapping[str, str]
    """Names in lower case."""
    port: int


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


class FakeGitHub:
    """One repository. Usable with `with` and `async with`; everything may be changed while it runs."""

    def __init__(
        self,
        files: Mapping[str, Content] | Path,
        *,
        owner: str = "acme",
        name: str = "docs",
        branch: str = "main",
        token: str = "",
        private: bool = False,
    ) -> None:
        """`files` is a folder or path → content; none makes a repository without a commit. With `token`, any
        other token is refused; with `private`, nothing is shown without it."""
        self.owner, self.name, self.branch = owner, name, branch
        self.token, self.private = token, private
        self.repository = Repository()
        self.calls: list[Call] = []
        self.truncate_at: int | None = None
        """Recursive tree answers are cut after so many items."""
        self.truncate_all = False
        """The others as well, as of a folder with more than 100,000 files."""
        self.raw_blobs = True
        """False: blobs come as JSON whatever is asked for."""
        self.tarballs = True
        self.export_ignore: frozenset[str] = frozenset()
        """Paths that `.gitattributes` keeps out of tarballs."""
        self.tarball_only: dict[str, bytes] = {}
        """Blobs that are another content in tarballs, as `export-subst` makes them."""
        self.claim_size = 0
        """What the first file of a tree claims to have, in bytes."""
        self.redirect_to = ""
        """Another server, to which everything is redirected."""
        self.patience = 5.0
        """Seconds that a slow answer takes."""
        self._faults: list[tuple[Fault, str]] = []
        self._flaky: tuple[float, random.Random, tuple[Fault, ...]] | None = None
        self._limit: dict[str, str] | None = None
        self._limit_status = 403
        self._old_name = ""
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._servers: list[_Server] = []
        if files := _read(files) if isinstance(files, Path) else files:
            self.push(files)

    @property
    def url(self) -> str:
        """What GITHUB_API_URL must be."""
        return f"http://127.0.0.1:{self._servers[0].server_port}"

    @property
    def codeload_port(self) -> int:
        return self._servers[1].server_port

    @property
    def head(self) -> str:
        """The SHA of the default branch."""
        return self.repository.refs[self.branch]

    def push(self, changes: Mapping[str, Content | None], *, branch: str = "") -> str:
        """Commits changes on top of the branch; None removes a file. Returns the new SHA."""
        with self._lock:
            return self.repository.commit(branch or self.branch, changes)

    def tag(self, name: str) -> None:
        self.repository.refs[name] = self.head

    def rename(self, name: str) -> None:
        """Gives the repository a new name; the old one is redirected."""
        self._old_name, self.name = self.name, name

    def fail(self, fault: Fault, *, times: int = 1, on: str = "") -> None:
        """The next `times` requests whose path contains `on` go wrong."""
        with self._lock:
            self._faults += [(fault, on)] * times

    def flaky(
        self,
        rate: float,
        *,
        seed: int = 0,
        faults: tuple[Fault, ...] = (500, 502, "drop", "cut", "malformed"),
    ) -> None:
        """From now on this share of all requests goes wrong; 0 ends it."""
        self._flaky = (rate, random.Random(seed), faults) if rate else None

    def limit(self, headers: Mapping[str, str] | None, *, status: int = 403) -> None:
        """Refuses everything, with these headers beside the usual ones; None lifts it."""
        self._limit, self._limit_status = (None if headers is None else dict(headers)), status

    def count(self, part: str) -> int:
        """Requests so far whose path contains `part`."""
        return sum(part in call.path for call in self.calls)

    def __enter__(self) -> FakeGitHub:
        self._servers = [_Server(self), _Server(self)]
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        for server in self._servers:
            server.shutdown()
            server.server_close()

    async def __aenter__(self) -> FakeGitHub:
        return self.__enter__()

    async def __aexit__(self, *_: object) -> None:
        self.__exit__()

    def take(self, call: Call) -> Fault | None:
        """Notes a request, and says what goes wrong with it."""
        with self._lock:
            self.calls.append(call)
            for index, (fault, on) in enumerate(self._faults):
                if on in call.path:
                    del self._faults[index]
                    return fault
            if self._flaky is not None:
                rate, dice, faults = self._flaky
                if dice.random() < rate:
                    return dice.choice(faults)
        return None

    def wait(self) -> None:
        """What a slow answer does first; ends at once when the server closes."""
        self._closing.wait(self.patience)

    def answer(self, call: Call) -> _Answer:
        """The right answer to a request."""
        url = urlsplit(call.path)
        parts = [unquote(part) for part in url.path.split("/")[1:]]
        if call.port == self.codeload_port:
            return self._codeload(parts, parse_qs(url.query))
        if self.redirect_to:
            return _error(307, "Temporary Redirect", {"location": f"{self.redirect_to}{call.path}"})
        if "user-agent" not in call.headers:
            return _error(403, "Request forbidden by administrative rules.")
        if self._limit is not None:
            return _error(
                self._limit_status,
                "You have exceeded a secondary rate limit.",
                {"x-ratelimit-limit": "60", **self._limit},
            )
        authorization = call.headers.get("authorization", "")
        if authorization and self.token and authorization != f"Bearer {self.token}":
            return _error(401, "Bad credentials")
        if parts[:1] != ["repos"] or (self.private and not authorization):
            return _error(404, "Not Found")
        if self._old_name and parts[2:3] == [self._old_name]:
            there = f"{self.url}{call.path.replace(f'/{self._old_name}/', f'/{self.name}/', 1)}"
            return _error(301, "Moved Permanently", {"location": there})
        if [part.lower() for part in parts[1:3]] != [self.owner.lower(), self.name.lower()]:
            return _error(404, "Not Found")
        return self._conditional(call, self._route(call, parts[3:], "recursive" in parse_qs(url.query)))

    def _route(self, call: Call, parts: list[str], recursive: bool) -> _Answer:
        match parts:
            case ["commits", *ref]:
                return self._commit("/".join(ref))
            case ["git", "trees", sha]:
                return self._tree(sha, recursive)
            case ["git", "blobs", sha]:
                return self._blob(sha, raw=self.raw_blobs and "raw" in call.headers.get("accept", ""))
            case ["tarball", *ref] if self.tarballs and (commit := self._resolve("/".join(ref))):
                where = f"http://127.0.0.1:{self.codeload_port}/{self.owner}/{self.name}/legacy.tar.gz"
                token = f"?token={_PASS}" if self.private else ""
                return _error(302, "Found", {"location": f"{where}/{commit.sha}{token}"})
        return _error(404, "Not Found")

    def _conditional(self, call: Call, answer: _Answer) -> _Answer:
        if answer.status != 200:
            return answer
        etag = f'W/"{hashlib.sha256(answer.body).hexdigest()}"'
        headers = {"etag": etag, "x-ratelimit-limit": "60", "x-ratelimit-remaining": "59", **answer.headers}
        if call.headers.get("if-none-match") == etag:
            return _Answer(304, b"", headers)
        return _Answer(200, answer.body, headers)

    def _resolve(self, ref: str) -> Commit | None:
        name = ref.removeprefix("heads/").removeprefix("tags/")
        return self.repository.resolve(self.branch if ref == "HEAD" else name)

    def _commit(self, ref: str) -> _Answer:
        if not self.repository.commits:
            return _error(409, "Git Repository is empty.")
        commit = self._resolve(ref)
        if commit is None:
            return _error(422, f"No commit found for SHA: {ref}")
        who: JsonValue = {"name": "A", "email": "a@example.com", "date": f"{commit.date:%Y-%m-%dT%H:%M:%SZ}"}
        details: JsonValue = {"author": who, "committer": who, "message": "m", "tree": {"sha": commit.tree}}
        return _json({"sha": commit.sha, "commit": details, "parents": [], "files": []})

    def _tree(self, sha: str, recursive: bool) -> _Answer:
        commit = self.repository.commits.get(sha)
        sha = commit.tree if commit else sha
        if sha not in self.repository.trees:
            return _error(404, "Not Found")
        items = list(self.repository.below(sha)) if recursive else list(self.repository.trees[sha])
        may_cut = recursive or self.truncate_all
        cut = may_cut and self.truncate_at is not None and len(items) > self.truncate_at
        lines = [_line(item) for item in (items[: self.truncate_at] if cut else items)]
        if lines and self.claim_size:
            lines[0]["size"] = self.claim_size
        return _json({"sha": sha, "tree": [*lines], "truncated": cut})

    def _blob(self, sha: str, *, raw: bool) -> _Answer:
        data = self.repository.blobs.get(sha)
        if data is None:
            return _error(404, "Not Found")
        if raw:
            return _Answer(200, data, {"content-type": "application/vnd.github.raw+json; charset=utf-8"})
        # GitHub breaks the lines of base64.
        content = base64.encodebytes(data).decode()
        return _json({"sha": sha, "size": len(data), "encoding": "base64", "content": content})

    def _codeload(self, parts: list[str], query: dict[str, list[str]]) -> _Answer:
        commit = self._resolve(parts[-1])
        if commit is None or (self.private and query.get("token") != [_PASS]):
            return _error(404, "Not Found")
        top = f"{self.owner}-{self.name}-{commit.sha[:7]}"
        body = self.repository.tarball(commit, top, self.export_ignore, self.tarball_only)
        return _Answer(200, body, {"content-type": "application/x-gzip"})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, github: FakeGitHub) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.github = github

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that has gone away is no error; the rest is seen as a missing answer."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        github = self.server.github
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = Call(self.path, headers, self.server.server_port)
        fault = github.take(call)
        if fault == "drop":
            self.close_connection = True
            return
        if fault == "slow":
            github.wait()
        answer = github.answer(call)
        if isinstance(fault, int):
            answer = _error(fault, "Server Error")
        elif fault == "malformed":
            answer = _Answer(200, b'{"sha": "')
        elif fault == "html":
            answer = _Answer(200, b"<!doctype html><title>Sign in</title>")
        elif fault == "wrong":
            answer = _Answer(200, answer.body[:-1] + b"?", answer.headers)
        self._send(answer, cut=fault == "cut")

    def _send(self, answer: _Answer, *, cut: bool) -> None:
        self.send_response(answer.status)
        body = answer.body
        length = len(body) + (1 if cut else 0)
        for name, value in ({"content-type": "application/json"} | answer.headers).items():
            self.send_header(name, value)
        if answer.status != 304:
            self.send_header("content-length", str(length))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)
        self.close_connection = cut or self.close_connection

    def log_message(self, *_: object) -> None:
        """Nothing: `calls` holds it."""


def _json(value: JsonValue) -> _Answer:
    return _Answer(200, json.dumps(value).encode())


def _error(status: int, message: str, headers: dict[str, str] | None = None) -> _Answer:
    return _Answer(status, json.dumps({"message": message, "status": str(status)}).encode(), headers or {})


def _line(item: Item) -> dict[str, JsonValue]:
    line: dict[str, JsonValue] = {"path": item.path, "mode": item.mode, "type": item.kind, "sha": item.sha}
    return line | {"size": item.size} if item.kind == "blob" else line


def _read(folder: Path) -> dict[str, Content]:
    return {
        file.relative_to(folder).as_posix(): Link(str(file.readlink()))
        if file.is_symlink()
        else file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if (file.is_symlink() or file.is_file()) and ".git" not in file.relative_to(folder).parts
    }
