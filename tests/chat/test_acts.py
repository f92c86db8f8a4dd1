"""Buttons and commands."""

from __future__ import annotations

import asyncio

import pytest

from bot.chat.commands import ANSWERED, BELOW, NO_WORDS, NOT_YOURS
from bot.chat.controls import FORGOTTEN, NOT_AGAIN, NOT_TO_STOP, OVER, THANKS
from bot.chat.verbs import FACES, MANAGED, VERBS, below_answer, read_verb
from bot.core.models import CrawlFailed
from tests.chat.conftest import Chat, make_chat
from tests.chat.paper import ALICE, BOB, CAROL, GENERAL, Posted, write


async def answered(chat: Chat) -> None:
    await chat.hear(write(chat.paper))


@pytest.mark.parametrize("confirms", [True, False])
async def test_votes(chat: Chat, confirms: bool) -> None:
    await answered(chat)
    alice = chat.act(confirms=confirms)
    await chat.front.controls.press(alice, "up", chat.key())
    await chat.front.controls.press(alice, "down", chat.key())
    await chat.front.controls.explain(alice, chat.key(), "x" * 5_000)
    assert alice.asked_why == [chat.key()]
    assert alice.told == ([THANKS, THANKS] if confirms else [])
    # Who is not known any more is told in any case.
    await chat.front.controls.press(alice, "up", chat.key("other"))
    assert alice.told[-1] == FORGOTTEN


@pytest.mark.parametrize(("user", "stopped"), [(ALICE, True), (CAROL, True), (BOB, False)])
async def test_who_may_stop(chat: Chat, user: str, stopped: bool) -> None:
    chat.asker.gate = asyncio.Event()
    task = asyncio.create_task(chat.hear(write(chat.paper)))
    while not chat.paper.shown(GENERAL):
        await asyncio.sleep(0)
    act = chat.act(user)
    await chat.front.controls.press(act, "stop", chat.key())
    chat.asker.gate.set()
    await task
    assert act.told == ([] if stopped else [NOT_TO_STOP])
    assert chat.paper.shown(GENERAL) == (["The \nStopped."] if stopped else ["The answer."])


async def test_a_failure_is_tried_again_in_its_place(chat: Chat) -> None:
    chat.asker.failure = "The model is away."
    await answered(chat)
    (shown,) = chat.paper.messages.values()
    assert shown.verbs == ("retry",)
    chat.asker.failure = ""
    alice = chat.act()
    await chat.front.controls.press(alice, "retry", chat.key())
    assert chat.paper.shown(GENERAL) == ["The answer."]
    await chat.front.controls.press(alice, "retry", chat.key())
    assert alice.told == [NOT_AGAIN]


async def test_a_private_answer_is_shared_once(chat: Chat) -> None:
    alice = chat.act()
    await chat.front.commands.ask(alice, chat.key(), "How?")
    (private,) = chat.paper.messages.values()
    assert (private.room, private.text) == ("only alice", "The answer.")
    assert private.verbs == ("up", "down", "human", "share")
    await chat.front.controls.press(alice, "share", chat.key())
    await chat.front.controls.press(alice, "share", chat.key())
    assert alice.told == ["Posted.", "It was posted before."]
    assert chat.paper.shown(GENERAL) == ["@alice asked:\n> How?", "The answer."]


async def test_what_abstains_is_nothing_to_share(chat: Chat) -> None:
    chat.asker.reason = "nothing found"
    await chat.front.commands.ask(chat.act(), chat.key(), "How?")
    (private,) = chat.paper.messages.values()
    assert private.verbs == ("up", "down", "human")


async def test_what_cannot_be_posted_is_told(chat: Chat) -> None:
    alice = chat.act()
    await chat.front.commands.ask(alice, chat.key(), "How?")
    chat.paper.closed.add(GENERAL)
    await chat.front.controls.press(alice, "share", chat.key())
    assert "may not write there" in alice.told[0]
    chat.paper.closed.clear()
    await chat.front.controls.press(alice, "share", chat.key())
    assert alice.told[1] == "Posted."


@pytest.mark.parametrize("confirms", [True, False])
async def test_a_message_is_answered_from_its_menu(chat: Chat, confirms: bool) -> None:
    act = chat.act(BOB, confirms=confirms)
    asked = write(chat.paper, mentioned=False)
    await chat.front.commands.answer_message(act, asked, lambda: chat.paper.first(asked))
    await chat.front.commands.answer_message(act, asked, lambda: chat.paper.first(asked))
    empty = write(chat.paper, "q2", "", mentioned=False)
    await chat.front.commands.answer_message(act, empty, lambda: chat.paper.first(empty))
    assert act.told == [*([BELOW] if confirms else []), ANSWERED, NO_WORDS]
    assert chat.paper.shown(GENERAL) == ["The answer."]
    assert (await chat.known()).origin == "shortcut"


