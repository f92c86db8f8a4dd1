"""Thumbs on an answer: kept with question, answer and sources; a thumb down is asked why."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.errors import SlackApiError

from bot.core.state import Claimed, MessageKey, Vote
from bot.slack.blocks import BLOCK
from bot.slack.front import Front
from bot.slack.stream import Json, read_code

logger = logging.getLogger(__name__)

WHY = "feedback_why"
"""Callback id of the modal."""
_COMMENT = 2_000  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Votes:
    front: Front
    team: str

    async def take(self, body: Mapping[str, Any], action: Mapping[str, Any]) -> None:
        """A press of one of the buttons."""
        place = {"channel": str(body["channel"]["id"]), "question": str(action.get("block_id", ""))}
        claimed = await self._find(place)
        if claimed is None:
            return
        up = str(action.get("value")) == "up"
        await self._keep(claimed, user=str(body["user"]["id"]), up=up, comment="")
        if not up:
            await self._ask_why(str(body["trigger_id"]), place)

    async def explain(self, view: Mapping[str, Any], *, user: str) -> None:
        """The modal was sent."""
        claimed = await self._find(json.loads(str(view["private_metadata"])))
        values = view["state"]["values"]
        comment = str(values["why"]["text"].get("value") or "")[:_COMMENT]
        if claimed is not None:
            await self._keep(claimed, user=user, up=False, comment=comment)

    async def _find(self, place: Mapping[str, str]) -> Claimed | None:
        """The claim of the question that the block was made for."""
        kind, _, question = place["question"].partition(":")
        if kind != BLOCK:
            return None
        return await self.front.stores.ledger.get(
            MessageKey(platform="slack", team=self.team, channel=place["channel"], message=question)
        )

    async def _keep(self, claimed: Claimed, *, user: str, up: bool, comment: str) -> None:
        await self.front.stores.feedback.vote(
            Vote(
                key=claimed.key,
                user=user,
                up=up,
                question=claimed.question,
                answer=claimed.answer,
                sources=(),
                comment=comment,
            )
        )

    async def _ask_why(self, trigger: str, place: Mapping[str, str]) -> None:
        try:
            await self.front.clients.hasty.views_open(trigger_id=trigger, view=_modal(place))
        except SlackApiError as error:
            logger.info("the modal was refused: %s", read_code(error))


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
