"""Turns every error into one sentence: as a page, or as JSON if JSON was requested."""

from __future__ import annotations

import math

from flask import Flask, Response, current_app, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.wrappers import Response as AnyResponse

from app.services.services import current_services
from app.wording import TOO_LATE, UNKNOWN_HOST, megabytes, roughly
from engine.errors import ImageError
from jobs.media import FullError, MediaError
from jobs.sandbox import BusyError

_BUSY_S = 10

_SENTENCES = {
    400: (
        "bad_request",
        "That did not work",
        "The browser sent something that could not be understood. Please go back and try again.",
    ),
    404: (
        "not_found",
        "Nothing here",
        "There is no such page or picture, or it belongs to somebody else.",
    ),
    405: ("wrong_method", "That did not work", "This address cannot be used in that way."),
    413: (
        "too_large",
        "Too large",
        "The upload was too large. Please go back and choose a smaller file.",
    ),
    500: (
        "broken",
        "Something broke",
        "This is the studio's fault, not yours, and it has been logged. Please try again in a moment.",
    ),
    503: (
        "unavailable",
        "Out of reach",
        "The picture storage cannot be reached right now. Please try again in a moment.",
    ),
    507: (
        "full",
        "No room left",
        "The studio's disk is full, so nothing can be saved. The person who runs it has to make room.",
    ),
}
"""A code for programs, a heading and a sentence for each status."""


class RefusedError(Exception):
    """A refused request, answered in JSON.

    Attributes:
        status: the HTTP status.
        code: a short name for programs.
        field: the field that the sentence belongs to, if any.
    """

    def __init__(self, status: int, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.field = status, code, field


class TooLateError(RefusedError):
    """A change to a painting that is past the point where it could be made."""

    def __init__(self) -> None:
        super().__init__(409, "too_late", TOO_LATE)


class TryLaterError(Exception):
    """A request that may succeed later.

    Attributes:
        status: 429 if this visitor asked for too much, 503 if all visitors together did.
        retry_s: the seconds to wait before another try.
    """

    def __init__(self, status: int, message: str, retry_s: float) -> None:
        super().__init__(message)
        self.status, self.retry_s = status, retry_s


def configure_errors(app: Flask) -> None:
    """Register a handler for every kind of error."""
    app.register_error_handler(RefusedError, _refuse)
    app.register_error_handler(TryLaterError, _try_later)
    app.register_error_handler(BusyError, _busy)
    app.register_error_handler(CSRFError, form_expired)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(ImageError, _bad_picture)
    app.register_error_handler(MediaError, _media)
    app.register_error_handler(Exception, _crash)


def wants_json() -> bool:
    """Whether the request comes from a script or program, which reads errors as JSON."""
    if request.path.startswith("/api/"):
        return True
    best = request.accept_mimetypes.best_match(("text/html", "application/json"), default="text/html")
    return best == "application/json"


def error_json(status: int, code: str, message: str, field: str | None = None) -> Response:
    """Return an error in the shape that all errors share."""
    response = jsonify(error={"code": code, "message": message, "field": field})
    response.status_code = status
    return response


def _error_response(status: int, code: str, title: str, message: str) -> AnyResponse:
    if wants_json():
        return error_json(status, code, message)
    page = render_template("error.html", title=title, message=message, status=status, code=code)
    return current_app.make_response((page, status))


def _refuse(refusal: RefusedError) -> AnyResponse:
    return error_json(refusal.status, refusal.code, str(refusal), refusal.field)


def _try_later(error: TryLaterError) -> AnyResponse:
    seconds = max(1, math.ceil(error.retry_s))
    code = "too_many" if error.status == 429 else "busy"
    message = f"{error} Please try again in {roughly(seconds)}."
    response = _error_response(error.status, code, "Not right now", message)
    response.headers["Retry-After"] = str(seconds)
    return response


def _busy(error: BusyError) -> AnyResponse:
    return _try_later(TryLaterError(503, str(error), _BUSY_S))


def form_expired(_: CSRFError) -> AnyResponse:
    """Return the error for a form whose token has expired."""
    return _error_response(
        400,
        "csrf",
        "This page is too old",
        "The page was open for so long that its form has expired, or cookies are turned off. "
        "Please go back, reload the page and send it again.",
    )


def _http(error: HTTPException) -> AnyResponse:
    status = error.code or 500
    if error.response is not None or status < 400:
        return error.get_response()
    if isinstance(error, SecurityError):  # a page has links, which would point to the untrusted host
        return Response(UNKNOWN_HOST, status, mimetype="text/plain")
    code, title, message = _SENTENCES.get(status, (error.name.lower().replace(" ", "_"), error.name, None))
    if status == 413:
        limit = megabytes(current_services().settings.max_upload_bytes)
        message = f"This upload is over the limit of {limit} per picture. Please choose a smaller file."
    response = _error_response(status, code, title, message or error.description or error.name)
    for name, value in error.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value
    return response


def _bad_picture(error: ImageError) -> AnyResponse:
    return _error_response(422, "bad_picture", "That did not work", str(error))


def _media(error: MediaError) -> AnyResponse:
    current_app.logger.error("media failed: %s", error, exc_info=error.__cause__)
    status = 507 if isinstance(error, FullError) else 503
    return _error_response(status, *_SENTENCES[status])


def _crash(error: Exception) -> AnyResponse:
    current_app.logger.exception("unhandled", exc_info=error)
    return _error_response(500, *_SENTENCES[500])
