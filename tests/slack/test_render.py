"""What the bot shows in Slack: safe in every form, valid by Slack's own types, within every limit."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.card import Card, Quote, Sources, Text
from bot.chat.sheet import Ending
from bot.chat.verbs import VERBS, Verb
from bot.core.models import Citation, Passage
from bot.core.state import MessageKey
from bot.slack.markup import render
from bot.slack.markup.blocks import below, buttons, lay_out
from bot.text.rules import BREAK
from tests.fakes.slack.schema import problem

READ_BY_SLACK = re.compile(
    r"(?:<|&lt;?)(?:(?i:!(?:channel|group|here|everyone|subteam|date))|[@#][A-Z][A-Z0-9])"
)
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
FRAGMENTS = [
    "<!channel>", "<!here|x>", "<@U012AB>", "<#C012AB|x>", "&lt;!everyone&gt;",
    "&amp;lt;!here>", "&#60;@U01>",
    "<", "!", "channel>", "@", "#", "U012AB>", "&", "lt;",
    "|", ">", "\\", "`", "``", "```", "```py\n", "~~~\n",
    "[", "]", "(", ")", "](", "![", "]:", "https://evil.example", "good.example", "javascript:x",
    "[a](file:///x)", "**", "_", "# ", "- ", "1. ", "> ", "| a | b |\n|---|---|\n", "\n", "\n\n", " ",
    "word", "\u202e", "\u200b", "\ud800", "日本",
]  # fmt: skip
KEY = MessageKey(platform="slack", team="T1", channel="C1", message="1.0")
texts = st.one_of(st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join), st.text(max_size=200))


def citation(number: int = 1, **values: str) -> Citation:
    fields = {"title": "Keys", "path": "keys.md", "url": "", "heading": "Rotate", "commit": "", "quote": ""}
    return Citation(number=number, **(fields | values))


def passage(title: str, url: str) -> Passage:
    return Passage(
        source="docs",
        path=f"{title}.md",
        title=title,
        headings=(),
        url=url,
        commit="",
        text="",
        score=1.0,
    )


citations = st.builds(
    citation,
    number=st.integers(1, 30),
    title=texts,
    heading=texts,
    path=texts,
    commit=texts,
    url=st.one_of(texts, st.just("https://x.example/a#b"), st.just("https://x.example/" + "a" * 4_000)),
)


@settings(deadline=None)
@given(texts)
def test_nothing_reaches_slack_that_it_would_read(text: str) -> None:
    for shown in (render.safe(text), render.to_mrkdwn(text), render.fallback(text)):
        assert not READ_BY_SLACK.search(shown)
        assert not UNSEEN.search(shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        # Slack's commands are broken behind their `<`, entities that it decodes included.
        ("<!here> &lt;@U1&gt; &amp;lt;#C1>", f"<{BREAK}!here> &lt;{BREAK}@U1&gt; &amp;lt;{BREAK}#C1>"),
        # In code too; but what people copy is left alone where Slack reads nothing.
        ("`<!here>` `<!DOCTYPE x>` `Set<@NonNull T>`", f"`<{BREAK}!here>` `<!DOCTYPE x>` `Set<@NonNull T>`"),
        ("```html\n<!-- x -->\n<@U12>\n```", f"```html\n<!-- x -->\n<{BREAK}@U12>\n```"),
        # Slack's form of a link hides where it leads; an address in brackets does not.
        ("<https://evil.example|good>", f"<{BREAK}https://evil.example|good>"),
        ("<https://x.example/a>", "<https://x.example/a>"),
        ("<javascript:x> Vec<T> a < b", f"<{BREAK}javascript:x> Vec<T> a < b"),
        # A false face shows the address; a definition far away is none.
        ("[good.example](https://evil.example)", "good.example (https://evil.example)"),
        ("[good][1]\n\n[1]: https://evil.example", f"[good][1]\n\n[1]{BREAK}: https://evil.example"),
        # Only web and mail addresses are links; an image is one.
        ("[a](file:///x) [b](./c.md) ![i](https://x.example/i.png)", "a b [i](https://x.example/i.png)"),
        ("[![Build](https://x.example/b.svg)](https://x.example/ci)", "[Build](https://x.example/ci)"),
        # Taking something out makes nothing new.
        ("<[!channel](x:y)>", f"<{BREAK}{BREAK}!channel{BREAK}>"),
        # Fences become the one that Slack knows; nothing in them ends them.
        ("~~~js title=x\na ``` b\n~~~", f"```js\na {BREAK.join('```')} b\n```"),
    ],
)  # fmt: skip
def test_safe(text: str, shown: str) -> None:
    assert render.safe(text) == shown


@pytest.mark.parametrize(
    ("delta", "shown"),
    [
        ("Plain words", "Plain words"),
        # Only what may still turn into something is held back.
        ("see [1]", "see "),
        ("see [1].", "see [1]."),
        ("a <", "a "),
        ("a < b", "a < b"),
        ("x `cod", "x "),
        ("x `code` ", "x `code` "),
        ("[the guide](https://x.exa", ""),
        ("AT&T ", "AT&T "),
    ],
)
def test_little_is_held_back(delta: str, shown: str) -> None:
    assert render.SafeStream().feed(delta) == shown


@pytest.mark.parametrize(
    ("markdown", "mrkdwn"),
    [
        ("**bold** *italic* ~~gone~~ `code`", "*bold* _italic_ ~gone~ `code`"),
        # Slack reads its marks at the border of a word only.
        ("**bold**er", f"*bold*{BREAK}er"),
        ("# Head **strong**", "*Head strong*"),
        ("a & b < c > d", "a &amp; b &lt; c &gt; d"),
        ("<!channel> `<!here>`", f"&lt;{BREAK}!channel&gt; `&lt;{BREAK}!here&gt;`"),
        ("[x](https://x.example/?a=1&b=2)", "<https://x.example/?a=1&amp;b=2|x>"),
        ("[a|b](https://x.example)", "<https://x.example|a¦b>"),
        ("[good.example](https://evil.example)", "good.example (<https://evil.example>)"),
        ("![i](https://x.example/i.png) ![](https://x.example)", "<https://x.example/i.png|i> <https://x.example>"),
        ("[a](./b.md)", "a"),
        ("- a\n  1. b\n- c", "• a\n    1. b\n• c"),
        ("3. a\n4. b", "3. a\n4. b"),
        ("> a\n> **b**", "> a\n> *b*"),
        # A `>` that was escaped begins no quote.
        ("\\> a", f"{BREAK}&gt; a"),
        ("```py\nif a < b: ...\n```", "```\nif a &lt; b: ...\n```"),
        ("| a | b |\n|--|--|\n| `x` | 日本 |\n| lo | y |", "```\na   b\n--  ----\nx   日本\nlo  y\n```"),
        ("***", "———"),
        ("<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"),
        ("", ""),
    ],
)  # fmt: skip
def test_to_mrkdwn(markdown: str, mrkdwn: str) -> None:
    assert render.to_mrkdwn(markdown) == mrkdwn


@pytest.mark.parametrize(
    ("source", "line"),
    [
        # On the web: linked to the section, with the commit and its age.
        (
            citation(2, url="https://x.example/keys.md#rotate", commit="1a2b3c4d5e"),
            "2. [Keys › Rotate](https://x.example/keys.md#rotate) `1a2b3c4`, 2 days old",
        ),
        # A folder of the bot's machine is no address for others.
        (citation(url="file:///srv/keys.md"), "1. Keys › Rotate (`keys.md`)"),
        # The page alone where there is no heading in it.
        (citation(heading="Keys", url="https://x.example/"), "1. [Keys](https://x.example/)"),
        # A title that names another place is not believed.
        (citation(title="a.example", heading="", url="https://b.example"), "1. a.example (https://b.example)"),
        (citation(title="<!channel>", heading=""), f"1. \\<{BREAK}!channel\\> (`keys.md`)"),
    ],
)  # fmt: skip
def test_sources(source: Citation, line: str) -> None:
    assert render.sources([source], ages={"1a2b3c4d5e": "2 days old"}) == line


@settings(deadline=None)
@given(texts, st.lists(citations, max_size=25), st.sets(st.sampled_from(VERBS)).map(tuple))
def test_blocks_are_valid(text: str, cited: list[Citation], verbs: tuple[Verb, ...]) -> None:
    for blocks in (
        [
            *render.body(render.safe(text)),
            *render.sources_context(cited),
            *render.feedback(block_id="answer:1"),
        ],
        render.sections(text * 30),
        below(Ending(kind="failed", text="", note=text * 50, citations=cited, verbs=verbs), KEY),
        lay_out(Card(parts=(Quote(text * 50), Text(text * 50), Sources(tuple(cited))), summary="", key=KEY)),
    ):
        assert problem("Blocks", blocks) is None
        assert not READ_BY_SLACK.search(repr(blocks))


@settings(deadline=None)
@given(texts, st.lists(citations, max_size=25))
def test_chunks_are_valid(text: str, cited: list[Citation]) -> None:
    found = [passage(item.title, item.url) for item in cited]
    chunks = [render.found_task(found), *render.sources_task(cited)]
    assert problem("Chunks", chunks) is None
    for chunk in chunks:
        assert all(len(str(chunk.get(key, ""))) <= 256 for key in ("title", "details", "output"))


def test_found_pages_are_counted_once() -> None:
    pages = [passage(name, f"https://x.example/{name}") for name in ("best", "second", "best")]
    assert render.found_task(pages[:1])["output"] == "1 page found"
    assert render.found_task(pages)["output"] == "2 pages found"
    assert render.found_task([])["output"] == "Nothing found"


def test_cited_sources_are_links_and_local_ones_named() -> None:
    cited = [
        Citation(number=n, title=name, path=name, url=url, heading=name, commit="", quote="")
        for n, name, url in ((1, "web", "https://x.example/web"), (2, "local", "file:///srv/local.md"))
    ]
    (chunk,) = render.sources_task(cited)
    assert chunk["sources"] == [{"type": "url", "url": "https://x.example/web", "text": "[1] web"}]
    assert "local" in str(chunk["output"])
    assert render.sources_task([]) == []


def test_sections_hold_all_of_a_long_text() -> None:
    words = [f"word{number}&<" for number in range(2_000)]
    sections = render.sections(" ".join(words))
    shown = " ".join(str(section["text"]) for section in sections)
    assert len(sections) > 10
    assert all(f"word{number}&amp;&lt;" in shown for number in range(2_000))


def test_the_thumbs_and_buttons_say_nothing_secret() -> None:
    shown = repr(buttons(("up", "down", "human", "retry"), KEY))
    assert re.findall(r"'value': '([\w .]+)'", shown) == ["up", "down", "C1 1.0", "C1 1.0"]
    assert re.findall(r"'action_id': '(\w+)'", shown) == ["feedback", "human", "retry"]
    assert buttons((), KEY) == []
