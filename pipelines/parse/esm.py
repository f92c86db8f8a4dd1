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


PATIENCE = 50


class StatementReader:
    """Reads the statements of one text. After many that never close it looks no further than a line: reading
    stays linear in the text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._patience = PATIENCE

    def skip(self, start: int) -> int:
        """Position behind the import or export that begins at `start`, its line's end included; -1 where none
        does: `import the package` is prose."""
        if self._text.startswith("import", start):
            return self._skip_import(start)
        return self._skip_export(start) if EXPORT.match(self._text, start) else -1

    def _skip_import(self, start: int) -> int:
        text = self._text
        line_end = text.find("\n", start)
        limit = len(text) if self._patience > 0 or line_end < 0 else line_end
        found = IMPORTED.match(text, start, limit) or BARE_IMPORT.match(text, start, limit)
        if not found:
            self._patience -= 1
            return -1
        end = text.find("\n", found.end())
        rest = text[found.end() : end if end >= 0 else len(text)].strip()
        if rest and not rest.startswith((";", "//", "with", "assert", "/*")):
            return -1
        return len(text) if end < 0 else end + 1

    def _skip_export(self, start: int) -> int:
        """Where brackets never close, the export ends with its paragraph."""
        end = skip_export(self._text, start) if self._patience > 0 else -1
        if end < 0:
            self._patience -= PATIENCE // 5
            blank = self._text.find("\n\n", start)
            end = len(self._text) if blank < 0 else blank + 1
        return end


def skip_export(text: str, start: int) -> int:
    """Position behind the first line on which no bracket is open; -1 where one stays open."""
    depth, position = 0, start
    while True:
        found = STOP.search(text, position)
        if not found:
            return len(text) if depth <= 0 else -1
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
