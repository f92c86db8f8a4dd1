"""Hatchet as this project uses it: names, payloads, and the way to connect."""

from __future__ import annotations

import logging
import os
import uuid
from typing import TYPE_CHECKING, Self

from pydantic import BaseModel, ConfigDict, Field, ModelWrapValidatorHandler, ValidationError, model_validator

from pipelines.errors import EngineUnavailable, PayloadTooNew
from pipelines.quiet import quiet_logger

if TYPE_CHECKING:
    from hatchet_sdk import Hatchet

# The engine allows no colon in a workflow's name; an event's key may have one.
CRAWL_WORKFLOW, CRAWL_EVENT = "rag-crawl", "rag:crawl"
EMBED_WORKFLOW, EMBED_EVENT = "rag-embeddings", "rag:embeddings"
SCHEDULE_WORKFLOW = "rag-schedule"

VERSION = 1
"""Of the payloads. A worker refuses a newer one than it knows, and reads an older one."""

_POOL = {"DATABASE_MAX_CONNS": "10", "DATABASE_MIN_CONNS": "2"}
"""The embedded engine's connections to Postgres: its own default costs a gigabyte and is slower."""

EMBEDDED_VERSION = "v0.104.7"
"""The embedded engine that is tested with; unpinned, the SDK asks for the latest one at each start."""


def new_crawl_id() -> str:
    """An id for one request to crawl."""
    return uuid.uuid4().hex


class Payload(BaseModel):
    """What every event and run carries. Unknown fields of another version are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: int = VERSION

    @model_validator(mode="wrap")
    @classmethod
    def _refuse(cls, value: object, read: ModelWrapValidatorHandler[Self]) -> Self:
        """Raises NonRetryableException for a malformed payload: Hatchet would run it again and again."""
        try:
            return read(value)
        except ValidationError as error:
            from hatchet_sdk.exceptions import NonRetryableException

            problems = error.errors(include_url=False, include_input=False, include_context=False)
            said = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in problems)
            raise NonRetryableException(f"The payload is malformed. {said}") from error

    def check_version(self) -> None:
        """Refuses the payload of a newer program. Raises PayloadTooNew."""
        if self.version > VERSION:
            raise PayloadTooNew(
                f"The request has version {self.version}, this worker knows {VERSION}: update the worker."
            )


class CrawlInput(Payload):
    """A request to make the index equal to a source."""

    source: str = Field(min_length=1, max_length=2_000)
    """As in DOCS_SOURCES."""
    crawl: str = Field(default_factory=new_crawl_id, pattern=r"^[0-9a-zA-Z-]{1,64}$")
    """Id of the request."""
    requested_by: str = Field(default="", max_length=200)
    reason: str = Field(default="", max_length=200)

    def __str__(self) -> str:
        return self.source


class FileInput(Payload):
    """A request to embed one file. With source and path alone, the file is embedded as it is listed now."""

    source: str = Field(min_length=1, max_length=2_000)
    path: str = Field(min_length=1, max_length=4_096)
    blob: str = ""
    size: int = 0
    commit: str = ""
    crawl: str = ""

    def __str__(self) -> str:
        return f"{self.source}: {self.path}"


class Fetched(BaseModel):
    """What `fetch_document` hands to `store_embeddings`."""

    stored: bool = False
    """The file is stored already: there is nothing to do."""
    source_id: str = ""
    blob: str = ""
    commit: str = ""
    content: str = ""
    """The bytes, compressed by zlib, in base64: documents hold what no JSON of the engine's may (NUL)."""


class Stored(BaseModel):
    """What `store_embeddings` did."""

    chunks: int = 0
    refused: str = ""


class Planned(BaseModel):
    """What `crawl` hands to `push_for_embed`."""

    source_id: str
    ended: bool = False
    """Nothing is to be done: unchanged, failed, or left to a crawl that is under way."""


def set_embedded_defaults() -> None:
    """Puts into the environment what an embedded engine is to find there, unless the operator has."""
    os.environ.setdefault("HATCHET_CLIENT_EMBEDDED_VERSION", EMBEDDED_VERSION)
    for name, value in _POOL.items():
        os.environ.setdefault(name, value)


def connect(*, verbose: bool = False) -> Hatchet:
    """A client of the engine that the environment names (HATCHET_CLIENT_TOKEN), else of an embedded one.

    The embedded engine is started by this process and ends with it. With `verbose`, the client library tells
    what it does. Raises EngineUnavailable.
    """
    from hatchet_sdk import ClientConfig, EmbeddedHatchetConfig, Hatchet

    logger = logging.getLogger() if verbose else quiet_logger()
    try:
        if os.environ.get("HATCHET_CLIENT_TOKEN"):
            return Hatchet(config=ClientConfig(logger=logger))
        set_embedded_defaults()
        return Hatchet.from_embedded(ClientConfig(embedded=EmbeddedHatchetConfig(), logger=logger))
    except (RuntimeError, OSError, ValueError) as error:
        raise EngineUnavailable(
            f"The Hatchet engine cannot be reached: {str(error)[:200]}. Set HATCHET_CLIENT_TOKEN to a "
            "server's token (and HATCHET_CLIENT_TLS_STRATEGY=none for one without TLS)."
        ) from error
