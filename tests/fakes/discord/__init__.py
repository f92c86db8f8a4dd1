"""A Discord for tests: REST and gateway on real sockets, as strict as Discord, and a test plays the user.

    async with FakeDiscord(granted={"message_content"}) as discord:
        ... start the bot with discord.environment (DISCORD_TOKEN, DISCORD_API_URL) ...
        await discord.wait_for(lambda: discord.online)
        asked = await discord.mention(ALICE, GENERAL, "How are tasks retried?")
        answer = (await discord.wait_for(lambda: discord.answers(asked)))[0]
        await discord.wait_for(lambda: "Sources" in answer.text)
        assert answer.history and not answer.pings and not answer.unfolds

It lives in a thread of its own, so that a module's fixture can hold it (`with FakeDiscord() as discord:`).

Who and where: ALICE, BOB, DAVE (role VOLUNTEERS), CAROL (role MAINTAINERS, which has manage_guild), OWNER;
text channels GENERAL, SUPPORT, DESK, HIDDEN (the bot cannot see it); the forum FORUM with TAG. Ids are texts.

What people do, all awaited, all returning at once (`acts.py`, `doings.py`):
    say, mention, dm, edit, delete, purge, unfurl, react, unreact, post_in_forum, open_channel,
    open_thread, archive, delete_thread; command, autocomplete, context_menu, press, choose, submit, expire;
    deny, allow (the bot's permissions in a channel), deny_everywhere, give_role, refuse_dms.
A client knows the synced commands, buttons and modals: what is not there is a LookupError.

What a test looks at (`looks.py`, `models.py`): messages, said, answers, thread, direct, ephemerals, typings,
    calls("PATCH /channels/*/messages/*"), interactions, late, commands, syncs, refused, invalid_requests,
    wait_for. A `Message` has text, history (each edit with its time), buttons, labels, pings, unfolds,
    thinking; an `Interaction` has messages, answers, modal, choices, callback, acknowledged.

What may go wrong (`fake.py`, `limits.py`): fail (statuses, codes, cut connections, slow answers), limit
    (429), heal; drop, deafen, close, reconnect, invalidate, forget_sessions; `clock.advance(900)`. Rate
    limits are Discord's (5 in 5 s for messages and edits of a channel, 50 a second in all) until
    `limits.rules`, `limits.per_second` or `limits.switch_off()` change them. `gateway.down`,
    `gateway.heartbeat_seconds`, `gateway.identify_seconds`, `world.deadline`, `world.token_seconds` and
    `server.latency` can be set. `refresh` begins anew, for a bot that several tests share.

discord.py has no setting for its addresses: `http.Route.BASE` is `<DISCORD_API_URL>/v10`, and
`gateway.DiscordWebSocket.DEFAULT_GATEWAY` the address that `GET /gateway/bot` gives.
"""

from __future__ import annotations

from tests.fakes.discord.calls import Call
from tests.fakes.discord.fake import FakeDiscord
from tests.fakes.discord.models import Channel, Choice, Edit, Interaction, Message, Refusal, Typing
from tests.fakes.discord.names import (
    ALICE,
    APPLICATION,
    BOB,
    BOT,
    BOT_ROLE,
    CAROL,
    DAVE,
    DESK,
    EVERYONE,
    FORUM,
    GENERAL,
    GUILD,
    HIDDEN,
    MAINTAINERS,
    OWNER,
    SUPPORT,
    TAG,
    TOKEN,
    VOLUNTEERS,
)

__all__ = [
    "ALICE",
    "APPLICATION",
    "BOB",
    "BOT",
    "BOT_ROLE",
    "CAROL",
    "DAVE",
    "DESK",
    "EVERYONE",
    "FORUM",
    "GENERAL",
    "GUILD",
    "HIDDEN",
    "MAINTAINERS",
    "OWNER",
    "SUPPORT",
    "TAG",
    "TOKEN",
    "VOLUNTEERS",
    "Call",
    "Channel",
    "Choice",
    "Edit",
    "FakeDiscord",
    "Interaction",
    "Message",
    "Refusal",
    "Typing",
]
