"""Links in text that others wrote: read, held to safe addresses, and to faces that say where they lead."""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from bot.core.characters import clean_line
from bot.core.code import Undecided

LONGEST = 1_000
"""Characters of a link, its face included; longer ones are shown as text."""
_DEPTH = 4
"""Brackets within the brackets of a link; deeper ones are no link."""

_FACE = re.compile(r"\\.|(`+)(?:(?!\1)[^\n]){0,200}?\1(?!`)|\n[ \t]*\n|[\[\]]", re.DOTALL)
_ADDRESS = re.compile(
    r"""\([ \t]*\n?[ \t]*
      (?: < (?P<angled> (?:\\.|[^<>\\\n])*+ ) >
        | (?P<plain> (?:\\\S|[^\s()\\<]|\((?:\\\S|[^\s()\\]|\((?:\\\S|[^\s()\\])*+\))*+\))*+ ) )
      (?: [ \t\n]+ (?: "(?:\\.|[^"\\])*+" | '(?:\\.|[^'\\])*+' | \((?:\\.|[^()\\])*+\) ) )?
      [ \t]*\n?[ \t]*\)""",
    re.VERBOSE | re.DOTALL,
)
_ADDRESS_BEGUN = re.compile(r"\(\s*(?:<[^<>\n]*>?|[^\s<]\S*)?\s*(?:[\"'(].*)?", re.DOTALL)
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_WEB = re.compile(r"https?://[^\s<>|\"`\\^{}\[\]\x00-\x20]+", re.IGNORECASE)
_MAIL = re.compile(r"mailto:[^\s<>|\"`\\:@/]+@[\w.-]+(?:\?[^\s<>|\"`\\]*)?", re.IGNORECASE)
_MARKUP = re.compile(r"[*~`\\]|!?\[|\](?:\([^)]*\))?")
_HOST = re.compile(
    r"""(?<![^\W_]) (?P<scheme>[a-z][a-z0-9+.-]{0,20}://)?
    (?P<host> (?:[^\W_](?:[\w-]{0,62}[^\W_])?\.)+ [^\W\d_](?:[\w-]{0,62}[^\W_])?
      | \d{1,3}(?:\.\d{1,3}){3} | localhost\b )
    (?::\d+)? (?P<path>[/?\#]\S*)? (?P<call>\()?""",
    re.VERBOSE,
)
_MENTION = re.compile(r"(?<![\w/.])(?:@(?![\w-]+/)[\w-]|#(?!\d+\b)[\w-])")
_FILES_TEXT = """
bash c cfg conf cpp cs css csv env gif go h hpp htm html ini ipynb java jpeg jpg js json jsx kt lock log mdx
mjs pdf php png rb rst sql svg swift toml ts tsx txt vue xml yaml yml
"""
_FILES = frozenset(_FILES_TEXT.split())
"""Endings that no domain has."""
_PAGES = frozenset({"md", "py"})
"""Endings that domains have too, seldom; taken for a file's where the address ends with that file."""


@dataclass(frozen=True, slots=True)
class Link:
    face: str
    """Markdown."""
    address: str
    """As written, its escapes resolved."""
    end: int
    """Where it ends in the text at hand."""


def read_link(rest: str, *, final: bool) -> Link | Undecided | None:
    """The inline link that `rest` begins with, at its bracket; None when it is none.

    A link within its face makes it none, as in CommonMark; an image does not.
    """
    end = _face_end(rest)
    if end is None:
        return None
    if end < 0 or end + 1 == len(rest):
        return None if final or len(rest) > LONGEST else "more"
    if rest[end + 1] != "(":
        return None
    found = _ADDRESS.match(rest, end + 1)
    if found is None:
        return "more" if not final and len(rest) <= LONGEST and _may_go_on(rest[end + 1 :]) else None
    if found.end() > LONGEST or re.search(r"(?<!!)\[[^\[\]]*\]\(", rest[1:end]):
        return None
    address = found["plain"] if found["angled"] is None else found["angled"]
    return Link(rest[1:end], html.unescape(_ESCAPE.sub(r"\1", address)).strip(), found.end())


