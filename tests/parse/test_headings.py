from __future__ import annotations

import pytest

from pipelines.parse.slugs import slug
from tests.parse.reading import anchors, body, outline, read

SLUGS = [
    # Punctuation goes, each space becomes a hyphen, also around what went.
    ("What's new in v1.2?", "whats-new-in-v12"),
    ("A & B", "a--b"),
    # Hyphens and underscores stay.
    ("snake_case - and-dash", "snake_case---and-dash"),
    # Letters and digits of every script stay, with their marks.
    ("Größe ändern", "größe-ändern"),
    ("安装 指南", "安装-指南"),
    ("مرحبا", "مرحبا"),
    # Emoji go and leave their space.
    ("🚀 Start", "-start"),
    (":rocket: Start", "rocket-start"),
    ("Foo.bar()", "foobar"),
]


@pytest.mark.parametrize(("heading", "anchor"), SLUGS)
def test_anchors_are_those_of_github(heading: str, anchor: str) -> None:
    assert slug(heading) == anchor


HEADINGS = [
    # As GitHub and Docusaurus number what repeats; a number that is taken is passed over.
    ("## A\n\n## A\n\n## A-1\n\n## A", ["a", "a-1", "a-1-1", "a-2"]),
    # Both kinds, with closing signs.
    ("A b\n---\n\n## C ##", ["a-b", "c"]),
    # The author's own id, as Docusaurus, Pandoc and kramdown write it.
    ("## A {#own-id}\n\n## B {: #other .x }\n\n## C {/* #mdx */}", ["own-id", "other", "mdx"]),
    # Markup in a heading, and in its anchor's place.
    ("## The `code` *and* [link](x)", ["the-code-and-link"]),
    # Tags in a heading.
    ('## Alpha <Badge text="new" />', ["alpha-new"]),
    # A heading inside a quotation opens no section but takes its anchor.
    ("> ## A\n\n## A", ["", "a-1"]),
    # None inside a fence, none without a space.
    ("```\n# A\n```\n\n#B\n\n## C", ["", "c"]),
]


@pytest.mark.parametrize(("source", "expected"), HEADINGS)
def test_finds_headings_and_their_anchors(source: str, expected: list[str]) -> None:
    assert anchors(read(f"---\ntitle: T\n---\n{source}")) == expected


BREADCRUMBS = [
    # The first heading of level 1 is the title and stands in no breadcrumb.
    ("# T\n\na\n\n## B\n\nc\n\n### D\n\n## E", "T", [(), ("B",), ("B", "D"), ("E",)]),
    # Front matter wins; a heading that repeats it is left out, with emoji or without.
    ("---\ntitle: T\n---\n# T\n\n## B", "T", [(), ("B",)]),
    ("---\ntitle: 🪓 What is it?\n---\n# What is it?\n\n## B", "🪓 What is it?", [(), ("B",)]),
    # Also at level 2, when it comes first.
    ("---\ntitle: T\n---\n## T\n\n### B\n\n## T", "T", [(), ("B",), ("T",)]),
    # Another one stays.
    ("---\ntitle: T\n---\n# U\n\n## B", "T", [("U",), ("U", "B")]),
    # A second heading of level 1 is an ordinary one.
    ("# T\n\n# U\n\n## B\n\n# V", "T", [(), ("U",), ("U", "B"), ("V",)]),
    # Levels may be skipped, and come back.
    ("# T\n\n#### A\n\n## B\n\n### C", "T", [(), ("A",), ("B",), ("B", "C")]),
    # Text before the title.
    ("a\n\n# T\n\nb", "T", [(), ()]),
    # No title at all: the file's name.
    ("a", "Getting started", [()]),
]


@pytest.mark.parametrize(("source", "title", "expected"), BREADCRUMBS)
def test_breadcrumbs_begin_below_the_title(source: str, title: str, expected: list[tuple[str, ...]]) -> None:
    document = read(source, "guide/getting-started.md")
    assert document.title == title
    assert outline(document) == expected


NAMES = [
    ("guide/getting_started.md", "Getting started"),
    # An index is named after its folder, where it has one.
    ("guide/index.mdx", "Guide"),
    ("README.md", "README"),
    ("FAQ.txt", "FAQ"),
]


@pytest.mark.parametrize(("path", "title"), NAMES)
def test_a_page_without_a_title_is_named_after_its_file(path: str, title: str) -> None:
    assert read("text", path).title == title


def test_the_title_takes_its_anchor_all_the_same() -> None:
    assert anchors(read("# A\n\n## A")) == ["", "a-1"]


def test_a_heading_longer_than_a_page_is_text() -> None:
    words = "word " * 200
    document = read(f"# T\n\n## {words}\n\na")
    assert outline(document) == [()]
    assert body(document) == f"{words.strip()}\n\na"


FRONT_MATTER = [
    ("---\ntitle: A title\ndescription: What it says\n---\ntext", "A title", "What it says"),
    # Over lines, and of other types.
    ("---\ntitle: 2024\ndescription: >\n  One\n  two\n---\ntext", "2024", "One two"),
    # Hugo's.
    ('+++\ntitle = "A title"\ndescription = "d"\n+++\ntext', "A title", "d"),
    # Malformed, or of another shape: dropped.
    ("---\ntitle: [a\n---\ntext", "Page", ""),
    ("---\ntitle: {{ x }}\n---\ntext", "Page", ""),
    ("---\n- a: b\n---\ntext", "Page", ""),
    ("---\ntitle: [a, b]\ndescription: {a: b}\n---\ntext", "Page", ""),
    ("---\ntitle: &a [*a]\n---\ntext", "Page", ""),
    ("---\n---\ntext", "Page", ""),
    # YAML that would build Python's objects builds nothing.
    ("---\ntitle: !!python/object/apply:os.getcwd []\n---\ntext", "Page", ""),
]


@pytest.mark.parametrize(("source", "title", "description"), FRONT_MATTER)
def test_reads_front_matter(source: str, title: str, description: str) -> None:
    document = read(source)
    assert (document.title, document.description) == (title, description)
    assert body(document) == "text"


def test_front_matter_that_never_ends_is_text() -> None:
    assert "title: a" in body(read("---\ntitle: a\n\ntext"))
