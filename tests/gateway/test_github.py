"""GitHub's webhook: what is believed, what a push touches, and the crawl that it starts."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.pushes import watch
from bot.core.push import Push
from bot.gateway.github import is_signed, read_push
from bot.gateway.problems import Problem
from tests.fakes.github import FakeGitHub
from tests.gateway.process import Gateway, Indexed, until

SECRET = "a-long-random-word"
API = "https://api.github.com"
_numbers = count()


def payload(**changes: Any) -> dict[str, Any]:
    """A push of one changed document to the default branch of acme/docs."""
    told = {
        "ref": "refs/heads/main",
        "before": "a" * 40,
        "after": "b" * 40,
        "created": False,
        "deleted": False,
        "forced": False,
        "commits": [{"id": "b" * 40, "added": [], "modified": ["docs/a.md"], "removed": [], "author": {}}],
        "repository": {"full_name": "acme/docs", "default_branch": "main", "private": True},
        "pusher": {"name": "somebody"},
    }
    return told | changes


def commit(*paths: str, how: str = "modified") -> dict[str, Any]:
    return {"added": [], "modified": [], "removed": []} | {how: list(paths)}


# Sources, a push, and which of the sources it touches.
PUSHES: list[tuple[list[str], dict[str, Any], list[str]]] = [
    # The branch by name, or as the default one.
    (["acme/docs@main"], {}, ["acme/docs@main"]),
    (["acme/docs"], {}, ["acme/docs"]),
    (["acme/docs@other", "acme/docs@other:docs"], {}, []),
    (["acme/docs"], {"ref": "refs/heads/other"}, []),
    (["acme/docs@other"], {"ref": "refs/heads/other"}, ["acme/docs@other"]),
    # A repository of another name, or of the same name in another case.
    (["acme/other", "other/docs"], {}, []),
    (["Acme/Docs@main"], {}, ["Acme/Docs@main"]),
    (["https://github.com/acme/docs/tree/main/docs"], {}, ["https://github.com/acme/docs/tree/main/docs"]),
    # Only the folder that is indexed, and not one whose name begins alike.
    (["acme/docs@main:docs", "acme/docs@main:doc", "acme/docs@main:guide"], {}, ["acme/docs@main:docs"]),
    (["acme/docs@main:docs"], {"commits": [commit("src/a.md")]}, []),
    # Added, removed, in any of several commits.
    (["acme/docs"], {"commits": [commit("b.py"), commit("b.md", how="added")]}, ["acme/docs"]),
    (["acme/docs"], {"commits": [commit("b.md", how="removed")]}, ["acme/docs"]),
    # No document, a hidden one, one in a folder that is left alone.
    (["acme/docs"], {"commits": [commit("a.py", "logo.png", ".a.md", ".github/a.md")]}, []),
    (["acme/docs"], {"commits": [commit("node_modules/x/README.md")]}, []),
    # Globs of the source.
    (["acme/docs?exclude=docs/**"], {}, []),
    (["acme/docs?include=guide/**"], {"commits": [commit("guide/a.md")]}, ["acme/docs?include=guide/**"]),
    # What it touched is not told: forced, new, more than are told, none told at all.
    (["acme/docs"], {"forced": True, "commits": []}, ["acme/docs"]),
    (["acme/docs@new"], {"ref": "refs/heads/new", "created": True, "commits": []}, ["acme/docs@new"]),
    (["acme/docs"], {"commits": [commit("a.py")] * 2_048}, ["acme/docs"]),
    (["acme/docs"], {"commits": []}, ["acme/docs"]),
    # Nothing was pushed; the branch went away.
    (["acme/docs"], {"commits": [], "after": "a" * 40}, []),
    (["acme/docs"], {"deleted": True}, []),
    # Tags.
    (["acme/docs@v1"], {"ref": "refs/tags/v1", "created": True}, ["acme/docs@v1"]),
    (["acme/docs"], {"ref": "refs/tags/main"}, []),
    # A branch with a slash, in an address that does not say where it ends.
    (
        ["https://github.com/acme/docs/tree/release/2.0/docs"],
        {"ref": "refs/heads/release/2.0"},
        ["https://github.com/acme/docs/tree/release/2.0/docs"],
    ),
    (["https://github.com/acme/docs/tree/release/2.0/docs"], {"ref": "refs/heads/release"}, []),
    # A folder of this machine is nobody's repository, and what is malformed is left to whoever crawls it.
    ([".", "no such: thing"], {}, []),
]


@pytest.mark.parametrize(("sources", "changes", "touched"), PUSHES)
def test_what_a_push_touches(sources: list[str], changes: dict[str, Any], touched: list[str]) -> None:
    push = read_push(json.dumps(payload(**changes)).encode())
    watched = watch(sources, include=(), exclude=(), api_url=API)
    found = [item.spec for item in watched if push is not None and item.touched_by(push)]
    assert found == touched


def test_the_operators_globs_count_too() -> None:
    push = read_push(json.dumps(payload()).encode())
    assert push is not None
    (watched,) = watch(["acme/docs"], include=("guide/**",), exclude=(), api_url=API)
    assert not watched.touched_by(push)
    (watched,) = watch(["acme/docs"], include=(), exclude=("docs/a.md",), api_url=API)
    assert not watched.touched_by(push)


@given(
    st.frozensets(st.text(min_size=1, max_size=30), max_size=4), st.text(max_size=20), st.text(max_size=20)
)
def test_no_push_breaks_it(paths: frozenset[str], ref: str, repository: str) -> None:
    (watched,) = watch(["acme/docs@main:docs"], include=(), exclude=(), api_url=API)
    push = Push(repository=repository, ref=ref, default=False, paths=paths)
    assert not watched.touched_by(push) or ref == "main"


@pytest.mark.parametrize("told", [b"", b"{}", b"[]", b"null", b"\xff", b'{"ref": 1}', b"[" * 100_000])
def test_what_is_no_push_is_refused(told: bytes) -> None:
    with pytest.raises(Problem) as refused:
        read_push(told)
    assert refused.value.status_code == 400


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_only_the_very_bytes_are_signed(signed: bytes, sent: bytes) -> None:
    signature = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert is_signed(sent, signature, SECRET) == (signed == sent)
    assert not is_signed(signed, signature, SECRET + "x")


class Deliverer:
    """GitHub, as it calls the gateway."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway

    def __call__(
        self,
        told: object,
        *,
        event: str = "push",
        secret: str = SECRET,
        delivery: str = "",
        **headers: str,
    ) -> httpx.Response:
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        sent = {
            "Content-Type": "application/json",
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": delivery or f"delivery-{next(_numbers)}",
            "X-Hub-Signature-256": f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}",
        }
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.post(f"{self.gateway.url}/webhooks/github", content=body, headers=sent, trust_env=False)

    def crawls(self) -> list[dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self.gateway.maintain_key}"}
        found = httpx.get(f"{self.gateway.url}/v1/crawls", headers=headers, trust_env=False).json()["crawls"]
        return list(found)


