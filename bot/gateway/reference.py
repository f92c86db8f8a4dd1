"""GET /docs: the OpenAPI description as a page to read, with nothing from elsewhere and no script."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

STYLE = """\
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h2 { margin-top: 3rem; border-top: 1px solid #8886; padding-top: 1rem; font-size: 1.15rem }
code, pre { font: .9em ui-monospace, monospace }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-top: 1px solid #8883 }
nav a { margin-right: 1rem; white-space: nowrap }
.key { opacity: .75 }
"""
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'; base-uri 'none'"

Json = Mapping[str, Any]

router = APIRouter()


@router.get("/docs", include_in_schema=False)
async def reference(request: Request) -> HTMLResponse:
    """The description, written out."""
    page = render_reference(request.app.openapi())
    return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})


def render_reference(described: Json) -> str:
    """An HTML page of an OpenAPI description."""
    operations = [
        (method.upper(), path, operation)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{escape(described['info']['title'])}: API</title><style>{STYLE}</style></head><body>",
        f"<h1>{escape(described['info']['title'])}: API</h1>",
        f"<p>{_prose(described['info'].get('description', ''))} ",
        'The same <a href="/v1/openapi.json">as OpenAPI</a>.</p><nav>',
        *(
            f'<a href="#{escape(item["operationId"])}"><code>{method} {escape(path)}</code></a>'
            for method, path, item in operations
        ),
        "</nav>",
    ]
    for method, path, operation in operations:
        parts += _operation(method, path, operation, described)
    return "".join((*parts, "</body></html>"))


def _operation(method: str, path: str, operation: Json, described: Json) -> Iterator[str]:
    yield f'<h2 id="{escape(operation["operationId"])}"><code>{method} {escape(path)}</code></h2>'
    for paragraph in operation.get("description", operation.get("summary", "")).split("\n\n"):
        yield f"<p>{_prose(paragraph)}</p>"
    keyed = operation.get("security", [])
    if keyed:
        yield f'<p class="key">With a key{"; without one too" if {} in keyed else ""}.</p>'
    if parameters := operation.get("parameters"):
        rows = [(item["name"], item["schema"], item.get("description", "")) for item in parameters]
        yield from _table("Parameters", rows)
    if body := operation.get("requestBody"):
        yield from _fields("Body", body["content"]["application/json"]["schema"], described)
    for status, response in operation["responses"].items():
        schema = response.get("content", {}).get("application/json", {}).get("schema")
        if schema and status.startswith("2"):
            yield from _fields(f"Answer {status}", schema, described)
    refusals = [status for status in operation["responses"] if status[0] in "45"]
    if refusals:
        yield f'<p class="key">Refusals: {", ".join(map(escape, refusals))}.</p>'


def _fields(title: str, schema: Json, described: Json) -> Iterator[str]:
    shape = _resolve(schema, described)
    rows = [(name, item, item.get("description", "")) for name, item in shape.get("properties", {}).items()]
    yield from _table(title, rows)


def _table(title: str, rows: list[tuple[str, Json, str]]) -> Iterator[str]:
    if not rows:
        return
    yield f"<h3>{escape(title)}</h3><table>"
    for name, schema, text in rows:
        yield f"<tr><td><code>{escape(name)}</code></td><td>{escape(_type(schema))}</td>"
        yield f"<td>{_prose(text)}</td></tr>"
    yield "</table>"


def _type(schema: Json) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2].removesuffix("Body")
    if "anyOf" in schema:
        return " or ".join(_type(item) for item in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    return str(schema.get("format") or schema.get("type", "anything"))


def _resolve(schema: Json, described: Json) -> Json:
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    found: Json = described["components"]["schemas"][name] if name else schema
    return found


def _prose(text: str) -> str:
    """Text with its `code` as code."""
    parts = escape(" ".join(text.split())).split("`")
    return "".join(f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(parts))
