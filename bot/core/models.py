"""The conversation: what is asked, what was found, what is answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One earlier message of the thread."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a member asks, on whatever platform."""

    text: str
    id: str = ""
    thread: tuple[Turn, ...] = ()
    """Earlier turns, oldest first."""
    sources: tuple[str, ...] = ()
    """Answer from these sources only; empty means all."""
    language: str = ""
    """To answer in; empty means the question's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A section of a page, or the part of it that matters."""

    source: str
    path: str
    title: str
    headings: tuple[str, ...]
    """Breadcrumb below the title, outermost first."""
    url: str
    """Opens the page at the section, at the commit that was indexed."""
    commit: str
    """Empty for a folder outside git."""
    text: str
    """Markdown."""
    score: float
    """Best first; comparable within one retrieval only."""

    @property
    def heading(self) -> str:
        """The breadcrumb as one line; the page's title where there is no heading."""
        return " > ".join(self.headings) or self.title


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieval:
    """What the documentation holds on a question."""

    passages: tuple[Passage, ...]
    """Best first, within the token budget that was asked for."""
    confidence: float
    """0 to 1: how likely it is that the passages answer the question. Abstain below `policy.ANSWERABLE`."""
    reason: str = ""
    """One sentence for a person: why the confidence is low; empty when it is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A source that the answer rests on."""

    number: int
    """As in the mark `[1]`."""
    title: str
    path: str
    url: str
    heading: str
    commit: str
    quote: str
    """The words of the passage that stand closest to what is claimed; plain text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Milliseconds since the question was taken up."""

    retrieve: float
    first_token: float
    total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A finished answer."""

    question: Question
    text: str
    """Markdown with marks `[1]`."""
    abstained: bool
    reason: str
    """Why it abstained, one sentence; empty when it answered."""
    citations: tuple[Citation, ...]
    passages: tuple[Passage, ...]
    """What the model was shown, best first."""
    model: str
    """Name of the language model; `extractive` without one."""
    timings: Timings
    quoted: bool = False
    """The text is a quotation of the documentation and not a model's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Searching:
    query: str
    kind: Literal["searching"] = "searching"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    passages: tuple[Passage, ...]
    kind: Literal["found"] = "found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """The next piece of the answer. A mark is never cut in two, and names a source that exists."""

    delta: str
    kind: Literal["text"] = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    citations: tuple[Citation, ...]
    kind: Literal["citations"] = "citations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    answer: Answer
    kind: Literal["done"] = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Abstained:
    answer: Answer
    kind: Literal["abstained"] = "abstained"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    message: str
    """For the person who asked; never an exception's own text."""
    partial: str = ""
    """What had been written by then."""
    passages: tuple[Passage, ...] = field(default=())
    retryable: bool = True
    kind: Literal["failed"] = "failed"


AnswerEvent = Searching | Found | Text | Cited | Done | Abstained | Failed
"""The order: searching, found, then text… citations done, or abstained; failed may end it at any time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedFile:
    """A file that was left alone, or failed, and the reason in words for a person."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlProgress:
    """How far the crawl of one source is."""

    source: str
    phase: Literal["listing", "indexing", "removing"]
    listed: int = 0
    todo: int = 0
    """Files that must be fetched and stored, of the listed ones."""
    done: int = 0
    """Of `todo`, stored or failed for good."""
    failed: int = 0
    note: str = ""
    """One sentence when there is something to say: a rate limit that is waited out."""
    kind: Literal["progress"] = "progress"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlSummary:
    """What a finished crawl of one source did."""

    source: str
    commit: str
    files: int
    """Files that are indexed now."""
    added: int
    changed: int
    removed: int
    unchanged: int
    skipped: tuple[SkippedFile, ...]
    failed: tuple[SkippedFile, ...]
    chunks: int
    """Chunks of this source that are indexed now."""
    embedded_chunks: int
    """Chunks whose vector was computed in this crawl, the cache's hits not counted."""
    requests: int
    """Network calls to the source."""
    seconds: float
    kind: Literal["summary"] = "summary"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlFailed:
    """A crawl of one source that could not be done; what was indexed before is still served."""

    source: str
    message: str
    """What happened and what to do."""
    kind: Literal["crawl_failed"] = "crawl_failed"


CrawlEvent = CrawlProgress | CrawlSummary | CrawlFailed
"""For each source: progress…, then summary or crawl_failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    source: str
    commit: str
    committed_at: datetime | None
    crawled_at: datetime | None
    files: int
    chunks: int
    failed: tuple[SkippedFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexStatus:
    """What the bot answers from, and how fresh it is."""

    sources: tuple[SourceStatus, ...]
    chunks: int
    embedding_model: str
    language_model: str
    """`extractive` without one."""
    location: str
    """The folder or the server that holds the index."""
