"""Turns what went wrong into one sentence: a page, or JSON where JSON was asked for."""

from __future__ import annotations

import math

from flask import Flask, Response, current_app, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.wrappers import Response as AnyResponse

from app.services.services import services
from app.wording import UNKNOWN_HOST, megabytes, roughly
from engine.errors import ImageError
from jobs.media import FullError, MediaError
from jobs.sandbox import BusyError

_BUSY_S = 10

_SENTENCES = {
    400: (
        "bad_request",
        "That did not work",
        "The browser sent something that could not be understood; go back and try again.",
    ),
    404: (
        "not_found",
        "Nothing hangs here",
        "There is no such page or picture here, or it belongs to somebody else.",
    ),
    405: ("wrong_method", "That did not work", "This address cannot be used in that way."),
    413: (
        "too_large",
        "Too large",
        "More was sent than is taken; go back and choose a smaller file.",
    ),
    500: (
        "broken",
        "Something broke",
        "This is a fault of the studio, not yours, and was noted; try again in a moment.",
    ),
    503: (
        "unavailable",
        "Out of reach",
        "The place where pictures are kept cannot be reached just now; try again in a moment.",
    ),
    507: (
        "full",
        "No room left",
        "The studio's disk is full, so nothing can be kept; whoever runs it has to make room.",
    ),
}
"""A word for programs, a heading and a sentence for each status."""


class RefusedError(Exception):
    """A request for JSON that cannot be granted.

    Attributes:
        status: the HTTP status.
        code: a word for programs.
        field: the field that the sentence belongs to, if any.
    """

    def __init__(self, status: int, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.field = status, code, field


class LaterError(Exception):
    """A request that may be granted later.

    Attributes:
        status: 429 when it is the visitor who asked for too much, 503 when all of them together did.
        retry_s: the seconds after which it is worth another try.
    """

    def __init__(self, status: int, message: str, retry_s: float) -> None:
        super().__init__(message)
        self.status, self.retry_s = status, retry_s


def configure_errors(app: Flask) -> None:
    """Answer every error in the design of the studio."""
    app.register_error_handler(RefusedError, _refuse)
    app.register_error_handler(LaterError, _later)
    app.register_error_handler(BusyError, _busy)
    app.register_error_handler(CSRFError, expired)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(ImageError, _picture)
    app.register_error_handler(MediaError, _media)
    app.register_error_handler(Exception, _crash)


def wants_json() -> bool:
    """Whether this request is one of a script's, which reads errors as JSON."""
    if request.path.startswith("/api/"):
        return True
    best = request.accept_mimetypes.best_match(("text/html", "application/json"), default="text/html")
    return best == "application/json"


def error_json(status: int, code: str, message: str, field: str | None = None) -> Response:
    """Return an error in the one shape that all of them have."""
    response = jsonify(error={"code": code, "message": message, "field": field})
    response.status_code = status
    return response


def _answer(status: int, code: str, title: str, message: str) -> AnyResponse:
    if wants_json():
        return error_json(status, code, message)
    page = render_template("error.html", title=title, message=message, status=status, code=code)
    return current_app.make_response((page, status))


def _refuse(refusal: RefusedError) -> AnyResponse:
    return error_json(refusal.status, refusal.code, str(refusal), refusal.field)


def _later(error: LaterError) -> AnyResponse:
    seconds = max(1, math.ceil(error.retry_s))
    code = "too_many" if error.status == 429 else "busy"
    message = f"{error} Try again in {roughly(seconds)}."
    answer = _answer(error.status, code, "Not just now", message)
    answer.headers["Retry-After"] = str(seconds)
    return answer


def _busy(error: BusyError) -> AnyResponse:
    return _later(LaterError(503, str(error), _BUSY_S))


def expired(_: CSRFError) -> AnyResponse:
    """Say that a form is no longer valid."""
    return _answer(
        400,
        "csrf",
        "This page is too old",
        "The page was open for so long that its form is no longer valid, or cookies are turned off. "
        "Go back, reload the page and send it again.",
    )


def _http(error: HTTPException) -> AnyResponse:
    status = error.code or 500
    if error.response is not None or status < 400:
        return error.get_response()
    if isinstance(error, SecurityError):  # of an untrusted host no page can be made, since pages have links
        return Response(UNKNOWN_HOST, status, mimetype="text/plain")
    code, title, message = _SENTENCES.get(status, (error.name.lower().replace(" ", "_"), error.name, None))
    if status == 413:
        limit = megabytes(services().settings.max_upload_bytes)
        message = f"A picture may have up to {limit}, and more was sent; go back and choose a smaller file."
    answer = _answer(status, code, title, message or error.description or error.name)
    for name, value in error.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            answer.headers[name] = value
    return answer


def _picture(error: ImageError) -> AnyResponse:
    return _answer(422, "bad_picture", "That did not work", str(error))


def _media(error: MediaError) -> AnyResponse:
    current_app.logger.error("media failed: %s", error, exc_info=error.__cause__)
    status = 507 if isinstance(error, FullError) else 503
    return _answer(status, *_SENTENCES[status])


def _crash(error: Exception) -> AnyResponse:
    current_app.logger.exception("unhandled", exc_info=error)
    return _answer(500, *_SENTENCES[500])
