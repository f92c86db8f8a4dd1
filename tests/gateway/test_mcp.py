"""The official MCP client over both transports: it lists the tools, calls them, and is refused."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

from tests.fakes.openai import FakeOpenAI, Reply
from tests.gateway.process import Gateway, Indexed, until

Open = AsyncIterator[Client]
QUESTION = "How do I rotate a key?"
ANSWER = "Run `widgets rotate` for a new key. [1]"
ERAS = ("auto", "legacy")
"""Without a handshake, as the protocol is now, and with one, as clients of last year have it."""


@asynccontextmanager
async def over_http(gateway: Gateway, key: str, mode: str) -> Open:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with httpx2.AsyncClient(headers=headers, timeout=30, trust_env=False) as http:
        transport = streamable_http_client(f"{gateway.url}/mcp", http_client=http)
        async with Client(transport, mode=mode) as client:
            yield client


@asynccontextmanager
async def over_stdio(environment: dict[str, str], log: Path, mode: str = "auto") -> Open:
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "bot", "mcp"], env={**os.environ, **environment}
    )
    with log.open("w") as errors:
        async with Client(stdio_client(server, errlog=errors), mode=mode) as client:
            yield client


@pytest.fixture
def stdio_environment(indexed: Indexed, model: FakeOpenAI, gateway: Gateway) -> dict[str, str]:
    return {
        "DOCSBOT_DATA": str(indexed.data),
        "DOCS_SOURCES": str(indexed.docs),
        "OPENAI_BASE_URL": model.url,
        "OPENAI_MODEL": "fake",
    }


async def check_tools(client: Client, model: FakeOpenAI) -> None:
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert set(tools) == {"search_docs", "ask_docs"}
    for tool in tools.values():
        assert tool.description
        assert tool.output_schema is not None
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint
    assert set(tools["search_docs"].input_schema["properties"]) == {"query", "limit"}
    assert set(tools["ask_docs"].input_schema["properties"]) == {"question"}
    found = await client.call_tool("search_docs", {"query": QUESTION, "limit": 1})
    assert not found.is_error
    assert found.structured_content is not None
    (section,) = found.structured_content["sections"]
    assert (section["path"], section["heading"], section["source"]) == (
        "keys.md",
        "Rotate a key",
        "handbook",
    )
    assert "widgets rotate" in section["text"]
    model.then(ANSWER)
    asked = await client.call_tool("ask_docs", {"question": QUESTION})
    assert asked.structured_content is not None
    assert (asked.structured_content["answer"], asked.structured_content["abstained"]) == (ANSWER, False)
    assert [item["path"] for item in asked.structured_content["citations"]] == ["keys.md"]
    (text,) = asked.content
    assert text.type == "text"
    assert "[1] Rotate a key: " in text.text


async def check_refusals(client: Client, model: FakeOpenAI) -> None:
    model.then("NO_ANSWER: The documentation does not mention tyres.")
    abstained = await client.call_tool("ask_docs", {"question": "How do I rotate tyres?"})
    assert not abstained.is_error
    assert abstained.structured_content is not None
    assert abstained.structured_content["abstained"]
    assert abstained.structured_content["reason"] == "The documentation does not mention tyres."
    model.then(Reply(status=401, error="Incorrect API key provided: sk-of-the-tests"))
    for name, arguments, says in (
        ("ask_docs", {"question": QUESTION}, "language model"),
        ("ask_docs", {"question": " "}, "ask a question"),
        ("ask_docs", {"question": "x" * 8_001}, "8000"),
        ("ask_docs", {}, "question"),
        ("search_docs", {"query": QUESTION, "limit": 0}, "limit"),
    ):
        refused = await client.call_tool(name, arguments)
        assert refused.is_error, arguments
        (text,) = refused.content
        assert text.type == "text"
        assert says in text.text
        assert "sk-" not in text.text


@pytest.mark.parametrize("mode", ERAS)
async def test_over_http(gateway: Gateway, model: FakeOpenAI, mode: str) -> None:
    async with over_http(gateway, gateway.ask_key, mode) as client:
        await check_tools(client, model)
        await check_refusals(client, model)


@pytest.mark.parametrize("mode", ERAS)
async def test_over_stdio(
    stdio_environment: dict[str, str], model: FakeOpenAI, tmp_path: Path, mode: str
) -> None:
    async with over_stdio(stdio_environment, tmp_path / "errors", mode) as client:
        await check_tools(client, model)
        await check_refusals(client, model)


async def test_stdout_holds_nothing_but_the_protocol(
    stdio_environment: dict[str, str], tmp_path: Path
) -> None:
    """The client takes whatever else comes for an error, and says so."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "-vv", "mcp"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **stdio_environment},
    )
    hello = (
        b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18",'
        b'"capabilities":{},"clientInfo":{"name":"test","version":"1"}}}\n'
        b'{"jsonrpc":"2.0","method":"notifications/initialized"}\n'
        b'{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"search_docs",'
        b'"arguments":{"query":"rotate"}}}\n'
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write(hello)
    lines = [await asyncio.wait_for(process.stdout.readline(), 30) for _ in range(2)]
    process.stdin.close()
    rest, _ = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0
    assert rest == b""
    assert all(line.startswith(b'{"jsonrpc":"2.0","id":') for line in lines)
    assert b"widgets rotate" in lines[1]


async def test_questions_are_kept_like_those_of_the_api(
    gateway: Gateway, maintainer: httpx.AsyncClient, model: FakeOpenAI
) -> None:
    async def counted() -> int:
        days = (await maintainer.get("/v1/statistics")).json()["days"]
        return sum(day["questions"] for day in days if day["outcome"] == "answered")

    before = await counted()
    model.then(ANSWER)
    async with over_http(gateway, gateway.ask_key, "auto") as client:
        await client.call_tool("ask_docs", {"question": QUESTION})
    assert await counted() == before + 1


@pytest.mark.parametrize("mode", ERAS)
async def test_hanging_up_ends_the_model_call(gateway: Gateway, model: FakeOpenAI, mode: str) -> None:
    model.then(Reply(text="Run it [1]. " + "and so on " * 5_000, rate=50))

    async def ask() -> None:
        async with over_http(gateway, gateway.ask_key, mode) as client:
            await client.call_tool("ask_docs", {"question": QUESTION})

    asking = asyncio.create_task(ask())
    await until(lambda: len(model.completions) == 1)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert await asyncio.to_thread(model.wait_disconnects, 1)


async def test_a_limit_is_said_to_the_agent(gateway: Gateway) -> None:
    with gateway.beside({"DOCSBOT_USER_LIMIT": "1"}) as beside:
        async with over_http(beside, beside.ask_key, "auto") as client:
            first = await client.call_tool("ask_docs", {"question": QUESTION})
            second = await client.call_tool("ask_docs", {"question": QUESTION})
    assert (first.is_error, second.is_error) == (False, True)
    assert "try again in" in str(second.content)


async def test_messages_that_are_none(gateway: Gateway) -> None:
    async with gateway.client(gateway.ask_key) as client:
        accept = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
        for content in (b"", b"{", b"[]", b'{"jsonrpc":"2.0"}', b"\xff", b"[" * 10_000):
            response = await client.post("/mcp", content=content, headers=accept)
            assert 400 <= response.status_code < 500, content[:10]
