"""The page that describes the API: whole, escaped, with nothing from elsewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import httpx

from bot.gateway.reference import render_reference
from tests.gateway.process import Gateway


class Reader(HTMLParser):
    """Notes addresses and tags, and that every tag is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.tags: set[str] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "action")]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


async def test_it_tells_of_every_operation(gateway: Gateway) -> None:
    async with gateway.client() as client:
        page = await client.get("/docs")
        described = (await client.get("/v1/openapi.json")).json()
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'; style-src 'sha256-" in page.headers["content-security-policy"]
    reader = Reader()
    reader.feed(page.text)
    assert reader.open == []
    assert "script" not in reader.tags
    assert all(address.startswith(("#", "/")) for address in reader.addresses)
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert f'id="{operation["operationId"]}"' in page.text
            assert f"{method.upper()} {path}" in page.text
            assert operation.get("description"), path
    # What stands below a field is told.
    assert "To be sent with a question that follows this one." in page.text


async def test_every_field_says_what_it_is_or_is_plain(gateway: Gateway) -> None:
    async with gateway.client() as client:
        schemas = (await client.get("/v1/openapi.json")).json()["components"]["schemas"]
    asked = schemas["AskBody"]["properties"]
    assert all(field.get("description") for name, field in asked.items() if name != "question")
    assert schemas["AskBody"]["additionalProperties"] is False


def test_what_a_description_holds_is_escaped() -> None:
    hostile = "<script>alert(1)</script>"
    operation = {"operationId": "x", "description": f"`{hostile}` {hostile}", "responses": {}}
    page = render_reference(
        {"info": {"title": hostile, "description": hostile}, "paths": {f"/{hostile}": {"get": operation}}}
    )
    assert "<script" not in page
    assert len(re.findall("&lt;script&gt;", page)) >= 6


async def test_the_page_of_a_refusal_is_json(anybody: httpx.AsyncClient) -> None:
    assert (await anybody.get("/docs/")).json()["error"]["code"] == "not_found"
