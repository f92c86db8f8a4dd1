"""Bytes → text with `\\n` at the ends of lines."""

from __future__ import annotations

import codecs

from pipelines.errors import DocumentError

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
CONTROLS = frozenset(range(32)) - {0, 7, 8, 9, 10, 11, 12, 13, 27}
"""Control characters that no text holds; a stray NUL, form feed or terminal escape is forgiven."""

DROPPED = {0: None, 0xFEFF: None, 0xFDD0: None, 0xFDD1: None}
"""NUL, marks of byte order inside the text, and the two code points (never characters) that the Markdown
reader uses for its own marks."""


def decode(path: str, content: bytes) -> str:
    """The text of a file: UTF-8, or UTF-16 when its first bytes say so. Raises DocumentError."""
    encoding = "utf-8"
    for mark, name in MARKS:
        if content.startswith(mark):
            encoding, content = name, content[len(mark) :]
            break
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise DocumentError(
            f"{path} is not {encoding.upper()} text (byte {error.start}). Save it as UTF-8 to index it."
        ) from error
    if is_binary(text):
        raise DocumentError(f"{path} holds binary data and no text.")
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(DROPPED)


def is_binary(text: str) -> bool:
    """More than one in a hundred characters of its beginning is no character of text."""
    head = text[:8192]
    strange = sum(1 for letter in head if ord(letter) in CONTROLS or letter == "\0")
    return strange * 100 > max(len(head), 400)
