"""The user's side: everything that people do in Slack. Each call returns at once, delivery follows."""

from __future__ import annotations

from tests.fakes.slack import events, interactions
from tests.fakes.slack.interactions import Value
from tests.fakes.slack.methods import views
from tests.fakes.slack.models import Message, Surface
from tests.fakes.slack.names import BOT_USER
from tests.fakes.slack.parcels import Courier, Parcel
from tests.fakes.slack.responses import Responses
from tests.fakes.slack.wire import as_objects
from tests.fakes.slack.world import World


def typed(text: str) -> str:
    """A text as Slack passes it on: `&`, `<` and `>` are escaped."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class Acts:
    """Messages, edits, commands, presses. Texts go over the wire as given: see `typed`."""

    world: World
    courier: Courier
    responses: Responses

    def post(self, user: str, channel: str, text: str, *, thread: str = "", subtype: str = "") -> str:
        """A message; its ts. `thread` is the root's ts."""
        with self.world.lock:
            where = self.world.channel(channel)
            if user not in where.members:
                raise LookupError(f"{user} is not in {channel}")
            message = Message(channel=where.id, ts=self.world.clock.ts(), user=user, text=text)
            message.thread_ts, message.subtype = thread, subtype
            self.world.add(message)
            return message.ts

    def mention(self, user: str, channel: str, text: str, *, thread: str = "") -> str:
        """A message that names the app: it arrives twice, as app_mention and as message, with one ts."""
        return self.post(user, channel, f"<@{BOT_USER}> {text}", thread=thread)

    def dm(self, user: str, text: str, *, thread: str = "") -> str:
        """A direct message to the app; its ts. The channel is `direct(user)`."""
        return self.post(user, self.direct(user), text, thread=thread)

    def direct(self, user: str) -> str:
        """The channel of a user's direct messages with the app."""
        with self.world.lock:
            return self.world.direct(user).id

    def edit(self, channel: str, ts: str, text: str) -> None:
        """The author edits a message."""
        with self.world.lock:
            message = self.world.message(channel, ts)
            before = self.world.body(message)
            message.history.append(message.shown)
            message.text, message.edited = text, self.world.clock.ts()
            self.world.change(message, before)

    def unfurl(self, channel: str, ts: str) -> None:
        """A link in a message gets its preview: the app hears of a change that no one made."""
        with self.world.lock:
            message = self.world.message(channel, ts)
            after = self.world.body(message) | {
                "attachments": [{"id": 1, "title": "A page", "fallback": "A page"}]
            }
            where, now = self.world.channels[message.channel], self.world.clock.ts()
            self.world.announce(where, events.changed(after, where, self.world.body(message), now))

    def invite(self, channel: str, mention: str = "") -> None:
        """Brings the app into a channel; with the ts of the mention that led to it, it hears of that one."""
        with self.world.lock:
            where = self.world.channel(channel)
            where.members.add(BOT_USER)
            if mention:
                self.world.announce(where, events.mentioned(where.messages[mention]))

    def delete(self, channel: str, ts: str) -> None:
        """Somebody deletes a message; one with answers leaves a tombstone, told as a change."""
        with self.world.lock:
            self.world.remove(self.world.message(channel, ts))

    def react(self, user: str, channel: str, ts: str, name: str) -> None:
        with self.world.lock:
            message = self.world.message(channel, ts)
            message.reactions.setdefault(name, []).append(user)
            event = events.reacted(user, message, name, self.world.clock.ts())
            self.world.announce(self.world.channels[message.channel], event)

    def command(self, user: str, channel: str, name: str, text: str = "") -> Parcel:
        """A slash command; it works in channels without the app, too."""
        with self.world.lock:
            where = self.world.channel(channel)
            payload = interactions.command(
                self.world.users[user],
                where,
                name,
                text,
                response_url=self.responses.issue(user, where.id),
                trigger_id=self.world.trigger(user),
            )
        return self.courier.send(Parcel(kind="slash_commands", payload=payload, name=name))

    def shortcut(self, callback_id: str, user: str, channel: str, ts: str) -> Parcel:
        """A shortcut in a message's menu."""
        with self.world.lock:
            message = self.world.message(channel, ts)
            payload = interactions.shortcut(
                self.world.users[user],
                self.world.channels[message.channel],
                message,
                callback_id,
                response_url=self.responses.issue(user, message.channel, message),
                trigger_id=self.world.trigger(user),
                ts=self.world.clock.ts(),
            )
        return self.courier.send(Parcel(kind="interactive", payload=payload, name="message_action"))

    def click(self, user: str, channel: str, ts: str, action_id: str, value: Value = None) -> Parcel:
        """Presses a button, or chooses from a menu, on a message or an ephemeral one.

        Raises:
            LookupError: When the message has no such element, or not that value.
        """
        with self.world.lock:
            message = self._seen(user, channel, ts)
            streamed = message.stream.blocks if message.stream is not None else []
            blocks = [*streamed, *message.blocks]
            payload = interactions.press_message(
                self.world.users[user],
                self.world.channels[message.channel],
                message,
                interactions.action_of(blocks, action_id, value, self.world.clock.ts()),
                response_url=self.responses.issue(user, message.channel, message),
                trigger_id=self.world.trigger(user),
            )
        return self.courier.send(Parcel(kind="interactive", payload=payload, name="block_actions"))

    def click_view(self, user: str, view_id: str, action_id: str, value: Value = None) -> Parcel:
        """Presses a button, or chooses from a menu, on a modal or the Home tab."""
        with self.world.lock:
            surface = self._before(user, view_id)
            blocks = as_objects(surface.body.get("blocks"))
            payload = interactions.press_view(
                self.world.users[user],
                views.whole(self.world, surface),
                interactions.action_of(blocks, action_id, value, self.world.clock.ts()),
                trigger_id=self.world.trigger(user, view=view_id),
            )
        return self.courier.send(Parcel(kind="interactive", payload=payload, name="block_actions"))

    def submit_view(self, user: str, view_id: str, values: dict[str, Value] | None = None) -> Parcel:
        """Submits a modal; `values` by action_id. What the app refused is in `Surface.errors`.

        Raises:
            LookupError: When the modal has no such input, or a required one is left empty.
        """
        with self.world.lock:
            surface = self._before(user, view_id)
            blocks = as_objects(surface.body.get("blocks"))
            state = interactions.state_of(blocks, values or {})
            empty = interactions.missing_inputs(blocks, state)
            if empty:
                raise LookupError(f"required inputs are empty: {empty}")
            payload = interactions.submission(
                self.world.users[user],
                views.whole(self.world, surface),
                state,
                trigger_id=self.world.trigger(user, view=view_id),
            )
        return self.courier.send(Parcel(kind="interactive", payload=payload, name="view_submission"))

    def close_view(self, user: str, view_id: str) -> None:
        """Closes a modal; the app hears of it when it asked to."""
        with self.world.lock:
            surface = self._before(user, view_id)
            surface.open = False
            if surface.body.get("notify_on_close") is not True:
                return
            payload = interactions.closing(self.world.users[user], views.whole(self.world, surface))
        self.courier.send(Parcel(kind="interactive", payload=payload, name="view_closed"))

    def open_home(self, user: str) -> None:
        """Opens the app's Home tab."""
        self._open_tab(user, "home")

    def open_messages_tab(self, user: str) -> None:
        """Opens the direct messages with the app."""
        self._open_tab(user, "messages")

    def look_at(self, user: str, channel: str) -> None:
        """Looks at a channel while the app's panel is open beside it."""
        with self.world.lock:
            where = self.world.direct(user)
            event = events.context_changed(user, where.id, channel, self.world.clock.ts())
            self.world.announce(where, event)

    def stop(self, user: str, channel: str, ts: str) -> list[str]:
        """Presses Stop in the thread of a message; the ts of the streams that Slack stopped.

        Raises:
            LookupError: When no Stop button is there: the thread's agent session is not `processing`.
        """
        with self.world.lock:
            thread = self.world.root(self.world.message(channel, ts))
            where = self.world.channel(channel)
            session = self.world.sessions.get((where.id, thread))
            if session is None or session.status != "processing":
                raise LookupError(f"no Stop button: the session is {session.status if session else 'none'}")
            stopped = [each for each in self.world.thread(where.id, thread) if each.streaming]
            for message in stopped:
                if message.stream is not None:
                    message.stream.stopped_by = user
            streams = [message.ts for message in stopped]
            event = events.session_stopped(user, where.id, thread, streams, self.world.clock.ts())
            self.world.announce(where, event)
            return streams

    def _open_tab(self, user: str, tab: str) -> None:
        with self.world.lock:
            where = self.world.direct(user)
            home = views.home(self.world, user) if tab == "home" else None
            view = views.whole(self.world, home) if home is not None else None
            event = events.home_opened(user, where.id, tab, self.world.clock.ts(), view)
            self.world.announce(where, event)

    def _seen(self, user: str, channel: str, ts: str) -> Message:
        for message in self.world.ephemerals:
            if message.ts == ts and message.ephemeral_for == user and not message.deleted:
                return message
        return self.world.message(channel, ts)

    def _before(self, user: str, view_id: str) -> Surface:
        surface = self.world.surfaces[view_id]
        if surface.user != user or not surface.open:
            raise LookupError(f"{user} does not have the view {view_id} open")
        return surface
