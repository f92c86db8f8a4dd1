"""POST /webhooks/github: a push to what is indexed starts a crawl of exactly that."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from fastapi import APIRouter, Request
from pydantic import BaseModel, ValidationError

from bot.core.access import Deliveries
from bot.core.push import Push
from bot.gateway.bodies import Told
from bot.gateway.crawl_desk import CrawlDesk
from bot.gateway.problems import Problem, problems

logger = logging.getLogger(__name__)

PATH = "/webhooks/github"
LARGEST = 25 * 1024 * 1024
"""Bytes of a delivery: GitHub sends no larger one."""
AT_ONCE = 4
"""Deliveries that are held in memory; the next ones wait."""
MOST_COMMITS = 2_048
"""GitHub tells of no more commits of a push, so that a push of so many may have touched anything."""
_SIGNATURE = re.compile(r"sha256=([0-9a-f]{64})")
_DELIVERY = re.compile(r"[0-9A-Za-z-]{1,100}")
_BRANCH, _TAG = "refs/heads/", "refs/tags/"


class Commit(BaseModel):
    added: list[str] = []
    modified: list[str] = []
    removed: list[str] = []


class Repository(BaseModel):
    full_name: str
    default_branch: str = ""


class PushPayload(BaseModel):
    """The part of a push event that matters here."""

    ref: str
    before: str = ""
    after: str = ""
    created: bool = False
    deleted: bool = False
    forced: bool = False
    commits: list[Commit] = []
    repository: Repository


class DeliveryBody(Told):
    """What came of a delivery."""

    crawls: list[str]
    """Ids of the crawls that it started."""
    note: str
    """Why it started none; empty otherwise."""


@dataclass(slots=True)
class Webhook:
    """What the route needs. `touched`: the configured sources that a push touches."""

    secret: str = field(repr=False)
    deliveries: Deliveries
    desk: CrawlDesk
    touched: Callable[[Push], tuple[str, ...]]
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def receive(self, request: Request) -> DeliveryBody:
        """Raises Problem, StateUnusable."""
        signature = _SIGNATURE.fullmatch(request.headers.get("x-hub-signature-256", ""))
        delivery = request.headers.get("x-github-delivery", "")
        # Before 25 MB of anybody's are read.
        if signature is None or not _DELIVERY.fullmatch(delivery):
            raise Problem(401, "unsigned", "This is no delivery that GitHub has signed.")
        async with self.slots:
            payload = await request.body()
            if not is_signed(payload, signature[1], self.secret):
                raise Problem(401, "unsigned", "The signature does not fit: check GITHUB_WEBHOOK_SECRET.")
            event = request.headers.get("x-github-event", "")
            if event != "push":
                return _ignored("pong" if event == "ping" else "ignored: only pushes matter here")
            push = read_push(payload)
        if not await self.deliveries.take("github", delivery):
            return _ignored("ignored: this delivery was taken before")
        return self._act(push)

    def _act(self, push: Push | None) -> DeliveryBody:
        sources = self.touched(push) if push is not None else ()
        crawls = [self.desk.request((source,), requested_by="github") for source in sources]
        logger.info("a push started %d crawls", len(crawls))
        note = "" if crawls else "ignored: it touches nothing that is indexed"
        return DeliveryBody(crawls=[crawl.id for crawl in crawls], note=note)


def _ignored(note: str) -> DeliveryBody:
    return DeliveryBody(crawls=[], note=note)


def is_signed(payload: bytes, signature: str, secret: str) -> bool:
    """Whether these are 64 hex digits of the payload's HMAC, compared in constant time."""
    expected = hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, signature)


def read_push(payload: bytes) -> Push | None:
    """What was pushed; None where a ref went away. Raises Problem for what is no push."""
    try:
        told = PushPayload.model_validate_json(payload)
    except ValidationError:
        message = "This is no push as JSON: choose the content type application/json for the webhook."
        raise Problem(400, "invalid_request", message) from None
    if told.deleted:
        return None
    branch = told.ref.removeprefix(_BRANCH) if told.ref.startswith(_BRANCH) else ""
    return Push(
        repository=told.repository.full_name,
        ref=branch or told.ref.removeprefix(_TAG),
        default=bool(branch) and branch == told.repository.default_branch,
        paths=None if _is_unknown(told) else _paths(told),
    )


def _is_unknown(told: PushPayload) -> bool:
    """Whether the push may have touched more than its commits say."""
    silent = not told.commits and told.before != told.after
    return told.forced or told.created or silent or len(told.commits) >= MOST_COMMITS


def _paths(told: PushPayload) -> frozenset[str]:
    return frozenset(
        path for commit in told.commits for path in (*commit.added, *commit.modified, *commit.removed)
    )


def github_routes(webhook: Webhook | None) -> APIRouter:
    router = APIRouter(tags=["webhooks"])

    @router.post(PATH, responses=problems(404), operation_id="github_webhook")
    async def receive(request: Request) -> DeliveryBody:
        """A delivery of GitHub's, signed with GITHUB_WEBHOOK_SECRET (`X-Hub-Signature-256`).

        A push that touches what is indexed starts one crawl of each source that it touches. Each delivery
        counts once.
        """
        if webhook is None:
            raise Problem(404, "closed", "This webhook is closed: the operator has set no secret for it.")
        return await webhook.receive(request)

    return router
