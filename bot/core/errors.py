"""What can go wrong while answering.

DocsbotError          base; its text is written for the person who asked and holds no secret
├── QuestionInvalid   empty, or too long
├── RetrievalFailed   the index cannot be read
├── IndexUnusable     the index cannot be opened or written; `detail` says what to do
│   └── CrawlsUnavailable  the crawls' engine does not answer: may pass; what is indexed still answers
├── StateUnusable     the database of claims, turns and votes cannot be used; `detail` says what to do
│   └── StateUnavailable  it does not answer: may pass
├── FrontUnusable     a chat platform refuses the bot, or cannot be reached; `detail` says what to do
└── ModelFailed       the model server failed
    ├── ModelRefused      the key is refused, the model does not exist: the operator must act
    ├── ModelLimited      rate limit or quota
    ├── ModelUnavailable  no connection, timeout, 5xx
    └── ModelCut          the stream ended before the answer did
"""

from __future__ import annotations


class DocsbotError(Exception):
    """Base of all. `text` is the sentence that a member is shown; `detail` is for the operator's log."""

    text = "Something went wrong. Please try again in a moment."
    retryable = True

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.text)
        self.detail = detail


class QuestionInvalid(DocsbotError):
    text = "Please ask a question in words."
    retryable = False

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class RetrievalFailed(DocsbotError):
    text = "The documentation index cannot be read right now. Please try again in a moment."


class ModelFailed(DocsbotError):
    text = "The language model did not answer. Please try again in a moment."


class ModelRefused(ModelFailed):
    text = "The language model refused the request. Please tell the people who run this bot."
    retryable = False


class ModelLimited(ModelFailed):
    text = "The language model is at its limit right now. Please try again in a minute."


class ModelUnavailable(ModelFailed):
    text = "The language model cannot be reached right now. Please try again in a moment."


class ModelCut(ModelFailed):
    text = "The language model stopped in the middle of the answer. Please try again."


class IndexUnusable(DocsbotError):
    text = "The documentation index cannot be used. Please tell the people who run this bot."
    retryable = False


class CrawlsUnavailable(IndexUnusable):
    text = "No crawl can be asked for right now; what is indexed still answers. Please try again in a moment."
    retryable = True


class StateUnusable(DocsbotError):
    text = "The bot's own records cannot be used. Please tell the people who run this bot."
    retryable = False


class StateUnavailable(StateUnusable):
    text = "The bot's own records cannot be reached right now. Please try again in a moment."
    retryable = True


class FrontUnusable(DocsbotError):
    text = "The bot cannot connect. Please tell the people who run it."
    retryable = False