@pytest.fixture(scope="module")
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub({"docs/a.md": "# A\n\nThe first text.\n", "guide/b.md": "# B\n"}) as server:
        yield server


@pytest.fixture(scope="module")
def deliver(github: FakeGitHub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deliverer]:
    """A gateway with two sources of one repository, both indexed."""
    folder = tmp_path_factory.mktemp("hooked")
    environment = {
        "DOCS_SOURCES": "acme/docs@main:docs acme/docs@main:guide",
        "GITHUB_API_URL": github.url,
        "GITHUB_WEBHOOK_SECRET": SECRET,
    }
    with Gateway(Indexed(docs=Path(), data=folder), folder, environment) as gateway:
        gateway.call("index")
        yield Deliverer(gateway)


async def test_a_push_crawls_exactly_what_it_touches(deliver: Deliverer, github: FakeGitHub) -> None:
    github.push({"docs/a.md": "# A\n\nThe second text.\n"})
    response = deliver(payload(after=github.head), delivery="first")
    assert response.status_code == 200
    (crawl,) = response.json()["crawls"]
    await until(lambda: all(item["ended_at"] for item in deliver.crawls()))
    (known,) = deliver.crawls()
    assert (known["id"], known["sources"], known["state"]) == (crawl, ["acme/docs@main:docs"], "done")
    assert known["requested_by"] == "github"
    assert [item["summary"]["changed"] for item in known["progress"]] == [1]
    found = httpx.get(f"{deliver.gateway.url}/v1/search?q=second+text", trust_env=False).json()
    assert "The second text." in found["passages"][0]["text"]
    assert found["passages"][0]["commit"] == github.head
    # The same delivery once more, signed and all.
    again = deliver(payload(after=github.head), delivery="first")
    assert (again.status_code, again.json()["crawls"]) == (200, [])
    assert len(deliver.crawls()) == 1


def test_other_deliveries_crawl_nothing(deliver: Deliverer) -> None:
    before = len(deliver.crawls())
    assert deliver(payload(ref="refs/heads/other")).json()["crawls"] == []
    assert deliver(payload(commits=[commit("src/a.py")])).json()["crawls"] == []
    assert deliver({"zen": "Keep it simple."}, event="ping").json() == {"crawls": [], "note": "pong"}
    assert deliver({"action": "opened"}, event="issues").status_code == 200
    assert len(deliver.crawls()) == before


@pytest.mark.parametrize(
    "changed",
    [
        # Another's signature, an older kind, cut short, none, of nothing; no name of the delivery.
        {"secret": "another word"},
        {"X_Hub_Signature_256": "sha1=" + "0" * 40},
        {"X_Hub_Signature_256": "sha256=" + "0" * 63},
        {"X_Hub_Signature_256": "sha256=" + "0" * 64},
        {"X_Hub_Signature_256": ""},
        {"X_GitHub_Delivery": ""},
        {"X_GitHub_Delivery": "a b"},
    ],
)
def test_what_is_not_signed_is_not_looked_at(deliver: Deliverer, changed: dict[str, str]) -> None:
    before = len(deliver.crawls())
    response = deliver(payload(), **changed)
    assert (response.status_code, response.json()["error"]["code"]) == (401, "unsigned")
    # Nor is it parsed: what is no JSON is refused for its signature.
    assert deliver(b"{", **changed).status_code == 401
    assert len(deliver.crawls()) == before


def test_a_signed_body_that_is_no_push_is_400(deliver: Deliverer) -> None:
    response = deliver(b"payload=%7B%7D", Content_Type="application/x-www-form-urlencoded")
    assert response.status_code == 400
    assert "application/json" in response.json()["error"]["message"]


def test_without_a_secret_it_is_closed(gateway: Gateway) -> None:
    response = Deliverer(gateway)(payload())
    assert (response.status_code, response.json()["error"]["code"]) == (404, "closed")


def test_the_secret_is_in_no_log(deliver: Deliverer) -> None:
    deliver(payload(), secret="another word")
    assert SECRET not in deliver.gateway.log.read_text()
