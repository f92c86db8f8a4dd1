"""Which links are read, which addresses are let through, which faces are believed."""

from __future__ import annotations

import pytest

from bot.text.links import Bare, Link, is_honest, read_bare, read_link, read_target


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("[a](https://x.example) b", Link("a", "https://x.example", 22)),
        # A title is no part of the address.
        ('[a](https://x.example "t")', Link("a", "https://x.example", 26)),
        # Parentheses that are balanced are.
        ("[a](https://x.example/f(1))", Link("a", "https://x.example/f(1)", 27)),
        # Escapes and entities are read as a browser would get them.
        (r"[a](javascript\:x)", Link("a", "javascript:x", 18)),
        ("[a](&#106;avascript:x)", Link("a", "javascript:x", 22)),
        ("[a](<https://x.example/a b>)", Link("a", "https://x.example/a b", 28)),
        # Brackets and code within the face.
        ("[a [b] `]` c](u)", Link("a [b] `]` c", "u", 16)),
        # An image may be a face, a link may not.
        ("[![i](u)](v)", Link("![i](u)", "v", 12)),
        ("[a [b](u) c](v)", None),
        # Not links: text between, an end of paragraph, no end.
        ("[a] (u)", None),
        ("[a\n\nb](u)", None),
        ("[a](u", None),
        ("[" * 50, None),
    ],
)
def test_read_link(text: str, link: Link | None) -> None:
    assert read_link(text, final=True) == link


@pytest.mark.parametrize(
    "begun",
    # What may still become a link is waited for.
    ["[", "[a", "[a]", "[a](", "[a](https://x.example", "[a](u 'ti"],
)
def test_a_link_is_waited_for(begun: str) -> None:
    assert read_link(begun, final=False) == "more"


@pytest.mark.parametrize(
    "decided",
    # What cannot become one is not.
    ["[a] ", "[1].", "[a](u v", "[a\n\n", "[" + "a" * 1_001],
)
def test_what_is_no_link_is_not_waited_for(decided: str) -> None:
    assert read_link(decided, final=False) is None


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("https://x.example/a?b=1#c", "https://x.example/a?b=1#c"),
        ("HTTP://X.example", "HTTP://X.example"),
        ("mailto:a@b.example", "mailto:a@b.example"),
        # Nothing in it ends the link, or is decoded to something else.
        ("https://x.example/f(1)", "https://x.example/f%281%29"),
        ("https://x.example/?a&lt;b", "https://x.example/?a%26lt;b"),
        # No other scheme, no address of this machine, nothing without a host.
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("file:///etc/passwd", None),
        ("./page.md", None),
        ("https://", None),
        ("https:///x", None),
        # A browser would go to evil.example.
        ("https://evil.example\\@good.example", None),
        ("https://x.example/<!channel>", None),
        ("https://x.example/|good", None),
        ("https://[::1", None),
        ("", None),
    ],
)
def test_read_target(address: str, target: str | None) -> None:
    assert read_target(address) == target


@pytest.mark.parametrize(
    ("face", "target", "honest"),
    [
        ("the guide", "https://x.example/", True),
        # The same host, or address, or one above it.
        ("x.example", "https://www.x.example/a", True),
        ("https://x.example/a", "https://x.example/a/b", True),
        ("https://x.example/a/lo…", "https://x.example/a/long", True),
        # Another one, however it is written.
        ("good.example", "https://evil.example", False),
        ("**good**.example", "https://evil.example", False),
        ("`good.example`", "https://evil.example", False),
        ("go\u200dod.example", "https://evil.example", False),
        ("ｇｏｏｄ.example", "https://evil.example", False),
        ("good&period;example", "https://evil.example", False),
        ("see https://good.example today", "https://evil.example", False),
        ("https://good.example@evil.example", "https://evil.example", False),
        ("good.example", "https://good.example@evil.example", False),
        ("https://x.example/good", "https://x.example/evil", False),
        ("https://x.example/a", "https://x.example/ab", False),
        ("10.0.0.1", "https://evil.example", False),
        ("localhost", "https://evil.example", False),
        ("hr@good.example", "mailto:eve@good.example", False),
        ("hr@good.example", "mailto:hr@good.example", True),
        # A person or a channel; but not an issue, a package, a language.
        ("@alice", "https://x.example", False),
        ("#general", "https://x.example", False),
        ("#12", "https://x.example", True),
        ("@acme/sdk", "https://x.example", True),
        ("C#", "https://x.example", True),
        # Names of files and functions are no hosts.
        ("config.yaml", "https://x.example", True),
        ("asyncio.run()", "https://x.example", True),
        ("README.md", "https://x.example/main/README.md", True),
        ("good.md", "https://evil.example/", False),
    ],
)
def test_is_honest(face: str, target: str, honest: bool) -> None:
    assert is_honest(face, target) is honest


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://x.example/a b", "https://x.example/a"),
        # Without what ends the sentence around it.
        ("https://x.example/a.", "https://x.example/a"),
        ("https://x.example/a).", "https://x.example/a"),
        ("https://x.example/a_(b) c", "https://x.example/a_(b)"),
        ("https://x.example**", "https://x.example"),
        ("https://", None),
        ("here", None),
    ],
)
def test_read_bare(text: str, address: str | None) -> None:
    bare = read_bare(text, final=True)
    assert (bare.address if isinstance(bare, Bare) else None) == address
