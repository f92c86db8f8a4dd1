"""A file's bytes → the document that its reader sees.

Markdown, MDX, reStructuredText, HTML, notebooks and plain text, all to sections of Markdown blocks.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from pipelines.errors import DocumentError
from pipelines.parse.characters import whole_characters
from pipelines.parse.decoding import decode
from pipelines.parse.models import Document

VERSION = "1"
"""Another version may make other sections of the same bytes: what an older one made is stale."""

MARKDOWN = frozenset({".md", ".markdown"})
SUFFIXES = MARKDOWN | {".mdx", ".rst", ".txt", ".ipynb", ".html", ".htm"}
"""What `parse` can read, lower case, with the dot."""


def parse(path: str, content: bytes) -> Document:
    """The document in one file; `path` (forward slashes) decides the format and lends a title to a page
    without one. Raises DocumentError: not text, or of a format that is not read here."""
    return whole_characters(_read(path, content))


def _read(path: str, content: bytes) -> Document:
    suffix = PurePosixPath(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise DocumentError(f"{path}: documents of this kind cannot be read ({suffix or 'no suffix'}).")
    text = decode(path, content)
    # Each format's library is loaded for the first file that needs it.
    match suffix:
        case ".rst":
            from pipelines.parse.rst import parse_rst

            return parse_rst(path, text)
        case ".html" | ".htm":
            from pipelines.parse.html import parse_html

            return parse_html(path, text)
        case ".ipynb":
            from pipelines.parse.notebook import parse_notebook

            return parse_notebook(path, text)
        case ".txt":
            from pipelines.parse.plain import parse_plain

            return parse_plain(path, text)
        case _:
            from pipelines.parse.markdown import parse_markdown

            return parse_markdown(path, text, mdx=suffix == ".mdx")
