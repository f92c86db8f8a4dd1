"""Who may read the page: keys, where they are kept, limits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.fakes.openai import FakeOpenAI, quote_sources
from tests.gateway.process import Gateway, Indexed
from tests.page.conftest import Reader
from tests.page.test_chat import answered, ask


@pytest.fixture(scope="module")
def closed(
    started: Gateway, indexed: Indexed, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    """Strangers may not ask, and a key may ask twice a minute."""
    closing = {**environment, "DOCSBOT_ANONYMOUS": "off", "DOCSBOT_USER_LIMIT": "2"}
    with Gateway(indexed, tmp_path_factory.mktemp("closed"), closing) as gateway:
        yield gateway


@pytest.fixture(autouse=True)
def _model(model: FakeOpenAI) -> None:
    model.then(quote_sources)


def enter(page: Page, key: str) -> None:
    page.get_by_label("Key").fill(key)
    page.get_by_role("button", name="Continue").click()


def test_a_stranger_is_asked_for_a_key(closed: Gateway, reader: Reader) -> None:
    page = reader.open(closed.url)
    expect(page.get_by_label("Key")).to_have_attribute("type", "password")
    expect(page.get_by_label("Your question")).to_be_hidden()
    for key in ("dk_no_such_key", "ключ", "two words"):
        enter(page, key)
        expect(page.get_by_role("alert")).to_have_text("This key is not known here.")
        expect(page.get_by_label("Key")).to_be_focused()
        expect(page.get_by_label("Key")).to_have_value("")
    enter(page, closed.maintain_key)
    expect(page.get_by_role("alert")).to_have_text("This key may not do that: it has not the scope ask.")
    enter(page, closed.ask_key)
    answered(ask(page, "How do I rotate a key?"))

    page.reload()
    answered(page.locator("article"))  # the key outlives it, within this tab
    page.get_by_role("button", name="Forget key").click()
    expect(page.get_by_label("Key")).to_be_visible()
    assert page.evaluate("sessionStorage.length + localStorage.length") == 0
    reader.forgive("401")


def test_a_key_in_the_address_is_taken_out_of_it(closed: Gateway, reader: Reader) -> None:
    page = reader.open(f"{closed.url}/#key={closed.ask_key}")
    expect(page.get_by_label("Your question")).to_be_visible()
    assert page.url == f"{closed.url}/"
    assert closed.ask_key not in page.content()
    assert page.evaluate("history.length") == 2  # the blank page, and this one
    # On a page that is open, too.
    page.get_by_role("button", name="Forget key").click()
    expect(page.get_by_label("Key")).to_be_visible()
    page.evaluate(f"location.hash = 'key={closed.ask_key}'")
    expect(page.get_by_label("Your question")).to_be_visible()
    assert page.url == f"{closed.url}/"
    reader.forgive("401")


def test_a_limit_says_when_to_come_back(closed: Gateway, reader: Reader) -> None:
    key = closed.add_key("hasty", "ask")
    page = reader.open(f"{closed.url}/#key={key}")
    answered(ask(page, "How do I rotate a key?"))
    answered(ask(page, "How do I revoke a key?"))
    turn = ask(page, "Which plans are there?")
    expect(turn).to_contain_text("That is more than may be asked in a minute.")
    again = turn.get_by_role("button", name="Ask again in")
    expect(again).to_be_disabled()
    reader.forgive("429")


def test_a_key_that_is_revoked_is_asked_for_again(closed: Gateway, reader: Reader) -> None:
    key = closed.add_key("leaver", "ask")
    page = reader.open(f"{closed.url}/#key={key}")
    expect(page.get_by_label("Your question")).to_be_visible()
    closed.call("keys", "revoke", "leaver")
    page.get_by_label("Your question").fill("How do I rotate a key?")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("This key is not known here.")
    reader.forgive("401")


def test_a_shared_answer_asks_for_a_key_too(closed: Gateway, reader: Reader) -> None:
    key = closed.add_key("sharer", "ask")
    page = reader.open(f"{closed.url}/#key={key}")
    turn = ask(page, "How do I rotate a key?")
    answered(turn)
    link = turn.get_by_role("link", name="Link to this answer")
    other = reader.open(f"{closed.url}{link.get_attribute('href')}")
    enter(other, closed.ask_key)
    expect(other.get_by_role("heading", name="How do I rotate a key?")).to_be_visible()
    assert other.url.endswith(str(link.get_attribute("href")))
    reader.forgive("401")
