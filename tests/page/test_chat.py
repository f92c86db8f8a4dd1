"""A reader and the chat, in a real browser against a real gateway."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from playwright.sync_api import Locator, Page, expect

from tests.fakes.github import FakeGitHub
from tests.fakes.openai import FakeOpenAI, Reply
from tests.gateway.process import Gateway
from tests.page.conftest import Reader
from tests.page.handbook import ANSWER

QUESTION = "How do I rotate a key without cutting a service off?"


def ask(page: Page, question: str = QUESTION) -> Locator:
    """Asks, and returns the turn."""
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")
    return page.locator("article").last


def answered(turn: Locator) -> None:
    expect(turn.get_by_role("heading", name="Sources")).to_be_visible()


def test_an_answer_is_shown_while_it_is_written(gateway: Gateway, reader: Reader, model: FakeOpenAI) -> None:
    model.then(Reply(text=ANSWER, stall_after=60))
    page = reader.open(gateway.url)
    turn = ask(page)
    # The model has stopped in the middle: what it wrote is there, as Markdown, and it is still open.
    expect(turn.locator("pre")).to_have_text("lantern keys rotate billing")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_hidden()
    expect(turn.get_by_role("heading", name="Sources")).to_have_count(0)
    expect(turn.locator("table")).to_have_count(0)

    page.get_by_role("button", name="Stop").click()
    assert model.wait_disconnects(1)
    expect(turn).to_contain_text("Stopped.")
    expect(turn.locator("pre")).to_have_text("lantern keys rotate billing")

    model.then(ANSWER)
    turn.get_by_role("button", name="Ask again").click()
    answered(page.locator("article"))
    expect(page.locator("article table td")).to_have_text(["free", "2", "team", "50"])


def test_escape_stops_too(gateway: Gateway, reader: Reader, model: FakeOpenAI) -> None:
    model.then(Reply(text=ANSWER, stall_after=20))
    page = reader.open(gateway.url)
    turn = ask(page)
    expect(turn.locator(".answer")).to_contain_text("Rotate the key")
    page.keyboard.press("Escape")
    assert model.wait_disconnects(1)
    expect(turn).to_contain_text("Stopped.")
    expect(page.get_by_label("Your question")).to_be_focused()


def test_a_mark_leads_to_its_source_and_the_source_to_the_section(
    gateway: Gateway, reader: Reader, model: FakeOpenAI, github: FakeGitHub
) -> None:
    model.then(ANSWER)
    page = reader.open(gateway.url)
    turn = ask(page)
    mark = turn.get_by_role("link", name="Source 1: API keys › Rotate a key").first
    mark.hover()
    expect(page.get_by_role("tooltip")).to_contain_text("Give every service the new key within that time.")
    page.keyboard.press("Escape")
    expect(page.get_by_role("tooltip")).to_have_count(0)

    mark.click()
    source = turn.get_by_role("link", name="API keys › Rotate a key (opens in a new tab)")
    expect(source).to_be_focused()
    entry = turn.locator(".sources li")
    expect(entry).to_contain_text("docs/keys.md")
    expect(entry).to_contain_text(github.head[:7])
    expect(entry).to_contain_text("3 days ago")
    with page.expect_popup() as opened:
        source.click()
    address = f"https://github.com/lantern/handbook/blob/{github.head}/docs/keys.md#rotate-a-key"
    assert opened.value.url == address
    assert opened.value.evaluate("[opener, document.referrer]") == [None, ""]


def test_a_vote_with_its_reason_is_kept(gateway: Gateway, reader: Reader, model: FakeOpenAI) -> None:
    page = reader.open(gateway.url)
    turn = ask(page)
    answered(turn)
    turn.get_by_role("button", name="This did not help").click()
    turn.get_by_label("What was wrong or missing? (optional)").fill("It names no <b>version</b>.")
    turn.get_by_role("button", name="Send").click()
    expect(turn.get_by_text("Thank you.", exact=True)).to_be_visible()
    assert kept_votes(gateway) == [(False, "It names no <b>version</b>.")]
    down, up = (turn.get_by_role("button", name=name) for name in ("This did not help", "This helped"))
    expect(down).to_have_attribute("aria-pressed", "true")
    up.click()
    turn.get_by_label("What was good about it?").press("Escape")
    expect(turn.locator("form")).to_have_count(0)
    expect(down).to_have_attribute("aria-pressed", "false")
    assert kept_votes(gateway) == [(True, "")]


def test_a_follow_up_knows_what_was_said(gateway: Gateway, reader: Reader, model: FakeOpenAI) -> None:
    page = reader.open(gateway.url)
    answered(ask(page, "How do I rotate a key?"))
    answered(ask(page, "And how do I revoke it?"))
    assert "How do I rotate a key?" in str(model.completions[-1].messages)
    expect(page.locator("article")).to_have_count(2)

    page.get_by_role("button", name="New conversation").click()
    expect(page.locator("article")).to_have_count(0)
    answered(ask(page, "Which plans are there?"))
    assert "How do I rotate a key?" not in str(model.completions[-1].messages)


def test_the_conversation_outlives_a_reload(gateway: Gateway, reader: Reader, model: FakeOpenAI) -> None:
    model.then(ANSWER, "NO_ANSWER: There is no Rust client.", ANSWER)
    page = reader.open(gateway.url)
    answered(ask(page))
    page.get_by_role("button", name="This helped").click()
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    ask(page, "Is there a Rust client?")
    expect(page.get_by_role("heading", name="Not in the documentation")).to_be_visible()
    shown = page.locator("#turns").inner_text().replace("Thank you. What was good about it? (optional)", "")

    page.reload()
    answered(page.locator("article").first)
    same = page.locator("#turns").inner_text()
    assert same.split() == shown.replace("\nSend", "").split()
    expect(page.get_by_role("button", name="This helped").first).to_have_attribute("aria-pressed", "true")
    ask(page, "And revoke it?")
    answered(page.locator("article").last)
    assert QUESTION in str(model.completions[-1].messages)

    # It is this tab's alone.
    assert reader.open(gateway.url).locator("article").count() == 0


def test_a_reload_in_the_middle_keeps_what_was_written(
    gateway: Gateway, reader: Reader, model: FakeOpenAI
) -> None:
    model.then(Reply(text=ANSWER, stall_after=60))
    page = reader.open(gateway.url)
    expect(ask(page).locator("pre")).to_have_text("lantern keys rotate billing")
    page.reload()
    assert model.wait_disconnects(1)
    turn = page.locator("article")
    expect(turn).to_contain_text("Stopped.")
    expect(turn.locator("pre")).to_have_text("lantern keys rotate billing")
    model.then(ANSWER)
    turn.get_by_role("button", name="Ask again").click()
    answered(page.locator("article"))


def test_no_answer_is_told_with_the_nearest_pages(
    gateway: Gateway, reader: Reader, model: FakeOpenAI, github: FakeGitHub
) -> None:
    model.then("NO_ANSWER: The documentation does not mention a Rust client.")
    page = reader.open(gateway.url)
    turn = ask(page, "Is there a Rust client?")
    expect(turn.get_by_role("heading", name="Not in the documentation")).to_be_visible()
    expect(turn).to_contain_text("The documentation does not mention a Rust client.")
    nearest = turn.locator(".answer li a").first
    assert str(nearest.get_attribute("href")).startswith(
        f"https://github.com/lantern/handbook/blob/{github.head}/"
    )
    assert nearest.get_attribute("rel") == "noopener noreferrer"
    expect(turn.get_by_role("heading", name="Sources")).to_have_count(0)


def test_a_failure_can_be_asked_again(gateway: Gateway, reader: Reader, model: FakeOpenAI) -> None:
    model.then(Reply(text=ANSWER, cut_after=20))
    page = reader.open(gateway.url)
    turn = ask(page)
    expect(turn).to_contain_text("The language model stopped in the middle of the answer.")
    expect(turn.locator(".answer")).to_contain_text("Rotate the key")  # what there was is not taken away
    model.then(ANSWER)
    turn.get_by_role("button", name="Ask again").click()
    answered(page.locator("article"))
    expect(page.locator("article")).to_have_count(1)


def test_a_gateway_that_is_gone_is_told(gateway: Gateway, reader: Reader) -> None:
    page = reader.open(gateway.url)
    expect(page.get_by_role("button", name="How do I install with pip?")).to_be_visible()
    page.context.set_offline(True)
    turn = ask(page)
    expect(turn).to_contain_text("The bot cannot be reached.")
    page.context.set_offline(False)
    turn.get_by_role("button", name="Ask again").click()
    answered(page.locator("article"))
    reader.forgive("ERR_INTERNET_DISCONNECTED")


def test_an_answer_has_an_address_of_its_own(gateway: Gateway, reader: Reader, model: FakeOpenAI) -> None:
    model.then(ANSWER)
    page = reader.open(gateway.url)
    turn = ask(page)
    answered(turn)
    turn.get_by_role("link", name="Link to this answer").click()
    expect(turn).to_contain_text("Link copied.")
    address = page.evaluate("navigator.clipboard.readText()")
    assert address.startswith(f"{gateway.url}/a/")

    other = reader.open(address)
    expect(other.get_by_role("heading", name=QUESTION)).to_be_visible()
    answered(other.locator("article"))
    expect(other.locator("pre")).to_have_text("lantern keys rotate billing")
    expect(other.get_by_role("link", name="Source 1: API keys › Rotate a key").first).to_be_visible()
    expect(other.get_by_text("Asked just now")).to_be_visible()
    expect(other.get_by_label("Your question")).to_be_hidden()
    expect(other.get_by_role("button", name="This helped")).to_have_count(0)
    other.get_by_role("link", name="Ask a question of your own").click()
    expect(other.get_by_label("Your question")).to_be_visible()

    gone = reader.open(f"{gateway.url}/a/{'A' * 22}")
    expect(gone.get_by_role("alert")).to_have_text("There is no such answer. It may have been removed.")
    reader.forgive("404")


def test_code_and_answers_are_copied(gateway: Gateway, reader: Reader, model: FakeOpenAI) -> None:
    model.then(ANSWER)
    page = reader.open(gateway.url)
    turn = ask(page)
    answered(turn)
    turn.get_by_role("button", name="Copy", exact=True).click()
    expect(turn.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "lantern keys rotate billing"
    turn.get_by_role("button", name="Copy the answer as Markdown").click()
    expect(turn).to_contain_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()").strip() == ANSWER.strip()


def test_the_empty_page_says_what_it_knows_and_offers_questions(gateway: Gateway, reader: Reader) -> None:
    page = reader.open(gateway.url)
    expect(page.locator("#fresh")).to_contain_text("4 pages of lantern/handbook@main:docs, checked")
    expect(page.locator("#about")).to_contain_text("Answers are written by gpt-5-mini")
    examples = page.get_by_role("group", name="Examples").get_by_role("button")
    expect(examples).to_have_count(4)
    assert "How do I install with pip?" in examples.all_inner_texts()
    examples.first.click()
    answered(page.locator("article"))
    expect(page.get_by_role("group", name="Examples")).to_be_hidden()


def kept_votes(gateway: Gateway) -> list[tuple[bool, str]]:
    """The votes of the newest answer that has any."""
    state = gateway.environment["DATABASE_URL"].removeprefix("sqlite:///")
    with closing(sqlite3.connect(state)) as records:
        newest = "SELECT message FROM docsbot_votes ORDER BY id DESC LIMIT 1"
        rows = records.execute(f"SELECT up, comment FROM docsbot_votes WHERE message = ({newest})").fetchall()
    return [(bool(up), comment) for up, comment in rows]
