"""Nothing that somebody else wrote is Slack's own markup in the bot's messages."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.models import Citation
from bot.slack.markup.render import sources
from bot.slack.markup.safety import SafeStream, safe

FORBIDDEN = re.compile(r"<(?:!(?:channel|here|everyone|subteam|date)|@[UW][A-Z0-9]|#C[A-Z0-9])")
HOSTILE = [
    "<!channel>",
    "<!here|here>",
    "<!subteam^S1>",
    "<@U0ALICE00>",
    "<#C0GENERAL|general>",
    "&lt;!channel&gt;",
    "[https://good.example](https://evil.example)",
    "[x](javascript:alert(1))",
    "![i](https://img.example/a.png)",
    "`<!channel>`",
    "```\n<!everyone>\n```\n",
    "word ",
    "<",
    "!",
    "\u202e",
    "\x1b[31m",
]
texts = st.one_of(st.lists(st.sampled_from(HOSTILE), max_size=20).map("".join), st.text(max_size=200))


@given(texts)
def test_no_mention_survives(text: str) -> None:
    assert not FORBIDDEN.search(safe(text))


@given(texts, st.lists(st.integers(1, 9), max_size=60))
def test_a_stream_lets_the_same_through(text: str, cuts: list[int]) -> None:
    stream, out, rest = SafeStream(), "", text
    for cut in cuts:
        out += stream.feed(rest[:cut])
        rest = rest[cut:]
    out += stream.feed(rest) + stream.finish()
    assert out == safe(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        # Ordinary Markdown is left as it is.
        ("Use `retries` and **wait**.\n\n- one\n- two\n", "Use `retries` and **wait**.\n\n- one\n- two\n"),
        ("[the guide](https://example.org/guide)", "[the guide](https://example.org/guide)"),
        # A link with a false face says where it leads.
        ("[https://good.example](https://evil.example)", "https://evil.example"),
        # Targets that are no web address are no links.
        ("[x](javascript:alert(1))", "javascript"),
        # Direction and control characters go.
        ("a\u202eb\x1b[31mc", "ab"),
    ],
)
def test_what_a_reader_sees(text: str, shown: str) -> None:
    made = safe(text)
    if shown == "javascript":
        assert "](" not in made
    else:
        assert shown in made
    assert not re.search("[\u202a-\u202e\x1b]", made)


def citation(**values: str) -> Citation:
    fields = {"title": "Keys", "path": "keys.md", "url": "", "heading": "Rotate", "commit": "", "quote": ""}
    return Citation(number=1, **(fields | values))


def test_a_page_s_title_pings_nobody() -> None:
    assert not FORBIDDEN.search(sources([citation(title="<!channel>", heading="<@U0ALICE00>")]))
