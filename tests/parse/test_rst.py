from __future__ import annotations

from pathlib import Path

import pytest

from tests.parse.reading import anchors, body, kinds, outline, read, under

SEEN = [
    # Sphinx's roles: words, titles of links, code.
    ("See :ref:`the guide <guide>` and :doc:`install`.", "See the guide and install."),
    ("Call :py:meth:`~pkg.Class.run` or :func:`!go`.", "Call `pkg.Class.run` or `go`."),
    ("An :unheard-of:`role` and `default`.", "An `role` and `default`."),
    (":pep:`8`, :kbd:`Ctrl+C`, :term:`worker`", "PEP 8, `Ctrl+C`, worker"),
    # Inline markup, links, substitutions, footnotes.
    (
        "*a* **b** ``c`` `d <https://e.f>`_ g_\n\n.. _g: https://h.i",
        "*a* **b** `c` [d](https://e.f) [g](https://h.i)",
    ),
    ("Version |v| of |w|.\n\n.. |v| replace:: 1.2", "Version 1.2 of w."),
    ("a [1]_\n\n.. [1] Note", "a [1]\n\n[1] Note"),
    # Code: literal blocks, directives with Sphinx's options, prompts.
    ("Run::\n\n    make\n", "Run:\n\n```\nmake\n```"),
    (
        ".. code-block:: python\n   :caption: app.py\n   :emphasize-lines: 1\n\n   a = 1\n\n   b",
        "**app.py**\n\n```python\na = 1\n\nb\n```",
    ),
    (">>> 1 + 1\n2", "```pycon\n>>> 1 + 1\n2\n```"),
    # Notes, also with a list at once; directives nobody knows.
    (".. note:: A *b*\n   c.\n\n   d", "**Note**\n\nA *b* c.\n\nd"),
    (".. warning::\n   - a\n   - b", "**Warning**\n\n- a\n- b"),
    (".. versionadded:: 1.2\n   New.", "**Versionadded** 1.2 New."),
    (".. unheard-of:: some words\n   :option: x\n\n   Text.", "**Unheard of** some words\n\nText."),
    (".. admonition:: Mind this\n\n   Text.", "**Mind this**\n\nText."),
    # Sphinx's domains and autodoc: what is written stays.
    (
        ".. py:function:: foo(a, b)\n\n   Does foo.\n\n   :param a: first",
        "```\nfoo(a, b)\n```\n\nDoes foo.\n\n- **param a**: first",
    ),
    (".. automodule:: pkg.mod\n   :members:\n   :undoc-members:", "```\npkg.mod\n```"),
    (
        ".. toctree::\n   :maxdepth: 2\n   :caption: Contents\n\n   install\n   Start <start>",
        "**Contents**\n\n- install\n- Start <start>",
    ),
    (".. only:: html\n\n   Text.", "Text."),
    # What no reader sees.
    (".. comment\n   here\n\n.. _label:\n\n.. contents::\n\n.. highlight:: sh\n\na", "a"),
    (":orphan:\n\na", "a"),
    # Pictures and figures.
    (".. image:: a.png\n   :alt: A worker", "A worker"),
    (".. figure:: a.png\n   :alt: A worker\n\n   Caption *b*", "A worker\n\nCaption *b*"),
    # Lists of every kind.
    ("- a\n\n  - b\n\n- c\n\n  d", "- a\n  - b\n- c\n\n  d"),
    ("3. a\n4. b", "3. a\n4. b"),
    ("term : type\n    text", "- **term, type**: text"),
    ("-h, --help   Show help", "- **-h, --help**: Show help"),
    # Tables.
    ("== ==\na  b\n== ==\n1  x|y\n== ==", "| a | b |\n| --- | --- |\n| 1 | x\\|y |"),
    ("+---+\n| a |\n+===+\n| b |\n+---+", "| a |\n| --- |\n| b |"),
    (
        ".. list-table:: T\n   :header-rows: 1\n\n   * - a\n     - b\n   * - 1\n     - 2",
        "**T**\n\n| a | b |\n| --- | --- |\n| 1 | 2 |",
    ),
    # Quotations, lines.
    ("a\n\n  b\n\n  c", "a\n\n> b\n>\n> c"),
    ("| a\n| b", "a\nb"),
    (".. math:: a^2", "```math\na^2\n```"),
    # Broken markup loses no text.
    ("a ``b and `c and |d", "a ``b and `c and |d"),
    ("+---+\n| a\n+---+", "```\n+---+\n| a\n+---+\n```"),
]


@pytest.mark.parametrize(("source", "text"), SEEN)
def test_writes_markdown(source: str, text: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert body(read(source, "page.rst")) == text
    assert capfd.readouterr() == ("", "")


def test_headings_have_the_ids_of_docutils() -> None:
    document = read(
        "=====\nTitle\n=====\n\na\n\n.. _label:\n\nIt's 1.2!\n=========\n\nb\n\n"
        "Deeper `code`\n-------------\n\n"
        "It's 1.2!\n=========\n",
        "docs/page.rst",
    )
    assert document.title == "Title"
    assert outline(document) == [(), ("It's 1.2!",), ("It's 1.2!", "Deeper code"), ("It's 1.2!",)]
    assert anchors(document)[:3] == ["", "it-s-1-2", "deeper-code"]
    assert len(set(anchors(document))) == 4


def test_tabs_become_headings() -> None:
    document = read(
        "T\n=\n\n.. tab-set::\n\n   .. tab-item:: Linux\n      :sync: l\n\n      apt\n\n"
        "   .. tab-item:: Mac\n\n      brew\n\n"
        "after",
        "page.rst",
    )
    assert outline(document) == [(), ("Linux",), ("Mac",), ()]
    assert (under(document, "Linux"), under(document, "Mac"), under(document)) == ("apt", "brew", "after")


def test_reads_no_other_file_and_no_html(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("hunter2")
    document = read(
        f"a\n\n.. include:: {secret}\n\n.. literalinclude:: {secret}\n\n"
        f".. csv-table:: T\n   :file: {secret}\n\n"
        f".. raw:: html\n   :file: {secret}\n\n.. raw:: html\n\n   <script>x</script>\n\n"
        ".. role:: h(raw)\n   :format: html\n\n.. figure:: x\n   :figclass: y\n\nb",
        "page.rst",
    )
    assert "hunter2" not in body(document)
    assert "<script>" not in body(document)
    assert body(document).startswith("a")
    assert body(document).endswith("b")


def test_one_page_leaves_nothing_for_the_next() -> None:
    read(".. default-role:: math\n.. role:: own\n\n.. |v| replace:: 1\n\n`a`", "page.rst")
    assert body(read("`a` :own:`b` |v|", "page.rst")) == "`a` `b` v"


def test_a_page_too_large_for_docutils_is_read_by_its_underlines() -> None:
    part = "Section {n}\n-----------\n\n" + "Some words in a line.\n" * 40 + "\n"
    source = "=====\nTitle\n=====\n\n" + "".join(part.replace("{n}", str(n)) for n in range(400))
    document = read(source, "page.rst")
    assert document.title == "Title"
    assert len(document.sections) == 401
    assert anchors(document)[-1] == "section-399"
    assert set(kinds(document)) == {"prose"}
