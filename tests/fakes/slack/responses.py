"""response_url: where a command or a press may be answered, 5 times within 30 minutes."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from tests.fakes.slack import schema
from tests.fakes.slack.methods.chat import rewrite, with_ids
from tests.fakes.slack.models import Message, SlackError
from tests.fakes.slack.names import BOT_USER
from tests.fakes.slack.rules import broken_rule
from tests.fakes.slack.wire import Json, as_objects, text_of
from tests.fakes.slack.world import World

USES, SECONDS = 5, 1800.0
KNOWN = {
    "attachments",
    "blocks",
    "delete_original",
    "metadata",
    "replace_original",
    "response_type",
    "text",
    "thread_ts",
    "unfurl_links",
    "unfurl_media",
}


@dataclass(slots=True, kw_only=True)
class Address:
    """One response_url."""

    channel: str
    user: str
    born: float
    origin: Message | None
    """The message whose button was pressed."""
    thread_ts: str = ""
    uses: int = 0


class Responses:
    """All addresses that were given out."""

    def __init__(self, world: World) -> None:
        self.base = ""
        """Set when the server knows its port."""
        self.addresses: dict[str, Address] = {}
        self._world = world

    def issue(self, user: str, channel: str, origin: Message | None = None) -> str:
        """A new response_url."""
        name = uuid4().hex
        self.addresses[name] = Address(
            channel=channel,
            user=user,
            born=self._world.clock.now(),
            origin=origin,
            thread_ts=origin.thread_ts if origin is not None else "",
        )
        return f"{self.base}{name}"

    def answer(self, name: str, said: Json) -> None:
        """Takes a post to an address.

        Raises:
            SlackError: used_url, expired_url or invalid_payload.
        """
        address = self.addresses.get(name)
        if address is None:
            raise SlackError("no_such_url")
        if self._world.clock.now() - address.born > SECONDS:
            raise SlackError("expired_url")
        if address.uses >= USES:
            raise SlackError("used_url", violation="a response_url was used more than 5 times")
        problem = _problem(said)
        if problem:
            raise SlackError("invalid_payload", violation=problem)
        address.uses += 1
        self.apply(address, said)

    def apply(self, address: Address, said: Json) -> None:
        """Does what an answer says: replace, delete, or a new message for one or for all."""
        world, origin = self._world, address.origin
        if said.get("delete_original") is True and origin is not None:
            if origin.ephemeral_for:
                origin.deleted = True
            else:
                world.remove(origin)
        elif said.get("replace_original") is True and origin is not None:
            before = world.body(origin)
            rewrite(world, origin, said)
            if not origin.ephemeral_for:
                world.change(origin, before)
        else:
            self._say(address, said)

    def _say(self, address: Address, said: Json) -> None:
        public = text_of(said, "response_type") == "in_channel"
        ts = self._world.clock.ts()
        message = Message(
            channel=address.channel,
            ts=ts,
            user=BOT_USER,
            by_bot=True,
            text=text_of(said, "text"),
            blocks=with_ids(as_objects(said.get("blocks")), ts),
            thread_ts=text_of(said, "thread_ts") or address.thread_ts,
            ephemeral_for="" if public else address.user,
            sent=dict(said),
        )
        if public:
            self._world.add(message)
        else:
            self._world.ephemerals.append(message)


def _problem(said: Json) -> str | None:
    unknown = sorted(set(said) - KNOWN)
    if unknown:
        return f"Additional properties are not allowed ({unknown} were unexpected)"
    if not said.get("delete_original") and not any(
        said.get(key) for key in ("text", "blocks", "attachments")
    ):
        return "no_text"
    if len(text_of(said, "text")) > 40_000:
        return "text is too long"
    blocks = said.get("blocks", [])
    return schema.problem("Blocks", blocks) or broken_rule("response_url", {"blocks": blocks})
