"""What holds for every page."""

from __future__ import annotations

import re
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import DocumentError
from pipelines.parse import SUFFIXES, parse
from pipelines.parse.models import Document

WORD = st.from_regex(r"[a-zäß0-9]{1,8}", fullmatch=True)
SIGNS = st.sampled_from(
    [
        *(
            "<",
            ">",
            "{",
            "}",
            "`",
            "```",
            "~~~",
            "\n",
            "\n\n",
            "    ",
            "\t",
            "- ",
            "1. ",
            "> ",
            "# ",
            "## ",
            "|",
            "---",
        ),
        *(
            "<Tab title='a'>",
            "</Tab>",
            "<Tabs items={['a']}>",
            "</Tabs>",
            "<b>",
            "</b>",
            "<pre>",
            "</pre>",
            "<!--",
            "-->",
        ),
        *(
            "{/*",
            "*/}",
            "import a from 'b'\n",
            "export const a = {",
            ":::note",
            ":::",
            "!!! note\n",
            '=== "a"\n',
            "\\",
        ),
        *(
            ".. note::",
            ".. a::\n",
            ":a:`b`",
            "::\n\n",
            "====",
            "+--+\n",
            "| a |\n",
            "* ",
            "`a`_",
            "|a|",
            "<ul><li>",
            "<td>",
        ),
        *(
            "[a](b)",
            "![a](b)",
            "[a]: b\n",
            "&lt;",
            "é",
            "漢",
            "🚀",
            "\u202e",
            "\0",
            "\r\n",
            "\x0b",
            "\u2028",
            "$",
        ),
    ]
)
SOURCE = st.lists(st.one_of(WORD, SIGNS), max_size=60).map("".join)


def assert_sound(document: Document) -> None:
    """No block is empty or surrounded by blank lines, no anchor is taken twice."""
    for section in document.sections:
        for block in section.blocks:
            assert block.text.strip()
            assert block.text == block.text.strip("\n")
    headings = [section.headings for section in document.sections if section.headings]
    assert all(heading.text == " ".join(heading.text.split()) != "" for row in headings for heading in row)
    assert all(1 <= heading.level <= 6 for row in headings for heading in row)
    # A tab has the anchor of the section around it; that of any other heading is its own.
    own = {
        id(row[-1]): row[-1].anchor
        for row in headings
        if row[-1].anchor != (row[-2].anchor if row[1:] else "")
    }
    assert len(set(own.values())) == len(own)


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
@settings(max_examples=150, deadline=None)
@given(source=SOURCE)
def test_reads_whatever_is_written(suffix: str, source: str) -> None:
    try:
        document = parse(f"page{suffix}", source.encode())
    except DocumentError:
        return
    assert_sound(document)


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=200))
def test_reads_or_refuses_whatever_bytes(suffix: str, content: bytes) -> None:
    try:
        document = parse(f"page{suffix}", content)
    except DocumentError:
        return
    assert_sound(document)


PIECES = [
    "W W",
    "- W\n- W\n  - W",
    "1. W\n\n   ```\n   W\n   ```\n2. W",
    "```py\nW\n\nW\n```",
    "> W\n> W",
    "## W",
    "# W `W`",
    "W\n---",
    "| W | W |\n|---|---|\n| W | W |",
    "<Callout>\n  W\n</Callout>",
    "<Callout>W</Callout> W",
    '<Tab title="W">\n\nW\n\n## W\n\n</Tab>',
    '<Tabs items={["W"]}>\n<Tabs.Tab>W</Tabs.Tab>\n<Tabs.Tab>\n  - W\n</Tabs.Tab>\n</Tabs>',
    '<Card title="W" href="/">W</Card>',
    "<details>\n<summary>W</summary>\nW\n</details>",
    "{/* hidden */}\n\nW {'W'}",
    "<!-- hidden -->\nW",
    "import hidden from 'hidden'\n\nW",
    ":::note[W]\nW\n:::",
    "**W** *W* `W` [W](/) ~~W~~ ![W](/)",
    "<pre>W</pre>",
    "<h2>W</h2>",
]
"""Each W is a word that the reader sees."""


@settings(max_examples=300, deadline=None)
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=10))
def test_every_word_that_the_reader_sees_is_kept_once_and_in_order(pieces: list[str]) -> None:
    numbers = count()
    source = re.sub("W", lambda _: f"W{next(numbers)}", "\n\n".join(pieces))
    document = parse("page.mdx", f"---\ntitle: Another\n---\n{source}".encode())
    assert words_of(document) == [f"W{number}" for number in range(next(numbers))]
    assert "hidden" not in str(document)


def words_of(document: Document) -> list[str]:
    """Of the blocks, and of each heading where it is new."""
    words: list[str] = []
    known: set[int] = set()
    for section in document.sections:
        for heading in section.headings:
            words += [] if id(heading) in known else re.findall(r"W\d+", heading.text)
            known.add(id(heading))
        for block in section.blocks:
            words += re.findall(r"W\d+", block.text)
    return words
