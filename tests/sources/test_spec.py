from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import SourceInvalid
from pipelines.sources import open_source, parse_sources
from pipelines.sources.spec import Spec, find_web, parse_spec

SUFFIXES = frozenset({".md"})
WEB = "https://github.com"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, which is also the user's home, with a few folders in it."""
    for folder in ("docs", "acme/docs", "what?include=it", "my docs"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "docs/a.md").write_text("# A")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path.resolve()


@pytest.mark.parametrize(
    ("spec", "folder"),
    [
        ("./docs", "docs"),
        ("docs", "docs"),  # exists, so it is a folder
        ("docs/", "docs"),
        ("~/docs", "docs"),
        (".", "."),
        ("docs/..", "."),
        ("./acme/../docs", "docs"),
        ("acme/docs", "acme/docs"),  # a folder that exists wins over a repository
        ("my docs", "my docs"),
        ("  ./docs ", "docs"),
        ("what?include=it", "what?include=it"),  # a folder may be called so
        ("docs?include=*.md", "docs"),
    ],
)
def test_a_folder_is_known_by_its_real_path(home: Path, spec: str, folder: str) -> None:
    assert open_source(spec, suffixes=SUFFIXES).id == (home / folder).resolve().as_posix()


def test_an_absolute_folder(home: Path) -> None:
    source = open_source(str(home / "docs"), suffixes=SUFFIXES)
    assert (source.id, source.address, source.requests) == ((home / "docs").as_posix(), "", 0)