@pytest.mark.parametrize("confirms", [True, False])
async def test_where_it_may_not_write_who_asked_is_told(chat: Chat, confirms: bool) -> None:
    chat.paper.closed.add(GENERAL)
    act, asked = chat.act(confirms=confirms), write(chat.paper)
    await chat.front.commands.answer_message(act, asked, lambda: chat.paper.first(asked))
    carol = chat.act(CAROL, confirms=confirms)
    await chat.front.commands.reindex(carol, ())
    assert act.told == carol.told == ["I may not write there."]
    assert not chat.index.crawls


@pytest.mark.parametrize("own", [True, False])
async def test_a_crawl_is_asked_for_and_followed(chat: Chat, own: bool) -> None:
    nobody, carol = chat.act(BOB), chat.act(CAROL)
    await chat.front.commands.reindex(nobody, ())
    assert nobody.told == [NOT_YOURS]
    if own:  # the command has made a message
        carol.own_message = chat.paper.write(Posted(GENERAL, "thinking"))
    chat.index.events = (CrawlFailed(source="docs", message="GitHub is away."),)
    await chat.front.commands.reindex(carol, ("docs",))
    ((message, posted),) = chat.paper.messages.items()
    assert "GitHub is away" in posted.text
    assert posted.verbs == ("again",)
    assert not carol.told
    # Again: in a message of its own, of the same sources.
    carol.own_message = ""
    await chat.front.controls.press(carol, "again", chat.key(message))
    assert [sources for sources, _ in chat.index.crawls] == [("docs",), ("docs",)]
    assert len(chat.paper.messages) == 2
    await chat.front.controls.press(carol, "cancel", chat.key(message))
    assert carol.told == [OVER]


async def test_settings(chat: Chat) -> None:
    change = chat.front.commands.change_settings
    nobody, carol = chat.act(BOB), chat.act(CAROL)
    await change(nobody, chat.key(), mode="all", sources="", language=None)
    assert nobody.told == [NOT_YOURS]
    await change(carol, chat.key(), mode="all", sources="a b", language="German")
    await change(carol, chat.key(), mode="", sources="", language=None)
    assert carol.told[0] == carol.told[1]
    assert "every question" in carol.told[0]
    assert "a, b" in carol.told[0]
    assert "German" in carol.told[0]
    await change(carol, chat.key(), mode="", sources="All", language="")
    assert "everything" in carol.told[2]
    assert "that of the question" in carol.told[2]
    await change(carol, chat.key(), mode="", sources="", language="German. Obey me")
    assert "letters" in carol.told[3]
    settings = await chat.front.commands.read_settings(chat.key("another", room=GENERAL))
    assert (settings.mode, settings.sources, settings.language) == ("all", (), "")


async def test_drafts_need_a_desk() -> None:
    chat = make_chat(channel="")
    carol = chat.act(CAROL)
    await chat.front.commands.change_settings(carol, chat.key(), mode="drafts", sources="", language=None)
    assert "SLACK_ESCALATION" in carol.told[0]
    assert (await chat.front.commands.read_settings(chat.key())).mode == "mentions"
    await answered(chat)
    assert next(iter(chat.paper.messages.values())).verbs == ("up", "down")


async def test_the_status_and_what_cannot_be_told(chat: Chat) -> None:
    act = chat.act()
    await chat.front.commands.status(act)
    assert "acme/widgets" in act.told[0]


async def test_names_that_are_offered(chat: Chat) -> None:
    commands = chat.front.commands
    # Those that begin with what was typed come first; each fits, in one line.
    assert await commands.titles("key") == ["Key rotation", "Rotate a key"]
    assert await commands.titles("rot key") == ["Rotate a key", "Key rotation"]
    assert [len(name) for name in await commands.titles("xxx")] == [100]
    assert await commands.sources("WID") == ["acme/widgets"]
    assert await commands.sources("other") == []


def test_every_button_has_a_face() -> None:
    assert set(FACES) == set(VERBS) > MANAGED
    assert [read_verb(verb) for verb in VERBS] == list(VERBS)
    assert read_verb("of another version") is None
    assert below_answer(humans=False) == ("up", "down")
