"""Chromium, and a real gateway with a small real index for it to look at."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

from tests.fakes.github import FakeGitHub
from tests.fakes.openai import FakeOpenAI, quote_sources
from tests.gateway.conftest import model_environment
from tests.gateway.process import Gateway, Indexed
from tests.page.handbook import PAGES

SCREENSHOTS = Path(__file__).parent / "screenshots"
PATIENCE = 10_000
"""Milliseconds until what should be on the page is there."""


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    found = shutil.which("chromium")
    if found is None:
        if os.environ.get("REQUIRE_ENGINE"):
            pytest.fail("chromium is not installed: apt-get install chromium")
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        # Its sandbox does not start under root, which containers run as; the pages are our own.
        launched = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="package")
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub(dict(PAGES), owner="lantern", name="handbook") as server:
        date_last_commit(server)
        yield server


def date_last_commit(github: FakeGitHub) -> None:
    """Makes it three days old."""
    commits = github.repository.commits
    commits[github.head] = replace(commits[github.head], date=datetime.now(UTC) - timedelta(days=3, hours=1))


@pytest.fixture(scope="package")
def model() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(model="gpt-5-mini") as server:
        yield server


@pytest.fixture(scope="package")
def environment(github: FakeGitHub, model: FakeOpenAI) -> dict[str, str]:
    return {
        **model_environment(model),
        "OPENAI_MODEL": "gpt-5-mini",
        "GITHUB_API_URL": github.url,
        "DOCS_SOURCES": "lantern/handbook@main:docs",
    }


@pytest.fixture(scope="package")
def indexed(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Indexed:
    data = tmp_path_factory.mktemp("data")
    command = [sys.executable, "-m", "bot", "--data", str(data), "index"]
    subprocess.run(command, check=True, timeout=120, env={**os.environ, **environment})
    return Indexed(docs=data, data=data)


@pytest.fixture(scope="package")
def started(
    browser: Browser, indexed: Indexed, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    """Strangers may ask; nobody is limited."""
    with Gateway(indexed, tmp_path_factory.mktemp("gateway"), environment) as gateway:
        yield gateway


@pytest.fixture
def gateway(started: Gateway, model: FakeOpenAI) -> Gateway:
    model.then(quote_sources)
    model.requests.clear()
    model.disconnects = 0
    return started


class Reader:
    """A browser of its own, and what it complained of."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.complaints: list[str] = []
        self.elsewhere: list[str] = []
        """What pages loaded from other places than the gateway."""
        context.set_default_timeout(PATIENCE)
        context.route("**/*", self._route)
        context.on("console", lambda said: self._hear(said.type, said.text))
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))

    def open(self, address: str) -> Page:
        page = self.context.new_page()
        page.goto(address)
        return page

    def forgive(self, text: str) -> None:
        """Takes a complaint that a test has provoked. Browsers tell of every refusal that they are sent."""
        assert any(text in said for said in self.complaints), self.complaints
        self.complaints = [said for said in self.complaints if text not in said]

    def shoot(self, page: Page, name: str) -> None:
        """A picture for the README: written anew with SCREENSHOTS=1, else it must be there."""
        place = SCREENSHOTS / f"{name}.png"
        if os.environ.get("SCREENSHOTS"):
            page.screenshot(path=place)
        assert place.exists()

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    def _route(self, route: Route) -> None:
        request = route.request
        if request.url.startswith("http://127.0.0.1:"):
            route.continue_()
        else:
            if not request.is_navigation_request():  # somebody has followed a link
                self.elsewhere.append(request.url)
            route.fulfill(status=200, content_type="text/plain", body="elsewhere")


@pytest.fixture
def reader(browser: Browser) -> Iterator[Reader]:
    """Whose browser has nothing to complain of in the end: no error, no breach of the policy, no request to
    elsewhere."""
    with browser.new_context(viewport={"width": 1100, "height": 820}, reduced_motion="reduce") as context:
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        reader = Reader(context)
        yield reader
        assert reader.complaints == []
        assert reader.elsewhere == []