@pytest.mark.parametrize(
    ("spec", "source"),
    [
        ("acme/repo", "acme/repo@HEAD"),
        ("Acme/Repo", "acme/repo@HEAD"),  # GitHub does not tell the cases apart
        ("acme/repo@HEAD", "acme/repo@HEAD"),
        ("acme/repo@v1.2", "acme/repo@v1.2"),
        ("acme/repo@V1", "acme/repo@V1"),  # git does
        ("acme/repo@feature/x", "acme/repo@feature/x"),
        ("acme/repo@main:docs", "acme/repo@main:docs"),
        ("acme/repo@main:/docs//api/./", "acme/repo@main:docs/api"),
        ("acme/repo:docs", "acme/repo@HEAD:docs"),
        ("acme/repo:Docs", "acme/repo@HEAD:Docs"),
        ("acme/repo:", "acme/repo@HEAD"),
        ("acme/repo.js:a@b", "acme/repo.js@HEAD:a@b"),  # a path may hold an @
        ("https://github.com/acme/repo", "acme/repo@HEAD"),
        ("http://www.github.com/acme/repo/", "acme/repo@HEAD"),
        ("github.com/acme/repo", "acme/repo@HEAD"),  # as people write it
        ("https://github.com/acme/repo.git", "acme/repo@HEAD"),
        ("https://github.com/acme/repo/tree/main", "acme/repo@main"),
        ("https://github.com/acme/repo/tree/main/docs/api", "acme/repo@main:docs/api"),
        ("https://github.com/acme/repo/tree/main/my%20docs", "acme/repo@main:my docs"),
        ("https://github.com/acme/repo?tab=readme-ov-file#docs", "acme/repo@HEAD"),  # out of a browser
        ("https://github.com/acme/repo/tree/main/docs?include=*.md", "acme/repo@main:docs"),
        # Which part is the ref is not known before the network is asked.
        ("https://github.com/acme/repo/tree/feature/x/docs", "acme/repo@feature:x/docs"),
    ],
)
def test_a_repository_has_one_name_however_it_is_written(home: Path, spec: str, source: str) -> None:
    assert open_source(spec, suffixes=SUFFIXES).id == source
    assert open_source(source, suffixes=SUFFIXES).id == source


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("./nowhere", "'./nowhere' does not exist"),
        ("nowhere", "no folder 'nowhere'"),
        ("C:\\nowhere", "does not exist"),
        ("docs/a.md", "is a file: give the folder"),
        ("./docs/a.md", "is a file: give the folder"),
        ("a/b/c", "no folder 'a/b/c'"),
        ("nobody/..", "owner/repo"),
        ("-acme/repo", "owner/repo"),
        ("acme/re po", "owner/repo"),
        ("acme/repo@", "no valid branch"),
        ("acme/repo@a..b", "no valid branch"),
        ("acme/repo@-x", "no valid branch"),
        ("acme/repo@a b", "no valid branch"),
        ("acme/repo:../x", "below the repository's root"),
        ("acme/repo:docs/../../x", "below the repository's root"),
        ("acme/repo:docs\\x", "below the repository's root"),
        ("acme/repo:do\x00cs", "control character"),
        ("./do\ncs", "control character"),
        ("./\udcff", "control character"),  # bytes that are no UTF-8
        ("https://github.com/acme", "owner/repo"),
        ("https://github.com/acme/repo/blob/main/a.md", "names a file"),
        ("https://github.com/acme/repo/issues/1", "not one of a repository's folder"),
        ("https://github.com/acme/repo/tree/main/..%2f..", "below the repository's root"),
        ("https://github.com/acme/repo/tree/main/%00", "below the repository's root|no valid"),
        ("https://github.com/acme/repo?ref=main", "include=, exclude= and site= only"),
        ("https://gitlab.com/acme/repo", "must be one of https://github.com"),
        ("file:///docs", "must be one of https://github.com"),
        ("git@github.com:acme/repo.git", "owner/repo"),
        ("docs?include=a&exlude=b", "include=, exclude= and site= only"),
        ("docs?site=docs.example.org", "where the pages are published"),
        ("docs?site=javascript://x/y", "where the pages are published"),
        ("docs?site=https://docs.x/{page}", "where the pages are published"),
        ("docs?site=https://docs.x/?q=1", "where the pages are published"),
        ("docs?include=", "names no file"),
        ("docs?include=%23x", "names no file"),  # a comment, to git
        ("docs?exclude=!", "malformed"),
        ("docs?exclude=[z-a]", "malformed"),
        ("x" * 5000, "no folder"),
        ("./" + "x" * 5000, "cannot be opened|does not exist"),
    ],
)
def test_what_means_nothing_is_refused_in_words(home: Path, spec: str, words: str) -> None:
    with pytest.raises(SourceInvalid, match=words) as refused:
        open_source(spec, suffixes=SUFFIXES)
    assert len(str(refused.value)) < 600
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "spec",
    [
        "https://user:hunter2@github.com/acme/repo",
        "https://hunter2@github.com/acme/repo",
        "user:hunter2@github.com/acme/repo",
        "https://gitlab.com/acme/repo?private_token=hunter2",
        "https://github.com/acme/repo?access_token=hunter2",
        "ghp_hunter2hunter2hunter2@acme/repo",
        "github_pat_hunter2hunter2hunter2",
    ],
)
def test_a_secret_in_a_source_is_never_repeated(home: Path, spec: str) -> None:
    with pytest.raises(SourceInvalid) as refused:
        open_source(spec, suffixes=SUFFIXES)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("api_url", "web"),
    [
        ("https://api.github.com", "https://github.com"),
        ("https://api.github.com/", "https://github.com"),
        ("https://api.acme.ghe.com", "https://acme.ghe.com"),
        ("https://git.acme.com/api/v3", "https://git.acme.com"),
        ("https://git.acme.com:8443/api/v3/", "https://git.acme.com:8443"),
        ("http://127.0.0.1:8000", "https://github.com"),  # a proxy
    ],
)
def test_pages_are_found_where_the_server_is(api_url: str, web: str) -> None:
    assert find_web(api_url) == web
    source = open_source(f"{web}/Acme/repo/tree/main/docs", suffixes=SUFFIXES, api_url=api_url)
    assert source.id == "acme/repo@main:docs"
    assert source.address == f"{web}/Acme/repo/blob/{{commit}}/{{path}}"


