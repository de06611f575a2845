"""Errors as readers get them: ``application/problem+json`` (RFC 9457) for programs, a page for people.

The text says what is wrong and what to do; what went wrong inside is logged, never shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

import sqlalchemy as sa
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from storage.errors import NotFound
from web.headers import SECURITY_HEADERS
from web.render import page

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Problem:
    """One refusal. ``errors``: where in the request, and why, when there are several."""

    status: int
    title: str
    detail: str
    errors: tuple[Mapping[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


class BadCursor(Exception):
    """The ``cursor`` of a request is not one of ours."""


def problem_response(problem: Problem) -> JSONResponse:
    body: dict[str, object] = {"type": "about:blank", "title": problem.title, "status": problem.status, "detail": problem.detail}
    if problem.errors:
        body["errors"] = list(problem.errors)
    return JSONResponse(body, status_code=problem.status, headers=dict(problem.headers), media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Registers the handlers."""

    @app.exception_handler(NotFound)
    def not_found(request: Request, exc: NotFound) -> Response:
        return _answer(request, Problem(404, "not found", str(exc)))

    @app.exception_handler(HTTPException)
    def http(request: Request, exc: HTTPException) -> Response:
        title = HTTPStatus(exc.status_code).phrase.lower()
        detail = "there is nothing at this address" if exc.status_code == 404 else str(exc.detail)
        return _answer(request, Problem(exc.status_code, title, detail, headers=exc.headers or {}))

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, exc: RequestValidationError) -> Response:
        errors = tuple({"parameter": _parameter(error["loc"]), "reason": str(error["msg"])} for error in exc.errors())
        named = ", ".join(sorted({error["parameter"] for error in errors}))
        return _answer(request, Problem(422, "invalid request", f"these parameters cannot be read: {named}", errors))

    @app.exception_handler(BadCursor)
    def bad_cursor(request: Request, _exc: BadCursor) -> Response:
        return _answer(request, Problem(400, "invalid cursor", "take 'cursor' from next_cursor of the page before"))

    @app.exception_handler(sa.exc.DBAPIError)
    def database(request: Request, exc: sa.exc.DBAPIError) -> Response:
        log.error("database failed", path=request.url.path, error=type(exc.orig).__name__)
        return _answer(request, Problem(503, "database unavailable", "the database cannot be read at the moment: see /readyz"))

    @app.exception_handler(Exception)
    def unexpected(request: Request, exc: Exception) -> Response:
        log.error("request failed", path=request.url.path, exc_info=exc)
        # Answered outside of the guard, so the headers are put on here.
        return problem_response(Problem(500, "internal error", "the server failed; its log says why", headers=SECURITY_HEADERS))


def _parameter(location: Sequence[str | int]) -> str:
    # ("query", "state", 0): where it stood, its name, which of its values.
    return str(location[1] if len(location) > 1 else location[0])


def _answer(request: Request, problem: Problem) -> Response:
    for_people = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")
    if not for_people:
        return problem_response(problem)
    known = problem.status if problem.status in (403, 404, 503) else 400
    response = page(request, "error.html", status=problem.status, problem=problem, known=known)
    response.headers.update(problem.headers)
    return response
