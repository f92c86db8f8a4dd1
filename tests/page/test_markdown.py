"""What the page makes of Markdown: tables of cases, and properties over hostile text."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from tests.gateway.process import Gateway
from tests.page.rendering import Job, render

# A row: Markdown, and the document that it becomes, without what every link and every paragraph has.
CASES = [
    # Emphasis, nested, within words, and where nothing is meant.
    ("**bold** *it* __b__ _i_", "<p><strong>bold</strong> <em>it</em> <strong>b</strong> <em>i</em></p>"),
    ("***both***", "<p><em><strong>both</strong></em></p>"),
    ("**a *b* c** ~~gone~~", "<p><strong>a <em>b</em> c</strong> <del>gone</del></p>"),
    ("snake_case_name 2 * 3 * 4 **", "<p>snake_case_name 2 * 3 * 4 **</p>"),
    ("un*frigging*believable", "<p>un<em>frigging</em>believable</p>"),
    # Code: nothing in it means anything, and runs of backticks pair by length.
    ("`a **b** <i>` ``c ` d`` `open", "<p><code>a **b** &lt;i&gt;</code> <code>c ` d</code> `open</p>"),
    # Escapes and character references.
    (r"\*a\* \[1\] &lt;b&gt; &amp;amp; &#65; &nope;", "<p>*a* [1] &lt;b&gt; &amp;amp; A &amp;nope;</p>"),
    # Marks, alone and side by side; not in code, and not where they are a link.
    ("A [1][2].", '<p>A <a class="mark" href="#s-1">1</a><a class="mark" href="#s-2">2</a>.</p>'),
    ("`[1]` [x [1]](https://a.b/)", '<p><code>[1]</code> <a href="https://a.b/">x [1]</a></p>'),
    # Links: web pages only; a title is left out, parentheses in an address pair.
    (
        '[a](https://b.c/d_(e) "t") <https://f.g/>',
        '<p><a href="https://b.c/d_(e)">a</a> <a href="https://f.g/">https://f.g/</a></p>',
    ),
    ("See https://a.b/c_d).", '<p>See <a href="https://a.b/c_d">https://a.b/c_d</a>).</p>'),
    ("[a](/relative) [b](mailto:x@y.z) [c](#d)", "<p>a b c</p>"),
    # A picture of elsewhere is a link.
    ("![shot](https://a.b/c.png) ![x](data:image/png,A)", '<p><a href="https://a.b/c.png">shot</a> x</p>'),
    # Line breaks.
    ("a  \nb\\\nc\nd", "<p>a<br>b<br>c\nd</p>"),
    # Headings begin below the question's.
    ("# A\n## B ##\n##### C\nTitle\n===", "<h3>A</h3><h4>B</h4><h6>C</h6><h3>Title</h3>"),
    ("#hash", "<p>#hash</p>"),
    # Quotes, with a line that goes on.
    ("> a\nb\n> > c\n\nd", "<blockquote><p>a\nb</p><blockquote><p>c</p></blockquote></blockquote><p>d</p>"),
    # Lists: tight, loose, nested by two and by three, numbered from five, with tasks, changing kind.
    ("- a\n- b\n  - c\n* d", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul><ul><li>d</li></ul>"),
    ("1. a\n   - b\n2. c", "<ol><li>a<ul><li>b</li></ul></li><li>c</li></ol>"),
    ("1. a\n  - b\n2. c", "<ol><li>a<ul><li>b</li></ul></li><li>c</li></ol>"),
    ("5. a\n\n6. b", '<ol start="5"><li><p>a</p></li><li><p>b</p></li></ol>'),
    ("- [ ] a\n- [x] b", "<ul><li>☐ a</li><li>☑ b</li></ul>"),
    ("- a\n\npara", "<ul><li>a</li></ul><p>para</p>"),
    ("a\n- b\nlazy", "<p>a</p><ul><li>b\nlazy</li></ul>"),
    # Rules.
    ("a\n\n---\n* * *\nb", "<p>a</p><hr><hr><p>b</p>"),
    # HTML is text.
    ("<b onclick=x>hi</b> <!-- c -->", "<p>&lt;b onclick=x&gt;hi&lt;/b&gt; &lt;!-- c --&gt;</p>"),
    ("", ""),
]


@pytest.fixture(scope="module")
def place(browser: Browser, started: Gateway) -> Iterator[Page]:
    """A page that has the renderer at hand, and complains of any breach of its policy."""
    with browser.new_context() as context:
        page = context.new_page()
        heard: list[str] = []
        page.on("console", lambda said: heard.append(said.text))
        page.on("dialog", lambda dialog: heard.append(dialog.message))
        page.goto(started.url)
        yield page
        assert heard == []


def bare(html: str) -> str:
    for noise in (' dir="auto"', ' target="_blank" rel="noopener noreferrer"'):
        html = html.replace(noise, "")
    for number in (1, 2):
        html = html.replace(f' aria-label="Source {number}"', "")
    return html


def test_markdown_becomes_this_document(place: Page) -> None:
    found = render(place, [Job(text) for text, _ in CASES])
    assert [bare(item.html) for item in found] == [html for _, html in CASES]


def test_code_can_be_copied_and_reached(place: Page) -> None:
    """With its language, in lists, with a fence of its own within, and where it is never closed."""
    fenced = "- a\n\n  ````md x\n  ```\n  <i>\n  ```\n  ````\n\n```py\nprint(1)"
    (found,) = render(place, [Job(fenced)])
    assert "<code>```\n&lt;i&gt;\n```</code>" in found.html
    assert '<span class="language">md</span><button type="button" class="copy">Copy</button>' in found.html
    assert 'tabindex="0" role="region" aria-label="Code, py"><code>print(1)</code>' in found.html


def test_tables(place: Page) -> None:
    """Aligned, with a bar in a cell, with too few and too many cells; no table without its rule."""
    text = "| a | b |\n|:-:|--:|\n| 1 | `x\\|y` |\n| 2 |\n| 3 | 4 | 5 |\n\n| no |\ntable"
    (found,) = render(place, [Job(text)])
    rows = bare(found.html).split("<tr>")[1:]
    assert rows[0].startswith('<th class="center">a</th><th class="end">b</th></tr>')
    assert rows[1].startswith('<td class="center">1</td><td class="end"><code>x|y</code></td></tr>')
    assert rows[2].startswith('<td class="center">2</td><td class="end"></td></tr>')
    assert rows[3].startswith('<td class="center">3</td><td class="end">4</td></tr></tbody></table></div>')
    assert rows[3].endswith("<p>| no |\ntable</p>")


PAYLOADS = [
    # Elements that run, load or submit something.
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe srcdoc='<script>'>",
    "<a href=javascript:alert(1)>x</a>",
    "<form action=https://evil.example><input name=key>",
    "<style>*{}</style>",
    "<math><mtext></mtext><mglyph><style><!--</style><img src onerror=alert(1)>",
    "<base href=//evil.example>",
    # Addresses that are no web page's, dressed up.
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:msgbox)",
    "[x](//evil.example)",
    "[x](https://)",
    "[x](http://a b)",
    "<javascript:alert(1)>",
    '[x](https://a.b/"onmouseover=alert(1))',
    "![x](javascript:alert(1))",
    "![x](https://a.b/' onerror='alert(1))",
    '[x](https://a.b "\'><img src=x onerror=alert(1)>")',
    "[x](file:///etc/passwd)",
    "[x](\\javascript:alert(1))",
    "[1](javascript:alert(1))",
    "[x][1]: javascript:alert(1)",
    "https://a.b/<script>",
    '<https://a.b/"><img>',
    # What closes or opens more than it may.
    "```\n</code></pre><script>alert(1)</script>\n```",
    "`</code><img src=x onerror=alert(1)>`",
    '```js" onclick=alert(1)\nx\n```',
    "| <img src=x onerror=alert(1)> |\n|---|\n| [x](javascript:alert(1)) |",
    "# <img src=x onerror=alert(1)>",
    "- <svg onload=alert(1)>",
    "> <script>alert(1)</script>",
    # Names of what objects have anyway.
    "[__proto__](constructor)",
    "&constructor; &__proto__; &#0; &#xd800; &#x110000; &#99999999;",
]


def test_payloads_stay_text(place: Page) -> None:
    for item in render(place, [Job(text, tuple(range(len(text)))) for text in PAYLOADS]):
        assert item.complaints == ()
        assert item.same


_PIECES = st.sampled_from(
    [
        *PAYLOADS,
        *"*_~`[]()!<>&|#-+=\\\n \t:1",
        "**",
        "```",
        "~~~",
        "\n\n",
        "    ",
        "[1]",
        "](",
        "| - |",
        "1. ",
        "https://",
        "a",
        "word ",
        "مرحبا ",
        "é",
        "\u202e",
        "\U0001f600",
        "\r\n",
        "\x00",
    ]
)
_TEXTS = st.lists(_PIECES, max_size=40).map("".join) | st.text(max_size=80)
_JOBS = st.builds(Job, _TEXTS, st.lists(st.integers(0, 200), max_size=4).map(tuple))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(jobs=st.lists(_JOBS, min_size=1, max_size=20))
def test_no_text_becomes_more_than_text(place: Page, jobs: list[Job]) -> None:
    """Whatever is written, in whatever pieces it arrives: only elements and addresses that may be; and what
    was shown on the way leaves no trace."""
    for item in render(place, jobs):
        assert item.complaints == ()
        assert item.same


ENDLESS = [
    # Openers without an end, ends without an opener, both in turn, deep nesting, long runs.
    *("*", "_a ", "[", "](", "`a``b```c", "*a_ ", ">", "- ", "![", '](x "', "**a", "&a", "<http://", "|a"),
    *("1. a\n\n", "# # ", "a\n", "~~a", "https://a.b/)", "    a\n", "```\n", "![a](", "|-|\n"),
]


def test_long_text_of_any_kind_comes_to_an_end(place: Page) -> None:
    """In time that grows with the text and not with its square, else this would not end."""
    for item in render(place, [Job(piece * (20_000 // len(piece))) for piece in ENDLESS]):
        assert item.complaints == ()
