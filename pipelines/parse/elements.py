"""Elements that are taken whole, with what is inside them: `<pre>`, `<code>`."""

from __future__ import annotations

import html
import re

from pipelines.parse.components import is_markup
from pipelines.parse.tags import TagReader, read_string

LANGUAGE = re.compile(r"\s*<code[^<>]*\blang(?:uage)?-([\w+#-]+)")


def write_pre(inside: str, *, mdx: bool) -> str:
    language = LANGUAGE.match(inside)
    code = strip_tags(inside, mdx=mdx).strip("\n")
    fence = "```" if "```" not in code else "~~~~~~"
    return f"\n\n{fence}{language[1] if language else ''}\n{code}\n{fence}\n\n"


def write_code(inside: str, *, mdx: bool) -> str:
    code = " ".join(strip_tags(inside, mdx=mdx).split())
    return f"`{code}`" if "`" not in code else f"`` {code} ``"


def strip_tags(inside: str, *, mdx: bool) -> str:
    """The text of an element: tags dropped, entities read, a string in braces taken for what it says."""
    whole = inside.strip()
    literal = read_string(whole[1:-1]) if mdx and whole.startswith("{") and whole.endswith("}") else None
    if literal is not None:
        return literal
    parts: list[str] = []
    tags = TagReader(inside)
    position = 0
    while (found := inside.find("<", position)) >= 0:
        tag = tags.read(found)
        end = tag.end if tag else found + 1
        parts.append(inside[position:found])
        if tag is None or not is_markup(tag, mdx=mdx, details=False):
            parts.append(inside[found:end])
        elif tag.name.lower() in ("br", "p", "div", "tr", "li"):
            parts.append("\n")
        position = end
    parts.append(inside[position:])
    return html.unescape("".join(parts))
