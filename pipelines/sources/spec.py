"""How a source is written down: a folder, `owner/repo@ref:path`, or a web address, with options behind it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pipelines.errors import SourceInvalid

EXAMPLES = (
    "Examples: ./docs, owner/repo@main:docs, https://github.com/owner/repo/tree/main/docs, "
    "./docs?include=**/*.md&exclude=v0/**, owner/repo:docs?site=https://docs.example.org"
)
_TAKES = f"Behind `?` a source takes include=, exclude= and site= only. {EXAMPLES}"
DEFAULT_REF = "HEAD"
_GITHUB = "https://github.com"
_SHOWN = 120
_OPTIONS = re.compile(r"\?(?=(?:include|exclude|site)=)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_CREDENTIALS = re.compile(r"://[^/]*@|^[^/@\s\\]*:[^/@\s\\]+@|(?:gh[a-z]|github_pat)_\w{16}")
_FOLDER = re.compile(r"[./~\\]|[A-Za-z]:[\\/]")
_OWNER = re.compile(r"\w[\w-]*", re.ASCII)
_NAME = re.compile(r"(?!\.\.?$)[\w.-]+", re.ASCII)
_SHORT = re.compile(r"(?P<owner>[^/@:]+)/(?P<name>[^/@:]+)(?:@(?P<ref>[^:]*))?(?::(?P<path>.*))?")
_BAD_REF = re.compile(r"[\s~^:?*\[\\]|\.\.|@\{|//|^[/-]|[/.]$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    owner: str
    name: str
    ref: str = DEFAULT_REF
    """A branch, tag or commit; `HEAD` is the default branch."""
    path: str = ""
    """A folder below the root, without slashes around it; empty for the root."""

    @property
    def id(self) -> str:
        """The same however the user wrote it, except for a ref with slashes in a web address (see there)."""
        where = f"{self.owner}/{self.name}".lower() + f"@{self.ref}"
        return f"{where}:{self.path}" if self.path else where


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    place: Path | Repository
    """An absolute, resolved folder that exists, or a repository, not asked for yet."""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    site: str = ""
    """Where the pages are published, without a slash at its end; empty where they are read as files."""


def find_web(api_url: str) -> str:
    """Where the pages of the API's server are: `https://HOST/api/v3` is Enterprise's form, `api.HOST` the
    clouds'; any other address can only be a proxy in front of github.com.

    Raises SourceInvalid for what is no web address.
    """
    try:
        url = urlsplit(api_url)
        usable = (
            url.scheme in ("http", "https") and url.hostname and (url.port or 1) and "@" not in url.netloc
        )
    except ValueError:
        usable = False
    if not usable or _CONTROL.search(api_url) or url.query or url.fragment:
        raise SourceInvalid("GITHUB_API_URL is no web address. An example: https://github.example.com/api/v3")
    if url.path.rstrip("/").endswith("/api/v3"):
        return f"{url.scheme}://{url.netloc}"
    return f"https://{url.netloc.removeprefix('api.')}" if url.netloc.startswith("api.") else _GITHUB


def parse_sources(text: str) -> tuple[str, ...]:
    """Splits a list of sources at blanks, commas and newlines; quotes keep a path with blanks whole.

    Raises SourceInvalid for a quote that is never closed.
    """
    lexer = shlex.shlex(text, posix=True, punctuation_chars="")
    lexer.whitespace, lexer.whitespace_split = " \t\r\n,", True
    lexer.commenters = lexer.escape = ""
    try:
        return tuple(dict.fromkeys(lexer))
    except ValueError as error:
        raise SourceInvalid(
            f"The list of sources has a quote that is never closed. A path with an apostrophe or blanks goes "
            f'into double quotes: "/home/me/my docs". {EXAMPLES}'
        ) from error


def parse_spec(text: str, *, web: str) -> Spec:
    """Reads one source. `web` is the address of the GitHub that repositories are at.

    Looks at the file system, because a folder that exists wins over a repository of the same name. Raises
    SourceInvalid with what is wrong and an example.
    """
    if _CREDENTIALS.search(text):
        raise SourceInvalid(
            "The source holds a user name, password or token. Leave it out, and set "
            f"GITHUB_PERSONAL_ACCESS_TOKEN for what is private. {EXAMPLES}"
        )
    if _CONTROL.search(text):
        raise SourceInvalid(f"The source {_shown(text)} holds a control character. {EXAMPLES}")
    if not text.strip():
        raise SourceInvalid(f"The source is empty. {EXAMPLES}")
    text = text.strip()
    if _is(Path.is_dir, text):
        return Spec(place=_folder(text))
    bare, *options = _OPTIONS.split(text, maxsplit=1)
    found = _parse_options("".join(options))
    return Spec(
        place=_place(bare, web),
        include=tuple(found["include"]),
        exclude=tuple(found["exclude"]),
        site=_site(found["site"][-1]) if found["site"] else "",
    )


def _place(text: str, web: str) -> Path | Repository:
    address = text if "://" in text else f"https://{text}"
    if "://" in text or text.lower().startswith(f"{urlsplit(web).netloc}/"):
        return _from_address(address, web)
    if _FOLDER.match(text) or _is(Path.exists, text):
        return _folder(text)
    if match := _SHORT.fullmatch(text):
        ref = DEFAULT_REF if match["ref"] is None else match["ref"]
        return _repository(match["owner"], match["name"], ref, match["path"] or "", text)
    raise SourceInvalid(f"There is no folder {_shown(text)}, and it does not name a repository. {EXAMPLES}")


def _folder(text: str) -> Path:
    try:
        folder = Path(text).expanduser().resolve()
        if folder.is_dir():
            return folder
        if folder.exists():
            raise SourceInvalid(f"{_shown(text)} is a file: give the folder, {_shown(str(folder.parent))}.")
    except (OSError, RuntimeError) as error:
        raise SourceInvalid(f"The folder {_shown(text)} cannot be opened. {EXAMPLES}") from error
    raise SourceInvalid(f"The folder {_shown(text)} does not exist. {EXAMPLES}")


def _from_address(text: str, web: str) -> Repository:
    address, home = urlsplit(text), urlsplit(web)
    if address.scheme not in ("http", "https") or _host(address.netloc) != _host(home.netloc):
        # Not repeated: whatever was pasted here may hold a secret.
        raise SourceInvalid(
            f"A web address must be one of {web}, such as {web}/owner/repo/tree/main/docs; another GitHub "
            "server is named by GITHUB_API_URL."
        )
    # `?tab=…` is what a browser's address bar adds.
    if address.query and not address.query.startswith("tab="):
        raise SourceInvalid(_TAKES)
    owner, name, kind, *rest = [*(unquote(part) for part in address.path.split("/") if part), "", "", ""]
    parts = [part for part in rest if part]
    if kind == "blob":
        raise SourceInvalid(f"The address names a file: give the folder that it is in. {EXAMPLES}")
    if kind not in ("", "tree"):
        raise SourceInvalid(f"The address is not one of a repository's folder. {EXAMPLES}")
    ref, *path = parts or [DEFAULT_REF]
    return _repository(owner, name.removesuffix(".git"), ref, "/".join(path), address.path)


def _repository(owner: str, name: str, ref: str, path: str, text: str) -> Repository:
    if not _OWNER.fullmatch(owner) or not _NAME.fullmatch(name):
        raise SourceInvalid(f"{_shown(text)} does not name a repository as owner/repo. {EXAMPLES}")
    if not ref or _BAD_REF.search(ref) or _CONTROL.search(ref):
        raise SourceInvalid(f"{_shown(text)} holds no valid branch, tag or commit. {EXAMPLES}")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in parts or "\\" in path or _CONTROL.search(path):
        raise SourceInvalid(f"The path in {_shown(text)} must be below the repository's root. {EXAMPLES}")
    return Repository(owner=owner, name=name, ref=ref, path="/".join(parts))


def _parse_options(query: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"include": [], "exclude": [], "site": []}
    for pair in filter(None, query.split("&")):
        key, _, value = pair.partition("=")
        if key not in found:
            raise SourceInvalid(_TAKES)
        found[key].append(unquote(value))
    return found


def _site(text: str) -> str:
    try:
        url = urlsplit(text)
        usable = url.scheme in ("http", "https") and bool(url.hostname) and (url.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or url.query or url.fragment or re.search(r"[\s{}|<>]", text) or _CONTROL.search(text):
        raise SourceInvalid(f"Behind site= stands the address where the pages are published. {EXAMPLES}")
    return text.rstrip("/")


def _host(netloc: str) -> str:
    return netloc.lower().removeprefix("www.")


def _is(test: Callable[[Path], bool], text: str) -> bool:
    try:
        return test(Path(text).expanduser())
    except (OSError, RuntimeError):
        return False


def _shown(text: str) -> str:
    return ascii(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
