"""The page's files: what is served, with which headers, and that the package holds them."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from bot.gateway.pages import page_routes

FOLDER = Path(str(files("bot.gateway") / "page"))
PAGES = [("/", "index.html"), ("/a/AAAAAAAAAAAAAAAAAAAAAA", "index.html"), ("/status", "status.html")]


@pytest.fixture
def client() -> httpx.AsyncClient:
    transport = httpx.ASGITransport(Starlette(routes=page_routes()))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")


def assets(page: str) -> list[str]:
    return re.findall(r'(?:href|src)="(/assets/[^"]+)"', page)


@pytest.mark.parametrize(("address", "name"), PAGES)
async def test_a_page_and_all_that_it_names_are_served(
    client: httpx.AsyncClient, address: str, name: str
) -> None:
    page = await client.get(address)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"
    assert len(set(assets(page.text))) == len(set(assets((FOLDER / name).read_text())))
    for asset in assets(page.text):
        response = await client.get(asset)
        assert response.status_code == 200, asset
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_the_policy_lets_nothing_in_from_elsewhere(client: httpx.AsyncClient) -> None:
    for address in ("/", "/status", assets((await client.get("/")).text)[0]):
        headers = (await client.get(address)).headers
        rules = dict(
            rule.strip().partition(" ")[::2] for rule in headers["content-security-policy"].split(";")
        )
        assert rules["default-src"] == "'none'"
        assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
        assert rules["img-src"] == "'self' data:"
        assert rules["base-uri"] == rules["frame-ancestors"] == "'none'"
        assert rules["form-action"] == "'self'"
        assert rules["require-trusted-types-for"] == "'script'"
        assert headers["cross-origin-opener-policy"] == "same-origin"


async def test_what_a_browser_has_is_not_sent_again(client: httpx.AsyncClient) -> None:
    page = await client.get("/")
    for address in ("/", assets(page.text)[0]):
        tag = (await client.get(address)).headers["etag"]
        for known in (tag, f'"other", {tag}', "*"):
            again = await client.get(address, headers={"If-None-Match": known})
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == tag
        assert (await client.get(address, headers={"If-None-Match": '"other"'})).status_code == 200


async def test_a_page_of_another_version_gets_what_there_is(client: httpx.AsyncClient) -> None:
    """While two versions serve side by side, its script is better than none; it is not kept."""
    response = await client.get("/assets/0000000000000000/chat.js")
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "name",
    # Pages have their own addresses; nothing beside the folder can be named.
    ["index.html", "nothing.js", "..%2fpages.py", "%2e%2e", "pages.py", ""],
)
async def test_nothing_else_is_served(client: httpx.AsyncClient, name: str) -> None:
    version = assets((await client.get("/")).text)[0].split("/")[2]
    assert (await client.get(f"/assets/{version}/{name}")).status_code == 404


async def test_a_page_is_small_on_the_wire(client: httpx.AsyncClient) -> None:
    for address, _ in PAGES:
        page = await client.get(address)
        sent = int(page.headers["content-length"])
        for asset in set(assets(page.text)):
            response = await client.get(asset)
            assert response.headers["content-encoding"] == "gzip"
            sent += int(response.headers["content-length"])
        assert sent < 40_000
    plain = await client.get("/", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == (await client.get("/")).text


def test_no_file_names_an_address_of_elsewhere_or_makes_code_of_text() -> None:
    sources = {path.name: path.read_text() for path in FOLDER.iterdir()}
    for name, text in sources.items():
        addresses = set(re.findall(r"""["'`](?:https?:)?//[\w.-]+""", text))
        assert addresses <= {'"http://www.w3.org'}, name  # the name of SVG, which nobody fetches
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text
        )
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|style=", text), name


def test_every_module_is_fetched_at_once() -> None:
    """What a module imports is named by its page: else a browser learns of it when it has read the first."""
    for name, first in (("index.html", "chat.js"), ("status.html", "status.js")):
        needed, waiting = set[str](), [first]
        while waiting:
            module = waiting.pop()
            if module not in needed:
                needed.add(module)
                waiting += re.findall(r'from "\./([\w.]+)"', (FOLDER / module).read_text())
        named = {asset.rpartition("/")[2] for asset in assets((FOLDER / name).read_text())}
        assert needed == {asset for asset in named if asset.endswith(".js")} - {"theme.js"}
