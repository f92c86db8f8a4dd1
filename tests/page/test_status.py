"""A maintainer and the board: what is indexed, a crawl as it goes on, how it went, what is missing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.fakes.github import FakeGitHub
from tests.gateway.process import Gateway, Indexed
from tests.page.conftest import Reader, date_last_commit
from tests.page.handbook import PAGES
from tests.page.history import DAYS, MISSED, count_claims, write_history

SOURCE = "lantern/handbook@main:docs"
TOUR = "# Tour\n\nA first look around.\n"
LAMPS = "# Lamps\n\nAll lamps there are.\n"


def blob_of(text: str) -> str:
    """By what GitHub names the contents of a file."""
    return hashlib.sha1(f"blob {len(text)}\0{text}".encode()).hexdigest()


@pytest.fixture(scope="module")
def repository() -> Iterator[FakeGitHub]:
    with FakeGitHub(dict(PAGES), owner="lantern", name="handbook") as server:
        date_last_commit(server)
        yield server


@pytest.fixture(scope="module")
def board(
    started: Gateway,
    repository: FakeGitHub,
    environment: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Gateway]:
    """Nothing is indexed yet, and a month has passed."""
    folder = tmp_path_factory.mktemp("board")
    empty = {**environment, "GITHUB_API_URL": repository.url}
    with Gateway(Indexed(docs=folder, data=folder), folder, empty) as gateway:
        write_history(folder / "state.sqlite3")
        yield gateway


def look(reader: Reader, board: Gateway) -> Page:
    page = reader.open(f"{board.url}/status#key={board.maintain_key}")
    expect(page.get_by_role("heading", name="What readers miss")).to_be_visible()
    return page


def section(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def test_crawls_are_watched_ended_and_told(board: Gateway, reader: Reader, repository: FakeGitHub) -> None:
    page = look(reader, board)
    expect(section(page, "Sources")).to_contain_text("Nothing is indexed yet.")
    page.get_by_role("button", name="Crawl all").click()
    crawl = section(page, "Crawl")
    expect(crawl).to_contain_text("Done just now, asked for by key:maintainer")
    expect(crawl).to_contain_text("4 added, 0 changed, 0 removed")
    source = section(page, "Sources").get_by_role("listitem")
    expect(source).to_contain_text(SOURCE)
    expect(source).to_contain_text("4 pages")
    expect(source).to_contain_text(f"{repository.head[:7]} of 3 days ago")
    expect(source).to_contain_text("Fresh, checked just now")

    # One file does not arrive: the crawl goes on, here and for whoever else looks, until it is ended.
    repository.push({"docs/tour.md": TOUR, "docs/more.md": "# More\n\nThere is more.\n"})
    repository.fail("slow", times=50, on=blob_of(TOUR))
    page.get_by_role("button", name=f"Crawl {SOURCE}").click()
    other = look(reader, board)
    for seen in (page, other):
        expect(section(seen, "Crawl")).to_contain_text("Reading and storing")
        expect(section(seen, "Crawl").get_by_role("progressbar")).to_be_visible()
    other.get_by_role("button", name="Cancel").click()
    for seen in (page, other):
        expect(section(seen, "Crawl")).to_contain_text("Cancelled just now")
        expect(seen.get_by_role("button", name="Cancel")).to_have_count(0)


def test_a_file_that_fails_is_named_with_its_reason(
    board: Gateway, reader: Reader, repository: FakeGitHub
) -> None:
    repository.push({"docs/tour.md": None, "docs/lamps.md": LAMPS})
    repository.fail(404, times=20, on=blob_of(LAMPS))
    page = look(reader, board)
    expect(section(page, "Files that could not be read")).to_be_hidden()
    page.get_by_role("button", name="Crawl all").click()
    failed = section(page, "Files that could not be read")
    expect(failed.get_by_role("listitem")).to_contain_text("docs/lamps.md")
    expect(failed.get_by_role("listitem").locator(".words span").first).not_to_be_empty()
    expect(section(page, "Sources")).to_contain_text("1 file failed")
    expect(section(page, "Crawl")).to_contain_text("1 file failed")


def test_the_numbers_are_those_of_the_records(board: Gateway, reader: Reader) -> None:
    page = look(reader, board)
    counted = count_claims(board.log.parent / "state.sqlite3")
    total, answered = sum(counted.values()), counted["answered"]
    numbers = section(page, "In numbers")
    expect(numbers.locator(".big").first).to_have_text(f"{total:,}")
    expect(numbers.locator(".big").nth(1)).to_have_text(f"{round(100 * answered / total)}%")
    expect(numbers).to_contain_text(f"{counted['abstained']} questions without an answer")
    expect(numbers.locator(".big").nth(2)).to_contain_text("s")
    days = section(page, "Questions a day")
    chart = days.get_by_role("img", name=f"{total} questions in {DAYS} days")
    expect(chart.locator("g")).to_have_count(DAYS)
    # The same in words, for those who do not see it.
    days.get_by_text("As a table").click()
    cells = days.locator("tbody td:nth-child(2)").all_inner_texts()
    assert sum(map(int, cells)) == answered

    page.get_by_role("button", name="7 days").click()
    expect(chart).to_have_count(0)
    expect(days.get_by_role("img").locator("g")).to_have_count(7)
    expect(page.get_by_role("button", name="7 days")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="7 days")).to_be_focused()


def test_gaps_stand_in_groups_largest_first(board: Gateway, reader: Reader) -> None:
    page = look(reader, board)
    gaps = section(page, "What readers miss").locator("ol.gaps > li")
    expect(gaps).to_have_count(len(MISSED))
    expect(gaps.first).to_contain_text("Is there a Rust client library?")
    expect(gaps.first).to_contain_text("asked 12 times")
    expect(gaps.first.get_by_text("Do you have a client library for Rust?")).to_be_hidden()
    gaps.first.get_by_text("in 2 other wordings").click()
    expect(gaps.first.get_by_text("Do you have a client library for Rust?")).to_be_visible()
    times = [int(text) for text in gaps.locator(".times").all_inner_texts()]
    assert times == sorted((sum(wordings.values()) for wordings in MISSED.values()), reverse=True)


def test_the_picture_of_the_readme(board: Gateway, reader: Reader) -> None:
    page = look(reader, board)
    expect(section(page, "Crawl")).to_contain_text("Done")
    page.set_viewport_size({"width": 1100, "height": 1280})
    reader.shoot(page, "status")


def test_gaps_are_told_where_they_cannot_be_grouped(board: Gateway, reader: Reader) -> None:
    """The embedding model may be a server's, and away."""

    def refuse(route: Route) -> None:
        route.fulfill(status=503, json={"error": {"code": "unavailable", "message": "It is away."}})

    reader.context.route("**/v1/gaps?*grouped=true", refuse)
    page = look(reader, board)
    gaps = section(page, "What readers miss")
    expect(gaps).to_contain_text("They cannot be grouped right now: It is away.")
    expect(gaps.locator("ol.gaps > li")).to_have_count(sum(len(wordings) for wordings in MISSED.values()))
    reader.forgive("503")


def test_whoever_may_only_ask_sees_nothing_of_it(board: Gateway, reader: Reader) -> None:
    page = reader.open(f"{board.url}/status#key={board.ask_key}")
    expect(page.get_by_role("alert").filter(has_text="scope maintain")).to_be_visible()
    expect(page.get_by_role("heading", name="What readers miss")).to_be_hidden()
    chat = reader.open(f"{board.url}/#key={board.ask_key}")
    expect(chat.get_by_label("Your question")).to_be_visible()
    expect(chat.get_by_role("link", name="Status")).to_be_hidden()
