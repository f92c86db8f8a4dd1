"""The blocks that MkDocs marks by indentation: `=== "Tab"` and `!!! note "Title"`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipelines.parse.fences import fence_end
from pipelines.parse.labels import CLOSE, OPEN

BLOCK = re.compile(
    r" *(?:===[!+]? +\"(?P<tab>[^\"\n]+)\""
    r"|(?:!!!|\?\?\?\+?) +(?P<kind>[\w-]+)[^\"\n]*(?:\"(?P<title>[^\"\n]*)\")?) *$"
)
STEP = 4


@dataclass(frozen=True, slots=True)
class Open:
    indent: int
    """Column of the line that opened it; what belongs to it stands four further right."""
    tab: bool


def flatten(text: str) -> str:
    """Markdown without such blocks: a tab's label as a mark for a heading, a note's title as a paragraph,
    what is inside at the left margin."""
    if '=== "' not in text and "!!! " not in text and "???" not in text:
        return text
    out: list[str] = []
    stack: list[Open] = []
    position = 0
    while position < len(text):
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        line = text[position:end]
        indent = len(line) - len(line.lstrip(" "))
        if line.strip():
            while stack and indent < stack[-1].indent + STEP:
                out.extend(["", CLOSE, ""] if stack.pop().tab else [""])
        found = BLOCK.match(line)
        after = fence_end(text, position) if line.strip() else -1
        if found and indent <= (stack[-1].indent + STEP if stack else 0) and len(stack) < 8:
            out.extend(open_block(found))
            stack.append(Open(indent, tab=bool(found["tab"])))
        elif after >= 0:
            out.extend(cut(part, stack) for part in text[position:after].split("\n"))
            end = after
        else:
            out.append(cut(line, stack))
        position = end + 1
    for opened in reversed(stack):
        out.extend(["", CLOSE] if opened.tab else [])
    return "\n".join(out)


def open_block(found: re.Match[str]) -> list[str]:
    if found["tab"]:
        return ["", OPEN + found["tab"], ""]
    title = found["kind"].capitalize() if found["title"] is None else found["title"]
    return ["", f"**{title}**", ""] if title else [""]


def cut(line: str, stack: list[Open]) -> str:
    margin = stack[-1].indent + STEP if stack else 0
    return line[min(margin, len(line) - len(line.lstrip(" "))) :]
