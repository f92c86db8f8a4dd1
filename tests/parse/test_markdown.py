from __future__ import annotations

import pytest

from tests.parse.reading import body, kinds, outline, read, under

SEEN = [
    # Words in angle brackets that no browser knows are words.
    (
        "Put it in <thinking> tags, <your-token>, List<String>.",
        "Put it in <thinking> tags, <your-token>, List<String>.",
    ),
    ("<document>\n<source>a</source>\n</document>", "<document>\n<source>a</source>\n</document>"),
    # HTML that a browser knows is not read.
    ("Press <kbd>Ctrl</kbd>+<kbd>C</kbd>, H<sub>2</sub>O", "Press Ctrl+C, H2O"),
    ('<a href="https://ci"><img src="b.svg" alt="build"></a> <em>Fast</em>', "build  Fast"),
    ("a<br>b", "a b"),
    ("<details>\n<summary>More</summary>\n\nHidden\n\n</details>", "More\n\nHidden"),
    # Indented lines of an HTML block are no code.
    ('<p align="center">\n    <b>Fast</b>\n</p>', "Fast"),
    # Indented code is, and keeps its tags.
    ("Code:\n\n    <b>x</b>\n\n    <i>", "Code:\n\n```\n<b>x</b>\n\n<i>\n```"),
    # Braces mean nothing in Markdown.
    ("{{Q1_REPORT}} and {a: 1}", "{{Q1_REPORT}} and {a: 1}"),
    # Autolinks, entities and escapes stay as written.
    ("<https://a.b/c> &amp; \\<b>", "<https://a.b/c> &amp; \\<b>"),
    # Links and pictures as written; definitions of addresses are not seen, footnotes are.
    ("[a][b] ![c](d.png)\n\n[b]: https://e", "[a][b] ![c](d.png)"),
    ("a[^1]\n\n[^1]: Note", "a[^1]\n\n[^1]: Note"),
    # A thematic break is no text; at the head of a page it is no front matter either.
    ("a\n\n---\n\nb", "a\n\nb"),
    ("---\n\nA story\n\n---\n\nb", "A story\n\nb"),
    # Quotations, GitHub's alerts.
    ("> [!NOTE]\n> Mind this.", "> [!NOTE]\n> Mind this."),
    # A fence that never closes is closed; one in a quotation ends with it.
    ("```py\nx = '<b>'\n", "```py\nx = '<b>'\n```"),
    ("> ```\n> <b>\n\n<b>c</b>", "> ```\n> <b>\n\nc"),
    # Longer fences hold shorter ones; tildes hold backticks.
    ("````md\n```js\n# a\n```\n````", "````md\n```js\n# a\n```\n````"),
    ("~~~\n```\n# a\n~~~", "~~~\n```\n# a\n~~~"),
    # Windows' line ends and tabs.
    ("a\r\nb\r\n\r\n-\tc\r\n\t- d\r\n", "a\nb\n\n-\tc\n\t- d"),
    # Text from right to left, in Chinese, with emoji.
    ("مرحبا بالعالم\n\n你好，世界。 👩‍👩‍👧", "مرحبا بالعالم\n\n你好，世界。 👩‍👩‍👧"),
]


@pytest.mark.parametrize(("source", "text"), SEEN)
def test_keeps_what_the_reader_sees(source: str, text: str) -> None:
    assert body(read(source, "page.md")) == text


LANGUAGES = [
    ("```js", "js"),
    ('```ts title="a.ts" {1,3}', "ts"),
    ("``` { .yaml .copy }", "yaml"),
    ("```{code-cell}", ""),
    ('``` title=".browserslistrc"', ""),
    ("```rust,no_run", "rust"),
    ("```c++", "c++"),
    ("```", ""),
]


@pytest.mark.parametrize(("opening", "language"), LANGUAGES)
def test_finds_the_language_of_a_fence(opening: str, language: str) -> None:
    [block] = read(f"{opening}\na\n```", "page.md").sections[0].blocks
    assert (block.language, block.text) == (language, f"{opening}\na\n```")


def test_a_readme_that_is_headed_by_html() -> None:
    document = read(
        '<h1 align="center">\n  <img src="l.png" alt="Logo"><br>\n  My <b>Project</b>\n</h1>\n\n'
        "Fast.\n\n<h2 id='go'>Install</h2>\n\n```sh\nmake\n```\n",
        "README.md",
    )
    assert document.title == "My Project"
    assert outline(document) == [(), ("Install",)]
    assert document.sections[1].headings[0].anchor == "go"


def test_blocks_know_their_kind_and_language() -> None:
    document = read(
        'a\n\n- b\n  - c\n\n    ```py\n    d\n    ```\n\n```ts title="x.ts" {1}\ne\n```\n\n'
        "| f |\n|---|\n| g |\n\n> h\n",
        "page.md",
    )
    assert kinds(document) == ["prose", "list", "code", "table", "prose"]
    assert document.sections[0].blocks[2].language == "ts"
    assert document.sections[0].blocks[2].text.startswith('```ts title="x.ts" {1}\n')


def test_tabs_and_notes_of_mkdocs() -> None:
    document = read(
        '# T\n\n=== "Python"\n\n    ```py\n    a\n\n    b\n    ```\n\n    c\n\n=== "Go"\n\n    d\n\ne\n\n'
        '!!! note "Careful"\n    f\n\n    g\n\n??? tip\n    - h\n\ni\n',
        "docs/page.md",
    )
    assert outline(document) == [(), ("Python",), ("Go",), ()]
    assert under(document, "Python") == "```py\na\n\nb\n```\n\nc"
    assert under(document, "Go") == "d"
    assert under(document) == "e\n\n**Careful**\n\nf\n\ng\n\n**Tip**\n\n- h\n\ni"


def test_marks_of_mkdocs_inside_code_are_code() -> None:
    assert body(read('```\n=== "a"\n!!! note\n```\n', "page.md")) == '```\n=== "a"\n!!! note\n```'


def test_plain_text_has_paragraphs_and_no_markup() -> None:
    document = read("Title\n=====\n\n  # a <b>\n  c\n\n\nd\n", "notes/read_me.txt")
    assert document.title == "Read me"
    assert body(document) == "Title\n=====\n\n  # a <b>\n  c\n\nd"


@pytest.mark.parametrize("path", ["page.md", "page.mdx", "page.rst", "page.txt", "page.html"])
@pytest.mark.parametrize("content", ["", "\n \n\t\n", "\ufeff"])
def test_an_empty_file_has_no_sections(path: str, content: str) -> None:
    assert read(content, path).sections == ()
