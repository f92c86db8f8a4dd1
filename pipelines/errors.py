"""What can go wrong on the way into and out of the index.

PipelineError
├── SourceError          a source could not be listed or read
│   ├── SourceInvalid    the source's name means nothing, or its folder does not exist
│   ├── SourceMissing    the repository, ref, path or file does not exist (or the token may not see it)
│   ├── SourceDenied     the token is refused
│   ├── SourceLimited    the rate limit is spent; `retry_at` says until when
│   └── SourceUnavailable  network, timeout, 5xx: may pass
├── DocumentError        one file cannot be indexed: not text, too large; final for this content
├── IndexProblem         the index cannot be used
│   ├── IndexMixed       built with another embedding model
│   ├── IndexOutdated    written by another layout
│   ├── IndexUnwritable  folder not writable, disk full
│   └── IndexUnavailable the Chroma server does not answer: may pass
├── EmbeddingError       the embedding server failed: may pass
├── EngineUnavailable    the Hatchet engine does not answer: may pass
├── PayloadTooNew        a request of a newer program than this one
└── WorkerLeaving        this worker was told to end; another one goes on

The text of each is written for the person who runs the program: what happened and what to do.
"""

from __future__ import annotations

from datetime import datetime


class PipelineError(Exception):
    """Base of all; `passing` says whether trying again can help."""

    passing = False


class SourceError(PipelineError):
    pass


class SourceInvalid(SourceError):
    pass


class SourceMissing(SourceError):
    pass


class SourceDenied(SourceError):
    pass


class SourceLimited(SourceError):
    passing = True

    def __init__(self, message: str, *, retry_at: datetime) -> None:
        super().__init__(message)
        self.retry_at = retry_at


class SourceUnavailable(SourceError):
    passing = True


class DocumentError(PipelineError):
    pass


class IndexProblem(PipelineError):
    pass


class IndexMixed(IndexProblem):
    pass


class IndexOutdated(IndexProblem):
    pass


class IndexUnwritable(IndexProblem):
    pass


class IndexUnavailable(IndexProblem):
    passing = True


class EmbeddingError(PipelineError):
    passing = True


class EngineUnavailable(PipelineError):
    passing = True


class PayloadTooNew(PipelineError):
    pass


class WorkerLeaving(PipelineError):
    passing = True
