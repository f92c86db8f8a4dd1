from __future__ import annotations

import json

import pytest

from tests.parse.reading import body, read

HALVES = [
    # A notebook's JSON, front matter's YAML, a directive of docutils.
    ("page.ipynb", json.dumps({"cells": [{"cell_type": "markdown", "source": "# a\ud800\n\nb\udfff"}]})),
    ("page.md", '---\ntitle: "a\\ud800"\n---\nb?'),
    ("page.rst", "a?\n==\n\nb\\ |x|\n\n.. |x| unicode:: U+D800"),
]


@pytest.mark.parametrize(("path", "source"), HALVES)
def test_half_characters_are_replaced(path: str, source: str) -> None:
    document = read(source, path)
    assert (document.title, body(document)) == ("a?", "b?")
    str(document).encode()


def test_a_notebooks_nul_is_dropped() -> None:
    cells = [{"cell_type": "markdown", "source": source} for source in ("a\0b", "\0")]
    assert body(read(json.dumps({"cells": cells}), "page.ipynb")) == "ab"


def test_backslashes_of_rst_leave_no_nul() -> None:
    assert body(read("a\\ b \\*c\\* d\\", "page.rst")) == "ab *c* d"