@pytest.mark.parametrize(
    "api_url",
    ["", "github.com", "ftp://x", "https://", "https://u:p@x", "https://x:y", "https://x\n", "http://[x"],
)
def test_a_malformed_server_is_refused(api_url: str) -> None:
    with pytest.raises(SourceInvalid, match="GITHUB_API_URL"):
        open_source("acme/repo", suffixes=SUFFIXES, api_url=api_url)


def test_an_address_of_another_server_is_refused() -> None:
    with pytest.raises(SourceInvalid, match=r"https://git\.acme\.com, such as .* GITHUB_API_URL"):
        open_source("https://github.com/a/b", suffixes=SUFFIXES, api_url="https://git.acme.com/api/v3")


@pytest.mark.parametrize("token", ["gh\np", "gh p", "ghé", "\x00"])
def test_a_token_that_cannot_be_one_is_refused_and_not_repeated(token: str) -> None:
    with pytest.raises(SourceInvalid, match="GITHUB_PERSONAL_ACCESS_TOKEN") as refused:
        open_source("acme/repo", suffixes=SUFFIXES, token=token)
    assert token not in str(refused.value)


def test_globs_behind_a_source(home: Path) -> None:
    spec = parse_spec("./docs?include=a/**&include=%2A.md&exclude=v?/*+x", web=WEB)
    assert spec == Spec(place=home / "docs", include=("a/**", "*.md"), exclude=("v?/*+x",))


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("", ()),
        (" ,\n, ", ()),
        ("./docs", ("./docs",)),
        ("./docs acme/repo@main:docs", ("./docs", "acme/repo@main:docs")),
        ("./docs,acme/repo\n./docs\r\n\tb/c", ("./docs", "acme/repo", "b/c")),  # named twice, read once
        ('"/my docs", "./a,b"', ("/my docs", "./a,b")),
        ("'/my docs'?include=**/*.md", ("/my docs?include=**/*.md",)),
        ("C:\\docs D:\\more", ("C:\\docs", "D:\\more")),  # a backslash is no escape
        ("./#docs", ("./#docs",)),  # nor does a # begin a comment
    ],
)
def test_a_list_of_sources_is_split(text: str, sources: tuple[str, ...]) -> None:
    assert parse_sources(text) == sources


def test_an_open_quote_is_refused() -> None:
    with pytest.raises(SourceInvalid, match="quote that is never closed"):
        parse_sources("/home/o'brien/docs")


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\"'"), min_size=1), unique=True))
def test_quoted_sources_come_back(sources: list[str]) -> None:
    assert parse_sources(" ".join(f'"{source}"' for source in sources)) == tuple(sources)


@given(st.text(max_size=60))
def test_any_text_is_a_source_or_is_refused(text: str) -> None:
    try:
        spec = parse_spec(text, web=WEB)
    except SourceInvalid:
        return
    assert isinstance(spec.place, Path) or parse_spec(spec.place.id, web=WEB).place == spec.place


def test_where_the_pages_are_published(home: Path) -> None:
    (home / "docs").mkdir(exist_ok=True)
    spec = parse_spec("./docs?include=*.md&site=https%3A//docs.example.org/v2/", web=WEB)
    assert (spec.include, spec.site) == (("*.md",), "https://docs.example.org/v2")
    local = open_source("./docs?site=https://docs.example.org", suffixes=[".md"])
    assert local.address == "https://docs.example.org/{page}"
    whole = open_source("acme/repo?site=https://docs.example.org", suffixes=[".md"])
    part = open_source("acme/repo:a/b?site=https://docs.example.org", suffixes=[".md"])
    assert (whole.address, part.address) == (
        "https://docs.example.org/{page}",
        "https://docs.example.org/{page|a/b}",
    )
