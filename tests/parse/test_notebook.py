from __future__ import annotations

import json

import pytest

from pipelines.errors import DocumentError
from tests.parse.reading import body, kinds, outline, read


def notebook(*cells: dict[str, object], **metadata: object) -> str:
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4})


def markdown(*lines: str) -> dict[str, object]:
    return {"cell_type": "markdown", "source": list(lines)}


def code(source: str, *outputs: dict[str, object]) -> dict[str, object]:
    return {"cell_type": "code", "source": source, "outputs": outputs}


def test_reads_cells_in_order() -> None:
    document = read(
        notebook(
            markdown("# Title\n", "\n", "Intro <b>bold</b>"),
            code("import a\n", {"output_type": "stream", "name": "stdout", "text": ["one\n", "two\n"]}),
            markdown("## Next\n"),
            {"cell_type": "raw", "source": "raw text"},
            language_info={"name": "julia"},
        ),
        "page.ipynb",
    )
    assert document.title == "Title"
    assert outline(document) == [(), ("Next",)]
    assert kinds(document) == ["prose", "code", "code", "prose"]
    assert body(document) == "Intro bold\n\n```julia\nimport a\n```\n\n```text\none\ntwo\n```\n\nraw text"


OUTPUTS: list[tuple[dict[str, object], str]] = [
    # Text of a result; no pictures, no HTML, no errors, no progress bars on stderr.
    ({"output_type": "execute_result", "data": {"text/plain": "42", "text/html": "<b>"}}, "42"),
    ({"output_type": "display_data", "data": {"image/png": "iVBO"}}, ""),
    ({"output_type": "execute_result", "data": {"text/plain": ["<Figure size 1>"]}}, ""),
    ({"output_type": "error", "ename": "E", "traceback": ["x"]}, ""),
    ({"output_type": "stream", "name": "stderr", "text": "10%"}, ""),
    # Shortened.
    ({"output_type": "stream", "text": "x\n" * 1000}, "x\n" * 12 + "…"),
    ({"output_type": "stream", "text": "y" * 5000}, "y" * 800 + "\n…"),
    # Of a wrong shape.
    ({"output_type": "stream", "text": {"a": 1}}, ""),
]


@pytest.mark.parametrize(("output", "text"), OUTPUTS)
def test_keeps_short_plain_output(output: dict[str, object], text: str) -> None:
    found = body(read(notebook(code("a", output)), "page.ipynb"))
    assert found == "```python\na\n```" + (f"\n\n```text\n{text}\n```" if text else "")


def test_a_fence_in_a_cell_ends_with_the_cell() -> None:
    document = read(notebook(markdown("```\nopen"), markdown("## B"), code("'```'")), "page.ipynb")
    assert outline(document) == [(), ("B",)]
    assert body(document) == "```\nopen\n```\n\n````python\n'```'\n````"


def test_anchors_are_of_a_kind_across_cells() -> None:
    document = read(notebook(markdown("## A"), markdown("## A")), "page.ipynb")
    assert [section.headings[0].anchor for section in document.sections] == ["a", "a-1"]


def test_front_matter_in_the_first_cell() -> None:
    document = read(
        notebook({"cell_type": "raw", "source": "---\ntitle: T\n---"}, markdown("a")), "page.ipynb"
    )
    assert (document.title, body(document)) == ("T", "a")


def test_the_format_before_2015() -> None:
    old = {
        "worksheets": [
            {
                "cells": [
                    {"cell_type": "heading", "level": 2, "source": "H"},
                    {"cell_type": "code", "input": "a"},
                ]
            }
        ]
    }
    document = read(json.dumps(old), "page.ipynb")
    assert (outline(document), body(document)) == ([("H",)], "```python\na\n```")


BROKEN = ["", "{", "[]", "null", "[" * 100_000, "NaN,"]


@pytest.mark.parametrize("content", BROKEN)
def test_what_is_no_notebook_is_refused(content: str) -> None:
    with pytest.raises(DocumentError, match=r"page\.ipynb"):
        read(content, "page.ipynb")


@pytest.mark.parametrize("content", ["{}", '{"cells": 3}', '{"cells": [1, null, {}], "metadata": []}'])
def test_a_notebook_of_a_wrong_shape_is_empty(content: str) -> None:
    assert read(content, "page.ipynb").sections == ()
