"""The OpenAPI description, tried with all that it allows and does not: as a key holder and as strangers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from tests.gateway.process import Gateway

SCHEMATHESIS = Path(sys.executable).parent / "schemathesis"
OPEN = ("/healthz", "/readyz", "/metrics")
"""To anybody; the last one to this machine."""
CONFIGURATION = """
[checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "405", "413", "415", "422"]

[checks.positive_data_acceptance]
# 413: the bytes of a body are bounded besides its fields.
expected-statuses = ["2xx", "401", "403", "404", "409", "413", "422"]
"""
MAINTAIN = ("/v1/reindex", "/v1/crawls", "/v1/statistics", "/v1/gaps")


def attack(gateway: Gateway, folder: Path, *options: str) -> list[tuple[str, str, int]]:
    """Runs schemathesis with all its checks; method, path and status of each answer that it got."""
    found = folder / "found.har"
    (folder / "schemathesis.toml").write_text(CONFIGURATION)
    run = subprocess.run(
        [
            SCHEMATHESIS,
            "run",
            f"{gateway.url}/v1/openapi.json",
            "--no-color",
            *("--seed", "1", "--max-examples", "4", "--phases", "examples,coverage,fuzzing"),
            *("--suppress-health-check", "all", "--request-timeout", "30"),
            *("--report", "har", "--report-har-path", str(found)),
            *options,
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-6_000:] + run.stderr[-2_000:]
    entries = json.loads(found.read_text())["log"]["entries"]
    return [
        (
            entry["request"]["method"],
            urlsplit(entry["request"]["url"]).path,
            entry["response"]["status"],
        )
        for entry in entries
    ]


def test_a_key_holder_meets_no_fault(closed: Gateway, tmp_path: Path) -> None:
    key = closed.add_key("everything", "ask", "maintain")
    found = attack(closed, tmp_path, "--header", f"Authorization: Bearer {key}")
    assert len(found) > 200
    assert max(status for *_, status in found) < 500
    # It got through to all but what needs a signature, or an id that it cannot guess.
    served = {path for _, path, status in found if status < 300}
    assert {"/v1/ask", "/v1/search", "/v1/status", "/v1/reindex", "/v1/crawls", "/metrics"} <= served
    assert "Traceback" not in closed.log.read_text()


def test_a_stranger_is_let_in_nowhere(closed: Gateway, tmp_path: Path) -> None:
    found = attack(closed, tmp_path)
    assert len(found) > 200
    for method, path, status in found:
        assert status < 500
        assert status >= 400 or path in OPEN, (method, path, status)


def test_a_stranger_who_may_ask_maintains_nothing(gateway: Gateway, tmp_path: Path) -> None:
    found = attack(gateway, tmp_path)
    assert {path for _, path, status in found if status < 300} >= {"/v1/ask", "/v1/search", "/v1/status"}
    for method, path, status in found:
        assert status < 500
        assert status >= 400 or not path.startswith(MAINTAIN), (method, path, status)


def test_it_says_who_needs_a_key(gateway: Gateway, closed: Gateway) -> None:
    def security(place: Gateway, path: str, method: str) -> object:
        described = httpx.get(f"{place.url}/v1/openapi.json").json()
        return described["paths"][path][method].get("security")

    assert security(closed, "/v1/ask", "post") == [{"key": []}]
    assert security(gateway, "/v1/ask", "post") == [{"key": []}, {}]
    assert security(gateway, "/v1/reindex", "post") == [{"key": []}]
    assert security(gateway, "/healthz", "get") is None
