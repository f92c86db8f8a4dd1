"""Who may do what, by key, without one, with a wrong one; limits; addresses; votes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from tests.fakes.openai import FakeOpenAI
from tests.gateway.process import Gateway, Indexed

NOWHERE = "A" * 22
ASK = {"question": "How do I rotate a key?"}

# Operation, body, and the status for: a stranger where strangers may ask, a stranger elsewhere, a key of
# scope ask, one of scope maintain.
OPERATIONS: list[tuple[str, str, Mapping[str, object] | None, tuple[int, int, int, int]]] = [
    ("POST", "/v1/ask", ASK, (200, 401, 200, 403)),
    ("GET", "/v1/search?q=keys", None, (200, 401, 200, 200)),
    ("GET", "/v1/status", None, (200, 401, 200, 200)),
    ("GET", f"/v1/answers/{NOWHERE}", None, (404, 401, 404, 404)),
    ("POST", "/v1/feedback", {"answer": NOWHERE, "up": True}, (404, 401, 404, 404)),
    ("POST", "/v1/reindex", {"sources": []}, (401, 401, 403, 202)),
    ("GET", "/v1/crawls", None, (401, 401, 403, 200)),
    ("GET", f"/v1/crawls/{NOWHERE}", None, (401, 401, 403, 404)),
    ("DELETE", f"/v1/crawls/{NOWHERE}", None, (401, 401, 403, 404)),
    ("GET", "/v1/statistics", None, (401, 401, 403, 200)),
    ("GET", "/v1/gaps", None, (401, 401, 403, 200)),
    # From this machine, a stranger may look; a key that may not may not.
    ("GET", "/metrics", None, (200, 200, 403, 200)),
    ("GET", "/healthz", None, (200, 200, 200, 200)),
    ("GET", "/readyz", None, (200, 200, 200, 200)),
    ("POST", "/mcp", {}, (400, 401, 400, 403)),
    ("GET", "/v1/openapi.json", None, (200, 200, 200, 200)),
]


@pytest.mark.parametrize(("method", "path", "body", "statuses"), OPERATIONS)
async def test_each_operation_lets_in_whom_it_should(
    gateway: Gateway,
    closed: Gateway,
    method: str,
    path: str,
    body: Mapping[str, object] | None,
    statuses: tuple[int, int, int, int],
) -> None:
    callers = (
        (gateway, ""),
        (closed, ""),
        (gateway, gateway.ask_key),
        (gateway, gateway.maintain_key),
    )
    found = []
    for place, key in callers:
        async with place.client(key) as client:
            response = await client.request(method, path, json=body)
        found.append(response.status_code)
        if response.status_code == 401:
            assert response.headers["www-authenticate"].startswith("Bearer")
            assert response.json()["error"]["code"] == "unauthorized"
    assert tuple(found) == statuses


def test_every_operation_is_in_the_table(gateway: Gateway) -> None:
    described = httpx.get(f"{gateway.url}/v1/openapi.json").json()["paths"]
    known = {(method, path.partition("?")[0].replace(NOWHERE, "{}")) for method, path, *_ in OPERATIONS}
    for path, operations in described.items():
        for method in operations:
            shape = path.replace("{answer}", "{}").replace("{crawl}", "{}")
            assert (method.upper(), shape) in known or path == "/webhooks/github"


@pytest.mark.parametrize(
    "header",
    [
        # Of no key, of another scheme, of nothing, cut short, twice, with what no header should hold.
        "Bearer dk_" + "A" * 43,
        "Basic dXNlcjpwYXNz",
        "Bearer",
        "Bearer  dk_",
        "",
        "Bearer dk_",
        "Bearer " + "x" * 10_000,
        "Bearer dk_é",
    ],
)
async def test_a_wrong_key_is_no_stranger(gateway: Gateway, header: str) -> None:
    """Who sends a key wants to be known by it: he is not quietly taken for somebody without one."""
    async with gateway.client() as client:
        for method, path in (("POST", "/v1/ask"), ("GET", "/metrics"), ("POST", "/mcp")):
            response = await client.request(
                method, path, json=ASK, headers={b"Authorization": header.encode()}
            )
            assert response.status_code == 401
            assert "dk_" not in response.text.replace("dk_…", "")


async def test_a_revoked_key_is_none_at_once(gateway: Gateway) -> None:
    key = gateway.add_key("short-lived", "ask")
    async with gateway.client(key) as client:
        assert (await client.get("/v1/status")).status_code == 200
        listed = gateway.call("keys", "list").stdout
        assert "short-lived: ask; made" in listed
        assert "never used" not in next(line for line in listed.splitlines() if "short-lived" in line)
        gateway.call("keys", "revoke", "short-lived")
        assert (await client.get("/v1/status")).status_code == 401
    assert key not in gateway.log.read_text()


async def test_votes_are_on_answers_of_ones_own(
    gateway: Gateway, anybody: httpx.AsyncClient, asker: httpx.AsyncClient
) -> None:
    by_stranger = (await anybody.post("/v1/ask", json=ASK)).json()
    by_key = (await asker.post("/v1/ask", json=ASK)).json()

    async def vote(client: httpx.AsyncClient, **body: object) -> int:
        return (await client.post("/v1/feedback", json={"up": True, **body})).status_code

    # Whoever has the link alone may read, and not vote.
    assert await vote(anybody, answer=by_stranger["id"]) == 403
    assert await vote(anybody, answer=by_stranger["id"], conversation=NOWHERE) == 403
    assert await vote(anybody, answer=by_stranger["id"], conversation=by_key["conversation"]) == 403
    assert await vote(asker, answer=by_stranger["id"]) == 403
    assert await vote(anybody, answer=by_stranger["id"], conversation=by_stranger["conversation"]) == 204
    assert await vote(anybody, answer=by_key["id"]) == 403
    assert await vote(asker, answer=by_key["id"], up=False, comment="<b>wrong</b>") == 204
    async with gateway.client(gateway.maintain_key) as maintainer:
        votes = (await maintainer.get("/v1/statistics")).json()["votes"]
    assert votes == {"up": 1, "down": 1}
    # A later vote replaces the earlier one.
    assert await vote(asker, answer=by_key["id"], up=True) == 204
    async with gateway.client(gateway.maintain_key) as maintainer:
        assert (await maintainer.get("/v1/statistics")).json()["votes"] == {"up": 2, "down": 0}


async def test_limits_are_by_key_and_by_network(indexed: Indexed, model: FakeOpenAI, tmp_path: Path) -> None:
    environment = {
        "DOCSBOT_ADDRESS_LIMIT": "2",
        "DOCSBOT_USER_LIMIT": "3",
        "DOCSBOT_PROXIES": "127.0.0.1 10.0.0.0/8",
    }
    with Gateway(indexed, tmp_path, environment) as gateway:

        async def ask(forwarded: str = "", key: str = "") -> int:
            async with gateway.client(key) as client:
                headers = {"X-Forwarded-For": forwarded} if forwarded else {}
                response = await client.post("/v1/ask", json=ASK, headers=headers)
            if response.status_code == 429:
                assert 1 <= int(response.headers["retry-after"]) <= 60
                assert response.json()["error"]["code"] == "limited"
            return response.status_code

        # What a client invents at the left does not make him another one.
        assert [await ask(f"10.9.9.{n}, 203.0.113.5, 10.0.0.7") for n in range(3)] == [200, 200, 429]
        assert await ask("198.51.100.1") == 200
        # A /64 is one client; the next /64 is another.
        assert [await ask(f"2001:db8::{n}") for n in range(1, 4)] == [200, 200, 429]
        assert await ask("2001:db8:0:1::1") == 200
        # A key is limited by itself, wherever it is used.
        assert [await ask(f"192.0.2.{n}", gateway.ask_key) for n in range(4)] == [200, 200, 200, 429]
        # Through a proxy, nobody is of this machine.
        async with gateway.client() as client:
            assert (await client.get("/metrics")).status_code == 401


async def test_metrics_are_for_this_machine_only_without_a_proxy(anybody: httpx.AsyncClient) -> None:
    for headers in (
        {"X-Forwarded-For": "203.0.113.5"},
        {"Forwarded": "for=203.0.113.5"},
        {"Via": "1.1 proxy"},
        {"X-Real-IP": "203.0.113.5"},
    ):
        assert (await anybody.get("/metrics", headers=headers)).status_code == 401
