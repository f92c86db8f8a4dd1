"""What the bot shows on Discord: nothing pings, nothing unfolds, tables are read in columns."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.card import Card, Quote, Sources, Text, Words
from bot.chat.sheet import Ending
from bot.core.models import Citation
from bot.discord.markup import render
from bot.discord.markup.layout import lay_out, lay_out_card
from bot.text.rules import BREAK
from bot.text.split import join, split, units

READ_BY_DISCORD = re.compile(r"@(?:everyone|here)|<(?:[@#:]|a:|t:|id:)|\|\|")
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
PROSE = [
    "@everyone", "@here", "@", "everyone", "<@1234>", "<@&1>", "<#1>", "<:e:1>", "<a:e:1>", "<t:1>", "<id:x>",
    "<", ">", "|", "||", "\\", "[", "]", "(", ")", "](", "![", "https://evil.example", "good.example",
    "discord.gg/", "abc", "dis", "cord", "h", "ttps://x.example", "javascript:x", "# ", "#### ", "- ", "\n",
    "\n\n", " ", "word", "\u202e", "\ud800",
]  # fmt: skip
OTHER = ["`", "```", "```py\n", "~~~\n", "    ", "| a | b |\n", "|---|---|\n", "| 1 | **2** |\n"]
prose = st.one_of(
    st.lists(st.sampled_from(PROSE), max_size=40).map("".join),
    st.text(st.characters(exclude_characters="`~"), max_size=100),
)
texts = st.one_of(st.lists(st.sampled_from(PROSE + OTHER), max_size=40).map("".join), st.text(max_size=200))


@settings(deadline=None)
@given(prose)
def test_nothing_reaches_discord_that_it_would_read(text: str) -> None:
    shown = re.sub(r"```\n.*?\n```", "", render.safe(text), flags=re.DOTALL)  # tables
    assert not READ_BY_DISCORD.search(shown)
    assert not re.search(r"(?<![\w/<.])discord\.gg/", re.sub(r"`[^`]*`|<[^>]*>", "", shown))


@settings(deadline=None)
@given(texts, st.lists(st.integers(1, 9), max_size=60))
def test_a_stream_lets_the_same_through(text: str, cuts: list[int]) -> None:
    stream, out, rest = render.SafeStream(), "", text
    for cut in cuts:
        out += stream.feed(rest[:cut])
        rest = rest[cut:]
    out += stream.feed(rest) + stream.finish()
    assert out == render.safe(text)
    assert not UNSEEN.search(out)


@settings(deadline=None)
@given(texts)
def test_messages_fit(text: str) -> None:
    shown = render.safe(text * 20)
    parts = split(shown, render.LIMIT)
    assert all(units(part) <= 2_000 for part in parts)
    assert join(parts) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        # Pings, by whatever name; an address of mail is none.
        ("@everyone <@1> <@&2> <#3>", f"@{BREAK}everyone <{BREAK}@1> <{BREAK}@&2> <{BREAK}#3>"),
        ("a@b.example @someone", "a@b.example @someone"),
        # Emoji, times and commands of a guild.
        ("<:e:1> <t:1> </cmd:1> </div>", f"<{BREAK}:e:1> <{BREAK}t:1> <{BREAK}/cmd:1> </div>"),
        # What stands in code is not read.
        ("`@everyone <@1> a || b`", "`@everyone <@1> a || b`"),
        ("```\n@everyone ||\n```", "```\n@everyone ||\n```"),
        # Two pipes would hide what follows.
        ("a || b || c", f"a |{BREAK}| b |{BREAK}| c"),
        # Nothing unfolds.
        ("[a](https://x.example) https://x.example/b.", "[a](<https://x.example>) <https://x.example/b>."),
        ("<https://x.example> (https://x.example)", "<https://x.example> (<https://x.example>)"),
        # An address that pings.
        ("https://x.example/@everyone", "<https://x.example/%40everyone>"),
        # An invite would show a card in any case: it is text.
        ("https://discord.gg/a discord.gg/b", f"`https://discord.gg/a` discord.{BREAK}gg/b"),
        ("[join](https://discord.com/invite/a)", "join (`https://discord.com/invite/a`)"),
        # A false face.
        ("[good.example](https://evil.example)", "good.example (<https://evil.example>)"),
        ("[a](file:///x) ![i](https://x.example/i.png)", "a [i](<https://x.example/i.png>)"),
        # Discord knows three levels of headings.
        ("### a\n#### b **c** ##\n##### d", "### a\n**b c**\n**d**"),
        ("#tag\n#######\n####", "#tag\n#######\n"),
        # One kind of fence, with a bare language; nothing within ends it.
        ("~~~python title='x'\na ``` b\n~~~", f"```python\na {BREAK.join('```')} b\n```"),
        ("- ````js\n  ```\n  ````", f"- ```js\n  {BREAK.join('```')}\n  ```"),
    ],
)  # fmt: skip
def test_safe(text: str, shown: str) -> None:
    assert render.safe(text) == shown


@pytest.mark.parametrize(
    ("table", "shown"),
    [
        # Columns stand below each other; marks mean nothing in a fence.
        ("| a | bb |\n|:--|---|\n| **1** | `x` |\n", "```\na  bb\n-  --\n1  x\n```\n"),
        # Escaped pipes, missing and surplus cells, a last line without its end.
        ("| a | b |\n|--|--|\n| x \\| y |\n| 1 | 2 | 3 |", "```\na      b\n-----  -\nx | y\n1      2\n```\n"),
        # A wide character takes two columns.
        ("| a | b |\n|---|---|\n| 日本 | x |\n| y | z |\n", "```\na     b\n----  -\n日本  x\ny     z\n```\n"),
        # Nothing can be clicked in a fence: the address is shown.
        ("| a |\n|---|\n| [x](https://x.example) |\n", "```\na\n-----------------------\nx (https://x.example)\n```\n"),
        # What follows is text again, and what only looks like a table is text.
        ("| a |\n|---|\n\n| b |\nc", "```\na\n-\n```\n\n| b |\nc"),
        ("| a | b |\n|---|\n", "| a | b |\n|---|\n"),
        ("a | b\n", "a | b\n"),
        # A fence in a cell does not end the table's.
        ("| a |\n|---|\n| \\`\\`\\` |\n", f"```\na\n---\n{BREAK.join('```')}\n```\n"),
    ],
)  # fmt: skip
def test_tables(table: str, shown: str) -> None:
    made = render.safe(table)
    assert re.sub("-+", "-", made) == re.sub("-+", "-", shown)


def test_a_long_cell_does_not_widen_every_row() -> None:
    rows = "".join(f"| {number} | x |\n" for number in range(100))
    shown = render.safe(f"| a | b |\n|---|---|\n| {'long ' * 100} | x |\n{rows}")
    assert len(shown) < 6_000


def test_a_table_is_whole_in_its_message() -> None:
    table = "| name | default |\n|---|---|\n" + "".join(f"| option_{n} | {n} |\n" for n in range(80))
    parts = split(render.safe("Some words first. " * 50 + "\n\n" + table), render.LIMIT)
    whole = [part for part in parts if "option_0" in part]
    assert len(whole) == 1
    assert "option_79" in whole[0]


def test_a_table_is_held_back_until_it_ends() -> None:
    stream = render.SafeStream()
    assert stream.feed("Look:\n\n| a |\n|---|\n| 1 |\n") == "Look:\n\n"
    assert stream.feed("done ") == "```\na\n-\n1\n```\ndone "


def test_a_big_table_takes_a_moment_only() -> None:
    table = "| a | b |\n|---|---|\n" + "| 1 | two words |\n" * 5_000
    stream = render.SafeStream()
    shown = "".join(stream.feed(table[start : start + 7]) for start in range(0, len(table), 7))
    assert (shown + stream.finish()).count("two words") == 5_000


def citation(**values: str) -> Citation:
    fields = {"title": "Keys", "path": "keys.md", "url": "", "heading": "A > B", "commit": "", "quote": ""}
    return Citation(number=1, **(fields | values))


def ending(text: str, citations: list[Citation]) -> Ending:
    return Ending(kind="whole", text=text, citations=citations, ages={"1a2b3c4d": "3 days old"})


cited = st.builds(
    lambda title, path, url, heading, commit: citation(
        title=title, path=path, url=url, heading=heading, commit=commit
    ),
    st.one_of(texts, st.just("Long title " * 60)),
    texts,
    st.one_of(texts, st.just("https://x.example/k#b"), st.just("https://x.example/" + "k" * 900)),
    texts,
    st.sampled_from(["", "1a2b3c4d"]),
)


@settings(deadline=None)
@given(texts, st.integers(1, 60), st.lists(cited, max_size=12))
def test_an_answer_fits_with_its_sources(text: str, times: int, citations: list[Citation]) -> None:
    parts = lay_out(ending(text * times, citations))
    # Code units; there are never fewer of them than code points.
    assert all(units(part) <= 2_000 for part in parts)
    shown = "\n".join(parts)
    assert len(re.findall(r"^-# \[1\] ", shown, re.MULTILINE)) >= len(citations)


@pytest.mark.parametrize(
    ("text", "last"),
    [
        # Behind the answer; not in its fence; alone.
        ("Words.", "Words.\n\n-# [1] Keys › A › B (`keys.md`)"),
        ("```\nunended", "```\nunended\n```\n\n-# [1] Keys › A › B (`keys.md`)"),
        ("", "-# [1] Keys › A › B (`keys.md`)"),
    ],
)
def test_sources_stand_below(text: str, last: str) -> None:
    assert lay_out(ending(text, [citation()]))[-1] == last


def test_a_card_s_parts_stand_one_blank_line_apart() -> None:
    parts = (Words("Draft:"), Quote("How?\nWhy?"), Text("| a |\n|---|\n| 1 |\n"), Sources((citation(),)))
    (shown,) = lay_out_card(Card(parts=parts, summary=""))
    table = "```\na\n-\n1\n```"
    assert shown == f"Draft:\n\n> How?\n> Why?\n\n{table}\n\n-# [1] Keys › A › B (`keys.md`)"


def test_sources_that_do_not_fit_have_a_message_of_their_own() -> None:
    words, listed = lay_out(ending("w" * 1_950, [citation()] * 3))
    assert words == "w" * 1_950
    assert listed.startswith("-# [1] Keys")


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (
            citation(url="https://x.example/k#b", commit="1a2b3c4d"),
            "[1] [Keys › A › B](<https://x.example/k#b>) `1a2b3c4`",
        ),
        # A folder of the bot's machine is no address for others.
        (citation(url="file:///srv/keys.md"), "[1] Keys › A › B (`keys.md`)"),
        (citation(title="@everyone", heading=""), f"[1] @{BREAK}everyone (`keys.md`)"),
    ],
)
def test_sources(source: Citation, line: str) -> None:
    assert render.sources([source]) == line
