"""What a failure of the model server means, in the core's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.core.characters import clean_line, shorten
from bot.core.errors import ModelFailed, ModelLimited, ModelRefused, ModelUnavailable

if TYPE_CHECKING:
    import openai

_DETAIL_CHARACTERS = 300
_PASSING = frozenset({408, 409, 425})


@dataclass(frozen=True, slots=True)
class Failure:
    error: ModelFailed
    passing: bool = True
    """Whether another attempt may help."""
    wait: float | None = None
    """Seconds that the server asks for before it."""


def explain(error: Exception, *, secret: str = "") -> Failure:
    """What an exception of the client library means; its detail never shows `secret`.

    A refused key or request is for the operator, a limit and an outage may pass.
    """
    import openai

    if isinstance(error, openai.APIStatusError):
        return _explain_status(error, secret)
    if isinstance(error, openai.APITimeoutError):
        return Failure(ModelUnavailable("the server did not answer in time"))
    if isinstance(error, openai.APIConnectionError):
        return Failure(ModelUnavailable(_describe("no connection", error.__cause__ or error, secret)))
    if isinstance(error, UnicodeEncodeError):
        return Failure(ModelRefused("the key holds a character that no key can hold"), passing=False)
    return Failure(ModelUnavailable(_describe("no completion", error, secret)))


def _explain_status(error: openai.APIStatusError, secret: str) -> Failure:
    status = error.status_code
    detail = _describe(f"status {status}", error, secret)
    if status == 429:
        spent = error.code == "insufficient_quota"
        return Failure(ModelLimited(detail), passing=not spent, wait=_retry_after(error))
    if status >= 500 or status in _PASSING:
        return Failure(ModelUnavailable(detail), wait=_retry_after(error))
    return Failure(ModelRefused(detail), passing=False)


def _retry_after(error: openai.APIStatusError) -> float | None:
    try:
        return max(0.0, float(error.response.headers.get("retry-after", "")))
    except ValueError:
        return None


def _describe(what: str, error: BaseException, secret: str) -> str:
    text = clean_line(f"{what}: {error}")
    return shorten(text.replace(secret, "***") if secret else text, _DETAIL_CHARACTERS)
