"""The one error shape of the HTTP API: `{"success": false, "error": {"code", "message"}}`.

Every failure ends here: errors of ours by their class, refusals of the HTTP layer itself, arguments that
do not validate, unknown addresses, and what nobody foresaw (which is logged, and answered without detail).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException

from reelscore.accounts.oidc import SignInError
from reelscore.api.routes.page import page
from reelscore.errors import (
    AnalysisError,
    CancelledError,
    ConfigurationError,
    EmptyLibraryError,
    InvalidInputError,
    LibraryBusyError,
    MediaError,
    MediaNotFoundError,
    ModelError,
    NotFoundError,
    ReelscoreError,
    SourceError,
    StaleError,
    StorageError,
    TransientSourceError,
)
from reelscore.limits import PROBLEM_CHARACTERS, PROBLEMS

# The nearest class on the way up to ReelscoreError decides.
_STATUS: Mapping[type[BaseException], int] = {
    InvalidInputError: 400,
    SignInError: 401,
    MediaError: 422,
    MediaNotFoundError: 404,
    NotFoundError: 404,
    EmptyLibraryError: 409,  # the request is fine, the library is not ready for it
    StaleError: 409,
    ConfigurationError: 503,
    LibraryBusyError: 503,
    StorageError: 503,
    ModelError: 503,
    SourceError: 502,
    TransientSourceError: 503,
    AnalysisError: 502,
    CancelledError: 409,
    ReelscoreError: 500,
}

_CODES = {
    400: "bad_request",
    401: "sign_in_needed",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "too_slow",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid_input",
    429: "too_many",
}


class RequestRefused(Exception):  # noqa: N818  it is an answer, not a fault
    """The HTTP layer refuses a request for a reason that no service knows of: its size, type or origin."""

    def __init__(
        self, status: int, message: str, *, code: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code or _CODES.get(status, "bad_request")
        self.headers = headers


def status_of(error: ReelscoreError) -> int:
    """The HTTP status of one of our errors."""
    return next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)


def error_response(
    status: int, code: str, message: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """An answer in the error shape; the message is brought to one line."""
    body = {"success": False, "error": {"code": code, "message": " ".join(message.split())}}
    return JSONResponse(body, status_code=status, headers=headers)


def unforeseen_response() -> JSONResponse:
    """The answer to what nobody foresaw: the log has the details, the client gets none."""
    return error_response(
        500, "internal", "something went wrong in the server; its log has the details. Try again."
    )


def _describe(problem: Mapping[str, Any]) -> str:
    # The first part of the place says body, query or path, which tells a person nothing.
    place = ".".join(str(part) for part in problem.get("loc", ())[1:])
    if problem.get("type") == "json_invalid":
        return "the body is not valid JSON"
    if problem.get("type") == "missing" and not place:
        return "the request needs a body; send JSON with Content-Type application/json"
    text = str(problem.get("msg", "not valid"))
    text = text[:1].lower() + text[1:]
    return f"{place}: {text}" if place else text


def describe_problems(problems: Sequence[Mapping[str, Any]]) -> str:
    """What is wrong with the arguments of a request, on one line."""
    listed = dict.fromkeys(shortened(_describe(problem)) for problem in problems[:PROBLEMS])
    more = len(problems) - PROBLEMS
    return "; ".join([*listed, *([f"and {more} more"] if more > 0 else [])])


def shortened(text: str) -> str:
    """A text that a client sent, as far as an answer repeats it."""
    return text if len(text) <= PROBLEM_CHARACTERS else f"{text[:PROBLEM_CHARACTERS]} …"


def response_to(error: RequestRefused | ReelscoreError, request: Request | None = None) -> Response:
    """The answer to what a request was refused for, or failed by; a plain page if a browser asks for one."""
    if request is not None and _is_visitor(request):
        status = error.status if isinstance(error, RequestRefused) else status_of(error)
        phrase, message = HTTPStatus(status).phrase, escape(str(error))
        head = f'<!doctype html><html lang="en"><title>{phrase}</title>'
        text = f"{head}<h1>{phrase}</h1><p>{message}.</p></html>"
        return HTMLResponse(text, status_code=status, headers=getattr(error, "headers", None))
    if isinstance(error, RequestRefused):
        return error_response(error.status, error.code, str(error), error.headers)
    return error_response(status_of(error), error.code, str(error))


def _on_known_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestRefused | ReelscoreError)
    return response_to(error)


def _on_validation_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return error_response(422, InvalidInputError.code, describe_problems(error.errors()))


async def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404 and _is_visitor(request):
        shown = await page(request)
        shown.status_code = 404
        return shown
    if isinstance(error.__cause__, RequestRefused):  # FastAPI wraps what is raised while it reads a body
        return _on_known_error(request, error.__cause__)
    if isinstance(error.__cause__, RecursionError):
        return error_response(422, InvalidInputError.code, "the body is nested too deeply")
    where = shortened(f"{request.method} {request.url.path}")
    if error.status_code == 404:
        message = f"there is nothing at {where}; /docs lists what there is"
    elif error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "")
        message = f"{where} is not possible; this address takes {allowed or 'another method'}"
    else:
        message = str(error.detail) or HTTPStatus(error.status_code).phrase
    code = _CODES.get(error.status_code, "bad_request" if error.status_code < 500 else "internal")
    return error_response(error.status_code, code, message, error.headers)


def _is_visitor(request: Request) -> bool:
    """Whether a browser asks for a page that does not exist, which the page itself answers."""
    looks = request.method in ("GET", "HEAD") and "text/html" in request.headers.get("accept", "")
    return looks and not request.url.path.startswith(("/api/", "/static/"))


def install_error_handlers(app: FastAPI) -> None:
    """Give every failure of the app the one error shape (the guard holds the last net)."""
    app.add_exception_handler(ReelscoreError, _on_known_error)
    app.add_exception_handler(RequestRefused, _on_known_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
