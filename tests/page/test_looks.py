"""How the page looks and works for everybody: by keyboard, on a phone, in the dark, large, read aloud."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect

from tests.fakes.openai import FakeOpenAI, Reply
from tests.gateway.process import Gateway
from tests.page.conftest import Reader
from tests.page.handbook import ANSWER
from tests.page.history import write_history
from tests.page.test_chat import answered, ask

NO_ANSWER = "NO_ANSWER: The documentation does not mention a Rust client."
WIDE = f"""`{"x" * 90}` [1]

```
{"y" * 200}
```

{"z" * 120}

| {"a | " * 12}
|{"-|" * 12}
| {"b" * 60} |
"""


def find_faults(page: Page) -> list[str]:
    """What axe finds serious or worse, with the first elements it is found at."""
    page.evaluate(AXE_SCRIPT)
    rules = {"target-size": {"enabled": True}}
    found = page.evaluate("options => axe.run(options)", {"resultTypes": ["violations"], "rules": rules})
    return [
        f"{fault['id']}: {[node['html'] for node in fault['nodes'][:3]]}"
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
    ]


def fill_chat(page: Page, model: FakeOpenAI) -> None:
    """An answer, none, a failure, an open form: everything that a conversation may show."""
    model.then(ANSWER, NO_ANSWER, Reply(text=ANSWER, cut_after=20))
    answered(ask(page))
    page.get_by_role("button", name="This did not help").click()
    page.get_by_label("What was wrong").wait_for()
    ask(page, "Is there a Rust client?")
    page.get_by_role("heading", name="Not in the documentation").wait_for()
    ask(page)
    page.get_by_role("button", name="Ask again").wait_for()


def show_empty(page: Page, gateway: Gateway, model: FakeOpenAI) -> None:
    page.goto(gateway.url)
    page.get_by_role("button", name="How do I install with pip?").wait_for()


def show_chat(page: Page, gateway: Gateway, model: FakeOpenAI) -> None:
    page.goto(gateway.url)
    fill_chat(page, model)
    page.locator("a.mark").first.focus()
    page.get_by_role("tooltip").wait_for()


def show_shared(page: Page, gateway: Gateway, model: FakeOpenAI) -> None:
    page.goto(gateway.url)
    model.then(ANSWER)
    turn = ask(page)
    answered(turn)
    page.goto(gateway.url + str(turn.get_by_role("link", name="Link to this").get_attribute("href")))
    answered(page.locator("article"))


def show_gate(page: Page, gateway: Gateway, model: FakeOpenAI) -> None:
    page.goto(f"{gateway.url}/status")
    page.get_by_label("Key").fill("dk_none")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("alert").filter(has_text="not known").wait_for()


def show_status(page: Page, gateway: Gateway, model: FakeOpenAI) -> None:
    page.goto(f"{gateway.url}/status#key={gateway.maintain_key}")
    page.get_by_role("button", name="Crawl all").click()
    page.get_by_text("Done just now").wait_for()
    page.locator("ol.gaps > li").first.wait_for()


PLACES = [show_empty, show_chat, show_shared, show_gate, show_status]
Show = Callable[[Page, Gateway, FakeOpenAI], None]


@pytest.fixture(scope="module")
def lived_in(started: Gateway) -> Gateway:
    """With a past."""
    write_history(started.log.parent / "state.sqlite3")
    return started


SCHEMES: Sequence[Literal["light", "dark"]] = ("light", "dark")


@pytest.mark.parametrize("show", PLACES)
def test_everybody_can_read_it(
    lived_in: Gateway, gateway: Gateway, reader: Reader, model: FakeOpenAI, show: Show
) -> None:
    """No serious fault, light and dark; nothing wider than a phone, at 320 pixels, and at twice that with
    letters of twice the size."""
    page = reader.context.new_page()
    show(page, gateway, model)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        assert find_faults(page) == [], scheme
    page.set_viewport_size({"width": 320, "height": 640})
    page.wait_for_function("innerWidth === 320 && document.documentElement.scrollWidth === 320")
    page.set_viewport_size({"width": 640, "height": 640})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    page.wait_for_function("innerWidth === 640 && document.documentElement.scrollWidth === 640")
    if show is show_gate:
        reader.forgive("401")


def test_a_wide_answer_scrolls_within_itself(gateway: Gateway, reader: Reader, model: FakeOpenAI) -> None:
    model.then(WIDE)
    page = reader.open(gateway.url)
    page.set_viewport_size({"width": 320, "height": 640})
    answered(ask(page, "w" * 200))
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    for place in ("pre", ".table"):
        assert page.locator(place).evaluate("one => one.scrollWidth > one.clientWidth")


def test_everything_can_be_done_by_keyboard(gateway: Gateway, reader: Reader, model: FakeOpenAI) -> None:
    model.then(ANSWER)
    page = reader.open(gateway.url)
    page.get_by_role("button", name="How do I install with pip?").wait_for()
    page.evaluate("document.activeElement.blur()")

    def press_until(key: str, selector: str) -> None:
        for _ in range(40):
            page.keyboard.press(key)
            focused = page.locator(":focus")
            if focused.count():
                style = "one => getComputedStyle(one).outlineStyle"
                assert focused.evaluate(style) != "none", focused.evaluate("one => one.outerHTML")
                if focused.evaluate("(one, selector) => one.matches(selector)", selector):
                    return
        raise AssertionError(f"{key} never comes to {selector}")

    press_until("Tab", "a.skip")
    assert page.locator("a.skip").bounding_box()["y"] >= 0  # type: ignore[index]
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your question")).to_be_focused()
    page.keyboard.type("How do I")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("rotate a key?")
    page.keyboard.press("Enter")
    turn = page.locator("article")
    answered(turn)
    expect(turn.get_by_role("heading", name="How do I rotate a key?")).to_be_visible()
    assert turn.locator("h2").evaluate("one => one.textContent") == "How do I\nrotate a key?"

    press_until("Shift+Tab", "a.mark")
    expect(page.get_by_role("tooltip")).to_contain_text("Give every service the new key")
    expect(page.locator("a.mark:focus")).to_have_accessible_description(
        "API keys › Rotate a key Give every service the new key within that time."
    )
    page.keyboard.press("Enter")
    expect(turn.locator(".sources a")).to_be_focused()
    press_until("Tab", "button[aria-label='This did not help']")
    page.keyboard.press("Space")
    press_until("Tab", "textarea[id^=why]")
    page.keyboard.type("Too short.")
    press_until("Tab", ".why button")
    page.keyboard.press("Enter")
    expect(turn.get_by_text("Thank you.", exact=True)).to_be_visible()
    expect(turn.get_by_role("button", name="This did not help")).to_be_focused()


def test_a_screen_reader_is_told_in_sentences(gateway: Gateway, reader: Reader, model: FakeOpenAI) -> None:
    model.then(Reply(text=ANSWER, rate=150))
    page = reader.open(gateway.url)
    answered(ask(page))
    log = page.get_by_role("log")
    expect(log.locator("p").last).to_have_text("Answer complete, with 1 source.")
    said = log.locator("p").all_inner_texts()
    # Not token by token: what is going on, each block once, that it is over.
    assert said[:2] == ["Searching the documentation", "Reading what was found"]
    assert said[2] == "Rotate the key, then give every service the new one (source 1):"
    assert said[3].startswith("Make a new key for the service: Code: lantern keys rotate billing Store it")
    assert len(said) == 2 + 4 + 1


def test_a_growing_answer_does_not_flicker(gateway: Gateway, reader: Reader, model: FakeOpenAI) -> None:
    """What is shown stays the same elements until the end: a selection in them is kept."""
    model.then(Reply(text=ANSWER, rate=100))
    page = reader.open(gateway.url)
    turn = ask(page)
    turn.locator("pre").wait_for()
    shown = turn.locator(".answer p, .answer pre, .answer li")
    early = shown.evaluate_all("all => { all.forEach(one => { one.early = true; }); return all.length; }")
    answered(turn)
    assert early > 0
    assert shown.evaluate_all("all => all.filter(one => one.early).length") == early


def test_the_colours_are_the_systems_until_the_reader_chooses(gateway: Gateway, reader: Reader) -> None:
    page = reader.open(gateway.url)
    dark = page.get_by_role("button", name="Dark colours")

    def ground() -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    light = ground()
    page.emulate_media(color_scheme="dark")
    assert ground() != light
    expect(dark).to_have_attribute("aria-pressed", "true")
    dark.click()
    assert ground() == light
    page.reload()
    assert ground() == light
    expect(dark).to_have_attribute("aria-pressed", "false")


def test_text_from_right_to_left_stands_at_the_right(
    gateway: Gateway, reader: Reader, model: FakeOpenAI
) -> None:
    model.then(
        "قم بتدوير المفتاح [1].\n\n- أولا\n- ثانيا\n\n```\nlantern keys rotate\n```\n\nAnd in English."
    )
    page = reader.open(gateway.url)
    turn = ask(page, "كيف أقوم بتدوير المفتاح؟")
    answered(turn)
    direction = "all => all.map(one => getComputedStyle(one).direction)"
    assert turn.locator("h2, .answer > p, .answer li").evaluate_all(direction) == ["rtl"] * 4 + ["ltr"]
    assert turn.locator(".code").evaluate_all(direction) == ["ltr"]


def test_the_pictures_of_the_readme(gateway: Gateway, reader: Reader, model: FakeOpenAI) -> None:
    model.then(ANSWER, NO_ANSWER)
    page = reader.open(gateway.url)
    page.set_viewport_size({"width": 1000, "height": 860})
    answered(ask(page))
    page.mouse.wheel(0, -5_000)
    page.locator("a.mark").nth(1).hover()
    page.get_by_role("tooltip").wait_for()
    reader.shoot(page, "chat")

    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 780})
    ask(page, "Is there a Rust client?")
    page.get_by_role("heading", name="Not in the documentation").wait_for()
    reader.shoot(page, "phone")
