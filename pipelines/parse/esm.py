"""The `import` and `export` statements of an MDX file."""

from __future__ import annotations

import re

from pipelines.parse.tags import skip_braces, skip_quoted

IMPORTED = re.compile(r"import\s+(?:type\s+)?[\w$*{][\w$\s,*{}]{0,4000}?[\s}]from\s*['\"][^'\"\n]+['\"]")
BARE_IMPORT = re.compile(r"import\s*['\"][^'\"\n]+['\"]")
EXPORT = re.compile(
    r"export\s+(?:"
    r"(?:const|let|var)\s+(?:[\w$]+\s*[=:,;]|[{\[])"
    r"|(?:async\s+)?function\b\s*\*?\s*[\w$]*\s*[(<]"
    r"|(?:abstract\s+)?class\s+[\w$]+\s*(?:\{|extends\b)"
    r"|(?:interface|type|enum)\s+[\w$]+[^\n]{0,200}[={]"
    r"|\*\s+(?:as\s+[\w$]+\s+)?from\s*['\"]"
    r"|\{[\w$\s,]*\}"
    r"|default\s+(?:(?:async\s+)?function\b|class\b|[({\[<'\"`]|[\w$.]+\s*(?:[;({]|$|=>))"
    r")",
    re.MULTILINE,
)
STOP = re.compile(r"[{(\[)\]}'\"`/\n]")
OPEN_ENDS = ("=", "=>", ",", "&&", "||", "+", "?", ":")
OPEN_BEGINNINGS = (".", "?", "&&", "||")
TEMPLATE = re.compile(r"[`\\]|\$\{")


def skip_statement(text: str, start: int) -> int:
    """Position behind the import or export that begins at `start`, its line's end included; -1 where none
    does: `import the package` is prose."""
    if text.startswith("import", start):
        found = IMPORTED.match(text, start) or BARE_IMPORT.match(text, start)
        if not found:
            return -1
        end = text.find("\n", found.end())
        rest = text[found.end() : end if end >= 0 else len(text)].strip()
        if rest and not rest.startswith((";", "//", "with", "assert", "/*")):
            return -1
        return len(text) if end < 0 else end + 1
    if EXPORT.match(text, start):
        return skip_export(text, start)
    return -1


def skip_export(text: str, start: int) -> int:
    """An export ends with the first line on which no bracket is open; where brackets never close, with its
    paragraph."""
    depth, position = 0, start
    while True:
        found = STOP.search(text, position)
        if not found:
            break
        mark, position = found.group(), found.end()
        if mark == "\n":
            if depth <= 0 and not continues(text, position):
                return position
        elif mark in "([{":
            depth += 1
        elif mark in ")]}":
            depth -= 1
        elif mark == "`":
            position = skip_template(text, position)
        else:
            position = skip_quoted(text, position, len(text), mark)
    if depth <= 0:
        return len(text)
    blank = text.find("\n\n", start)
    return len(text) if blank < 0 else blank + 1


def continues(text: str, position: int) -> bool:
    """Whether the line before this position ends, or the next begins, in the middle of an expression."""
    before = text[max(position - 40, 0) : position].rstrip()
    after = text[position : position + 40].lstrip(" \t")
    return before.endswith(OPEN_ENDS) or after.startswith(OPEN_BEGINNINGS)


def skip_template(text: str, position: int) -> int:
    while position < len(text):
        found = TEMPLATE.search(text, position)
        if not found:
            break
        position = found.end()
        if found.group() == "`":
            return position
        if found.group() == "\\":
            position += 1
        else:
            after = skip_braces(text, position - 1)
            position = after if after > 0 else position
    return position
