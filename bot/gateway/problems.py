"""What is refused, and how it is said: `{"error": {"code": …, "message": …}}`, without anything internal."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from bot.core.characters import clean_line, shorten
from bot.core.errors import DocsbotError, QuestionInvalid

logger = logging.getLogger(__name__)

_SHOWN = 300  # characters of a message
_NAMED = 5  # wrong fields that are named
_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 408: "too_slow"}
_SENTENCES = {404: "There is nothing at this address.", 405: "This address knows no such method."}


class Problem(HTTPException):
    """A refusal with its status, a code for programs and a sentence for people."""

    def __init__(
        self, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, message, dict(headers or {}))
        self.code = code


class ProblemDetail(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    code: str
    """One word for programs: `unknown_source`."""
    message: str
    """One sentence for a person."""


class ProblemBody(BaseModel):
    """What every refusal looks like."""

    error: ProblemDetail


def unauthorized(message: str) -> Problem:
    return Problem(401, "unauthorized", message, headers={"WWW-Authenticate": "Bearer"})


def forbidden(message: str) -> Problem:
    return Problem(403, "forbidden", message)


def limited(seconds: float) -> Problem:
    wait = max(1, math.ceil(seconds))
    message = f"That is more than may be asked in a minute. Please try again in {wait} s."
    return Problem(429, "limited", message, headers={"Retry-After": str(wait)})


def not_found(message: str) -> Problem:
    return Problem(404, "not_found", message)


def unavailable(error: DocsbotError) -> Problem:
    """A part of the bot does not work; what exactly is for the log."""
    if isinstance(error, QuestionInvalid):
        return Problem(422, "question_invalid", error.text)
    return Problem(503, "unavailable", error.text, headers={"Retry-After": "10"} if error.retryable else {})


def respond(problem: HTTPException) -> JSONResponse:
    status = problem.status_code
    if isinstance(problem, Problem):
        code, message = problem.code, str(problem.detail)
    else:
        code = _CODES.get(status, "refused")
        message = _SENTENCES.get(status) or str(problem.detail)
    detail = ProblemDetail(code=code, message=shorten(clean_line(message), _SHOWN))
    headers = dict(problem.headers or {})
    return JSONResponse(ProblemBody(error=detail).model_dump(), status_code=status, headers=headers)


def describe(errors: list[Any]) -> str:
    """Which fields are wrong and why; never what stood in them."""
    said = []
    for error in errors[:_NAMED]:
        place = ".".join(str(part) for part in error.get("loc", ())[1:])
        said.append(f"{place}: {error.get('msg', 'is wrong')}" if place else str(error.get("msg", "")))
    return "; ".join(said)


def add_handlers(app: FastAPI) -> None:
    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> JSONResponse:
        if error.status_code == 405 and not isinstance(error, Problem):
            error.headers = {"Allow": ", ".join(allowed_methods(app, request))}
        return respond(error)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> JSONResponse:
        return respond(Problem(422, "invalid_request", describe(list(error.errors()))))

    @app.exception_handler(DocsbotError)
    async def failed(request: Request, error: DocsbotError) -> JSONResponse:
        if not isinstance(error, QuestionInvalid):
            logger.warning("%s", error.detail or error.text)
        return respond(unavailable(error))


def allowed_methods(app: FastAPI, request: Request) -> list[str]:
    """What may be done at this address: several routes may share it, one method each."""
    known: set[str] = set()
    for route in app.router.routes:
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE:
            known |= route.methods or set()
    return sorted(known)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For an operation's description: these refusals, besides those that every operation knows."""
    every = (400, 401, 403, 408, 413, 421, 422, 429, 503)
    return {status: {"model": ProblemBody} for status in sorted({*every, *statuses})}
