"""Answers, titles, quotes and addresses by somebody who wants more than to be read."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, Route, expect

from tests.fakes.openai import FakeOpenAI
from tests.gateway.process import Gateway
from tests.page.conftest import Reader
from tests.page.test_chat import answered, ask
from tests.page.test_markdown import PAYLOADS

HTML = "<img src=x onerror=window.taken=1><script>window.taken=1</script>"
URLS = [
    # What is no web page, and what would end an attribute.
    "javascript:window.taken=1",
    "data:text/html,<script>alert(1)</script>",
    "//evil.example/",
    'https://docs.example/"onfocus="document.title=\'taken\'" autofocus="',
]
CITATIONS = [
    {
        "number": n,
        "title": HTML,
        "path": HTML,
        "url": url,
        "heading": f"{HTML} > b",
        "commit": HTML,
        "quote": HTML,
    }
    for n, url in enumerate(URLS, start=1)
]
ANSWER = {
    "id": "A" * 22,
    "conversation": "B" * 22,
    "question": HTML,
    "answer": "\n\n".join([*PAYLOADS, "[1] [2] [3] [4] [77]"]),
    "abstained": False,
    "reason": "",
    "quoted": False,
    "citations": CITATIONS,
    "passages": [],
    "model": HTML,
    "timings_ms": {"retrieve": 1, "first_token": 1, "total": 1},
}
STATUS = {
    "sources": [
        {
            "source": HTML,
            "commit": HTML,
            "committed_at": "2026-01-01T00:00:00Z",
            "crawled_at": "2026-01-01T00:00:00Z",
            "files": 1,
            "chunks": 1,
            "failed_files": 1,
            "failed": [{"path": HTML, "reason": HTML}],
        }
    ],
    "chunks": 1,
    "embedding_model": HTML,
    "language_model": HTML,
    "location": HTML,
    "you": {"key": HTML, "scopes": ["ask", "maintain"]},
}
FOUND = {"passages": [{"title": HTML, "heading": HTML, "path": str(n)} for n in range(3)]}
GAP = {"question": HTML, "times": 2, "last_asked": "2026-01-01T00:00:00Z", "reason": HTML}
GAPS = {"gaps": [GAP], "groups": [{**GAP, "questions": [GAP, GAP]}]}
PROGRESS = {"source": HTML, "phase": "failed", "listed": 1, "todo": 1, "done": 1, "failed": 1, "note": HTML}
CRAWL = {
    "id": "C" * 22,
    "state": "failed",
    "sources": [HTML],
    "requested_by": HTML,
    "asked_at": "2026-01-01T00:00:00Z",
    "ended_at": "2026-01-01T00:00:00Z",
    "message": HTML,
    "progress": [{**PROGRESS, "summary": None}],
}


def stream(answer: dict[str, object]) -> str:
    """As the gateway sends it, in pieces that cut everything in two."""
    text = str(answer["answer"])
    events: list[tuple[str, object]] = [
        ("searching", {"id": answer["id"], "conversation": answer["conversation"], "query": HTML}),
        ("found", {"passages": [{}]}),
    ]
    events += [("text", {"delta": text[at : at + 7]}) for at in range(0, len(text), 7)]
    events += [("citations", {"citations": answer["citations"]}), ("done", answer)]
    return "".join(f"id: 1\nevent: {name}\ndata: {json.dumps(data)}\n\n" for name, data in events)


def forge(page: Page) -> None:
    """An API that is in the wrong hands."""

    def answer(route: Route) -> None:
        path = route.request.url.partition("/v1/")[2].partition("?")[0]
        if path == "ask":
            route.fulfill(content_type="text/event-stream", body=stream(ANSWER))
        else:
            kept = {**ANSWER, "outcome": "answered", "asked_at": "2026-01-01T00:00:00Z"}
            bodies = {"status": STATUS, "search": FOUND, "gaps": GAPS, "crawls": {"crawls": [CRAWL]}}
            bodies |= {f"answers/{'A' * 22}": kept}
            route.fulfill(json=bodies[path]) if path in bodies else route.continue_()

    page.route("**/v1/**", answer)


def check(page: Page) -> None:
    """That everything is there to be read, and nothing of it was done."""
    expect(page.get_by_text(HTML).first).to_be_visible()
    assert page.evaluate("window.taken") is None
    assert page.locator("main :is(img, script, iframe, style, form[action], base, object)").count() == 0
    hrefs = page.locator("main a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert [href for href in hrefs if not href.startswith(("http://", "https://", "/", "#source-"))] == []
    assert [href for href in hrefs if href.startswith("//")] == []
    names = page.locator("main *").evaluate_all("all => all.flatMap(one => one.getAttributeNames())")
    assert [name for name in names if name.startswith("on")] == []


@pytest.mark.parametrize("address", ["/", f"/a/{'A' * 22}", "/status"])
def test_what_the_api_says_is_shown_and_never_done(gateway: Gateway, reader: Reader, address: str) -> None:
    page = reader.context.new_page()
    forge(page)
    page.goto(f"{gateway.url}{address}#key={gateway.maintain_key}")
    if address == "/":
        expect(page.get_by_role("group", name="Examples").get_by_role("button")).to_have_count(1)
        ask(page, HTML)
    if address != "/status":
        answered(page.locator("article"))
        page.locator("a.mark").first.hover()
        expect(page.get_by_role("tooltip")).to_contain_text(HTML)
        # A source whose address is no web page's has none; a mark without a source is text.
        assert page.locator(".sources a").count() == 1
        expect(page.locator(".answer")).to_contain_text("[77]")
        check(page)
        page.reload()
        answered(page.locator("article"))
    check(page)


def test_a_hostile_model_changes_nothing(gateway: Gateway, reader: Reader, model: FakeOpenAI) -> None:
    """The same through the real gateway, which leaves the rendering to the page."""
    model.then("Here [1].\n\n" + "\n\n".join(PAYLOADS))
    page = reader.open(gateway.url)
    turn = ask(page, HTML)
    answered(turn)
    check(page)


def test_whatever_answers_in_the_gateways_place_is_told(gateway: Gateway, reader: Reader) -> None:
    """A login page of the network, say: with status 200, and with another."""
    page = reader.open(gateway.url)
    page.get_by_role("button", name="How do I install with pip?").wait_for()
    page.route("**/v1/**", lambda route: route.fulfill(body="<h1>data: log in</h1>\n\n"))
    turn = ask(page, "How do I rotate a key?")
    expect(turn).to_contain_text("The bot cannot be reached: something else answers in its place.")
    page.route("**/v1/**", lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
    turn.get_by_role("button", name="Ask again").click()
    expect(page.locator("article")).to_contain_text("The bot cannot be reached.")
    page.reload()
    expect(page.get_by_role("alert")).to_have_text("The bot cannot be reached.")
    page.unroute_all()
    page.get_by_role("button", name="Try again").click()
    page.get_by_role("button", name="Ask again").click()
    answered(page.locator("article"))
    reader.forgive("502")


def test_what_the_tab_remembers_may_be_anything(gateway: Gateway, reader: Reader) -> None:
    """Of another version, of another program, cut off, of the wrong shape."""
    page = reader.open(gateway.url)
    for kept in (
        '{"turns": 1}',
        "[]",
        "null",
        '{"turns": [',
        '{"conversation": 5, "turns": [{"question": "q"}]}',
    ):
        page.evaluate("kept => sessionStorage.setItem('docsbot.chat', kept)", kept)
        page.reload()
        page.get_by_label("Your question").wait_for()
