from __future__ import annotations

import pytest

from tests.parse.reading import anchors, body, kinds, outline, read

SEEN = [
    # Inline markup, links, entities, line breaks.
    (
        "<p>A <a href='/x'>link</a>, <code>a &lt; b</code>, <b>b</b> &amp; <em>c</em><br>d</p>",
        "A [link](/x), `a < b`, **b** & *c* d",
    ),
    # White space as browsers see it.
    ("<p>\n  a\n  <b> b </b>c\n</p>", "a **b** c"),
    # Code with its language, from the class of any generator; highlighting and line numbers dropped.
    ('<pre><code class="language-ts">let <span>a</span>;\n  b</code></pre>', "```ts\nlet a;\n  b\n```"),
    (
        '<div class="highlight-python notranslate"><div><pre><span></span>a\n</pre></div></div>',
        "```python\na\n```",
    ),
    ('<pre><span class="lineno">1</span>a</pre>', "```\na\n```"),
    ("<pre>```</pre>", "````\n```\n````"),
    # Lists in lists, with code.
    (
        "<ul><li>a<ol start='3'><li>b</li></ol></li><li><p>c</p><pre>d</pre></li></ul>",
        "- a\n  3. b\n- c\n\n  ```\n  d\n  ```",
    ),
    # End tags that HTML lets one leave out.
    ("<p>a<p>b<ul><li>c<li>d</ul>", "a\n\nb\n\n- c\n- d"),
    ("<table><tr><td>1<td>2<tr><td>3<td>4</table>", "| 1 | 2 |\n| --- | --- |\n| 3 | 4 |"),
    # Tables; one that only sets code beside its line numbers is none.
    (
        "<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>x|<b>y</b></td></tr></tbody></table>",
        "| a |\n| --- |\n| x\\|**y** |",
    ),
    ("<table><tr><td class='linenos'><pre>1</pre></td><td><pre>a</pre></td></tr></table>", "```\na\n```"),
    ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"),
    ("<dl><dt>a</dt><dd>b</dd></dl>", "**a**\n\nb"),
    ("<img src='a.png' alt='A worker'>", "A worker"),
    # Text outside any block, comments, what no reader sees.
    (
        "a <!-- no --> b<div>c</div>d<script>e</script><style>f</style><svg><text>g</text></svg>",
        "a b\n\nc\n\nd",
    ),
    ("<a href='javascript:x()'>a</a>", "a"),
]


@pytest.mark.parametrize(("source", "text"), SEEN)
def test_writes_markdown(source: str, text: str) -> None:
    assert body(read(f"<html><body>{source}</body></html>", "page.html")) == text


def test_reads_the_main_part_of_a_page() -> None:
    document = read(
        "<html><head><title>Page | Site</title><meta name='description' content='What it\n says'></head>"
        "<body>"
        "<header>Site</header><nav><a href='/'>Home</a></nav><main><header><h1>Page</h1></header><p>a</p>"
        "<nav>On this page</nav></main><footer>Imprint</footer></body></html>",
        "page.html",
    )
    assert (document.title, document.description) == ("Page", "What it says")
    assert body(document) == "a"


def test_without_a_main_part_the_body_is_read() -> None:
    document = read("<title>T</title><nav>no</nav><h2>A</h2>b<footer>no</footer>", "page.htm")
    assert (document.title, outline(document), body(document)) == ("T", [("A",)], "b")


HEADINGS = [
    # Its own id, one inside it, that of the section it begins, else GitHub's.
    ('<h2 id="own">A</h2>', ["own"]),
    ('<h2><a name="x" id="inner"></a>A</h2>', ["inner"]),
    ('<section id="sec"><h2>A<a class="headerlink" href="#sec">¶</a></h2></section>', ["sec"]),
    ('<section id="sec"><h2>A</h2><h3>B</h3></section>', ["sec", "b"]),
    ("<h2>A b</h2>", ["a-b"]),
]


@pytest.mark.parametrize(("source", "expected"), HEADINGS)
def test_finds_headings_and_their_anchors(source: str, expected: list[str]) -> None:
    document = read(f"<body>{source}</body>", "page.html")
    assert anchors(document) == expected
    assert document.sections[0].headings[0].text in ("A", "A b")


def test_a_page_of_too_many_tags_is_read_as_text() -> None:
    document = read("<table>" + "<tr><td>a &amp; b</td></tr>\n" * 20_000 + "</table>", "page.html")
    assert body(document).count("a & b") == 20_000
    assert set(kinds(document)) == {"prose"}
