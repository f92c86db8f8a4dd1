"""Thumbs on an answer: kept with question, answer and sources; a thumb down is asked why."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.core.state import MessageKey
from bot.slack.front import Front
from bot.slack.markup.blocks import BLOCK
from bot.slack.transport.stream import Json, read_code

logger = logging.getLogger(__name__)

WHY = "feedback_why"
"""Callback id of the modal."""
_COMMENT = 2_000  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Votes:
    front: Front

    async def take(self, body: Mapping[str, Any], action: Mapping[str, Any]) -> None:
        """A press of one of the buttons."""
        place = {"channel": str(body["channel"]["id"]), "question": str(action.get("block_id", ""))}
        user, up = str(body["user"]["id"]), str(action.get("value")) == "up"
        key = self._key(place)
        if key is not None and await self.front.rooms.vote(key, user=user, up=up) and not up:
            await self._ask_why(str(body["trigger_id"]), place)

    async def explain(self, view: Mapping[str, Any], *, user: str) -> None:
        """The modal was sent."""
        key = self._key(json.loads(str(view["private_metadata"])))
        comment = str(view["state"]["values"]["why"]["text"].get("value") or "")[:_COMMENT]
        if key is not None:
            await self.front.rooms.vote(key, user=user, up=False, comment=comment)

    def _key(self, place: Mapping[str, str]) -> MessageKey | None:
        """The question that the block was made for."""
        kind, _, question = place["question"].partition(":")
        return self.front.key(place["channel"], question) if kind == BLOCK else None

    async def _ask_why(self, trigger: str, place: Mapping[str, str]) -> None:
        try:
            await self.front.means.clients.hasty.views_open(trigger_id=trigger, view=_modal(place))
        except SlackApiError as error:
            logger.info("the modal was refused: %s", read_code(error))
        except (aiohttp.ClientError, TimeoutError) as error:
            logger.info("the modal was refused: %s", type(error).__name__)


def _modal(place: Mapping[str, str]) -> Json:
    return {
        "type": "modal",
        "callback_id": WHY,
        "private_metadata": json.dumps(place),
        "title": {"type": "plain_text", "text": "What was wrong?"},
        "submit": {"type": "plain_text", "text": "Send"},
        "close": {"type": "plain_text", "text": "Skip"},
        "blocks": [
            {
                "type": "input",
                "block_id": "why",
                "label": {"type": "plain_text", "text": "What would have helped?"},
                "element": {
                    "type": "plain_text_input",
                    "action_id": "text",
                    "multiline": True,
                    "max_length": _COMMENT,
                },
            }
        ],
    }
