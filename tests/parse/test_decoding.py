from __future__ import annotations

import codecs

import pytest

from pipelines.errors import DocumentError
from pipelines.parse import SUFFIXES, parse
from tests.parse.reading import body

READ = [
    # With and without a mark of the encoding.
    ("Grüße".encode(), "Grüße"),
    (codecs.BOM_UTF8 + "# Grüße\n\nb".encode(), "b"),
    (codecs.BOM_UTF16_LE + "Grüße".encode("utf-16-le"), "Grüße"),
    (codecs.BOM_UTF16_BE + "Grüße".encode("utf-16-be"), "Grüße"),
    # A stray NUL goes; so do terminal colours' escapes stay.
    (b"a\0b", "ab"),
    # Line ends of old and other systems.
    (b"a\rb\r\nc", "a\nb\nc"),
]


@pytest.mark.parametrize(("content", "text"), READ)
def test_reads_text(content: bytes, text: str) -> None:
    assert body(parse("a.md", content)) == text


REFUSED = [
    # Latin-1; cut UTF-8; UTF-16 of an odd length.
    ("Grüße".encode("latin-1"), "not UTF-8"),
    ("Grüß".encode()[:-1], "not UTF-8"),
    (codecs.BOM_UTF16_LE + b"a", "not UTF-16"),
    # A picture; zeros; control characters that are valid UTF-8.
    (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not UTF-8"),
    (b"\0" * 1000, "binary"),
    (bytes(range(1, 9)) * 50, "binary"),
]


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
@pytest.mark.parametrize(("content", "words"), REFUSED)
def test_refuses_what_is_no_text_and_says_which_file(suffix: str, content: bytes, words: str) -> None:
    with pytest.raises(DocumentError, match=words) as refused:
        parse(f"folder/file{suffix}", content)
    assert f"folder/file{suffix}" in str(refused.value)


@pytest.mark.parametrize("path", ["a.py", "a", "md", "a.md.bak"])
def test_refuses_other_formats(path: str) -> None:
    with pytest.raises(DocumentError, match="cannot be read"):
        parse(path, b"text")


@pytest.mark.parametrize("path", ["A.MD", "b.Rst", "c.HTM"])
def test_suffixes_in_any_case(path: str) -> None:
    assert body(parse(path, b"text")) == "text"
