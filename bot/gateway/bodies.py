"""What the API is sent and sends back, as its OpenAPI description says it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.core import policy
from bot.core.access import Scope
from bot.core.state import Outcome

ID = r"^[A-Za-z0-9_-]{22}$"
"""128 random bits: whoever knows an id may see what it names."""
Id = Annotated[str, Field(pattern=ID, examples=["q3Yx0m2n5uA7b9cD1eF4gH"])]
Note = Annotated[str, Field(max_length=2_000)]
SourceName = Annotated[str, Field(min_length=1, max_length=400)]


class Sent(BaseModel):
    """The body of a request: what it does not know is refused, so that a slip of the pen is seen."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


class Told(BaseModel):
    """The body of an answer. What stands below a field is its description."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class TurnBody(Sent):
    """An earlier message of the conversation."""

    role: Literal["user", "assistant"]
    text: str = Field(max_length=20_000)


class AskBody(Sent):
    """A question."""

    question: str = Field(
        min_length=1, max_length=policy.QUESTION_CHARACTERS, examples=["How do I rotate a key?"]
    )
    conversation: Id | None = None
    """Of an earlier answer: this question follows it. Without one, a conversation begins."""
    thread: list[TurnBody] = Field(default=[], max_length=20)
    """Earlier turns, oldest first, in place of those that are remembered of the conversation."""
    sources: list[SourceName] = Field(default=[], max_length=20)
    """Answer from these only, by the names that /v1/status lists."""
    language: str = Field(default="", max_length=policy.LANGUAGE_CHARACTERS)
    """To answer in; empty means the question's own."""
    stream: bool = False
    """As server-sent events; `Accept: text/event-stream` asks for the same."""


class FeedbackBody(Sent):
    """A vote on an answer. A later one replaces it."""

    answer: Id
    up: bool
    comment: Note = ""
    conversation: Id | None = None
    """The answer's conversation: shows that the answer is your own where you have no key."""


class CitationBody(Told):
    """A source that the answer rests on."""

    number: int
    """As in the mark `[1]` of the answer."""
    title: str
    """Of the page; empty where the answer was kept without it."""
    path: str
    url: str
    """Opens the page at the section; empty where the page is not on the web."""
    heading: str
    commit: str
    quote: str
    """The words that stand closest to what is claimed; plain text."""


class PassageBody(Told):
    """What the model was shown, best first."""

    path: str
    heading: str
    score: float
    text: str
    """Markdown."""


class TimingsBody(Told):
    """Milliseconds since the question was taken up."""

    retrieve: float
    first_token: float
    total: float


class AnswerBody(Told):
    """A whole answer, with the fields of `docsbot ask --json`."""

    id: str
    conversation: str
    """To be sent with a question that follows this one."""
    question: str
    answer: str
    """Markdown with marks `[1]`."""
    abstained: bool
    """The documentation does not answer: `answer` says so and names the nearest pages."""
    reason: str
    """Why it abstained, one sentence; empty when it answered."""
    quoted: bool
    """The answer is a quotation of the documentation and not a model's words."""
    citations: list[CitationBody]
    passages: list[PassageBody]
    model: str
    timings_ms: TimingsBody


class KeptAnswerBody(Told):
    """An answer as it was kept."""

    id: str
    question: str
    answer: str
    outcome: Outcome | None
    """None while it is being answered."""
    asked_at: datetime
    citations: list[CitationBody]


class FoundBody(Told):
    """A section that was found."""

    source: str
    path: str
    title: str
    heading: str
    url: str
    commit: str
    score: float
    text: str
    """Markdown."""


class SearchBody(Told):
    """What the documentation holds, best first."""

    query: str
    confidence: float
    """0 to 1: how likely it is that the passages answer the question."""
    passages: list[FoundBody]


class FileBody(Told):
    path: str
    reason: str


class SourceBody(Told):
    """What is indexed of a source, and how fresh it is."""

    source: str
    commit: str
    committed_at: datetime | None
    crawled_at: datetime | None
    files: int
    chunks: int
    failed_files: int
    failed: list[FileBody]
    """For maintainers; empty for others."""


class CallerBody(Told):
    key: str
    """The name of the key; empty for somebody without one."""
    scopes: list[Scope]


class StatusBody(Told):
    """What the bot answers from."""

    sources: list[SourceBody]
    chunks: int
    embedding_model: str
    language_model: str
    """`extractive` where the documentation is quoted."""
    location: str
    """Where the index is, for maintainers; empty for others."""
    you: CallerBody