def _face_end(rest: str) -> int | None:
    """The bracket that closes the one that `rest` begins with; -1 when it may follow, None when it cannot."""
    depth = 0
    for match in _FACE.finditer(rest[: LONGEST + 1]):
        sign = match.group()
        if sign.isspace():
            return None
        depth += (sign == "[") - (sign == "]")
        if not depth:
            return match.start()
        if depth > _DEPTH:
            return None
    return None if len(rest) > LONGEST else -1


def _may_go_on(rest: str) -> bool:
    """Whether more text can make an address of what begins with a parenthesis."""
    return re.search(r"\n[ \t]*\n", rest) is None and _ADDRESS_BEGUN.fullmatch(rest) is not None


def read_target(address: str) -> str | None:
    """The address as a link may carry it, with nothing in it that a platform reads; None for all but http,
    https and mailto."""
    if _MAIL.fullmatch(address):
        return address
    if not _WEB.fullmatch(address) or not _split(address).hostname:
        return None
    bare = re.sub(r"&(?=#?\w+;)", "%26", address)
    return bare.replace("(", "%28").replace(")", "%29")


def is_honest(face: str, target: str) -> bool:
    """Whether a link's text (Markdown) names no other host, address, person or channel than its target's."""
    shown = _visible(face)
    if _MENTION.search(shown):
        return False
    if "@" in shown and _MAIL.fullmatch(target) and _mailbox(target) not in shown:
        return False
    return all(_agrees(match, target) for match in _HOST.finditer(shown))


def _visible(face: str) -> str:
    text = unicodedata.normalize("NFKC", html.unescape(_MARKUP.sub("", face)))
    text = "".join(character for character in text if unicodedata.category(character) not in ("Cf", "Mn"))
    return clean_line(text).casefold().replace("。", ".")


def _agrees(shown: re.Match[str], target: str) -> bool:
    """Whether what looks like a host in a face is none, or the target's."""
    host, path = shown["host"], shown["path"] or ""
    place = _split(target)
    ending = host.rpartition(".")[2]
    if not shown["scheme"]:
        if shown["call"] or ending in _FILES or "_" in host:
            return True
        if ending in _PAGES and not path and place.path.casefold().endswith(f"/{host}"):
            return True
    elsewhere = place.hostname or _mailbox(target).rpartition("@")[2]
    return _bare_host(host) == _bare_host(elsewhere) and _leads_to(path, place)


def _mailbox(target: str) -> str:
    return target.removeprefix("mailto:").partition("?")[0].casefold()


def _leads_to(path: str, place: SplitResult) -> bool:
    """Whether an address's rest, which a face may cut short, is the target's or a folder above it."""
    shown = path.rstrip("/….,;:!?)")
    if not shown or path.endswith(("…", "...")):
        return _rest(place).startswith(shown)
    return _rest(place).startswith(shown) and _rest(place)[len(shown) : len(shown) + 1] in ("", "/", "?", "#")


def _rest(place: SplitResult) -> str:
    return place._replace(scheme="", netloc="").geturl().casefold()


def _bare_host(host: str) -> str:
    host = host.casefold().rstrip(".").removeprefix("www.")
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host


def _split(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError:  # a malformed IPv6 address
        return SplitResult("", "", "", "", "")


@dataclass(frozen=True, slots=True)
class Bare:
    address: str
    end: int


def read_bare(rest: str, *, final: bool) -> Bare | Undecided | None:
    """The web address that `rest` begins with, without the punctuation behind it."""
    found = _WEB.match(rest[:LONGEST])
    if found is None:
        begun = any(start.startswith(rest.casefold()) for start in ("https://", "http://"))
        return "more" if begun and not final else None
    if found.end() == len(rest) < LONGEST and not final:
        return "more"
    address = found.group().rstrip(".,;:!?'*_~")
    while address.endswith(")") and address.count(")") > address.count("("):
        address = address[:-1].rstrip(".,;:!?'*_~")
    return Bare(address, len(address)) if _split(address).hostname else None
