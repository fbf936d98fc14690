"""Reads what programs and scripts send, as typed models: JSON bodies and query strings."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from flask import request
from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from app.http.errors import RefusedError
from app.http.routing import ID
from engine.recipe import MAX_STYLES

T = TypeVar("T")

CLOSED = ConfigDict(extra="forbid", strict=True)
"""No unknown fields, and no texts that only look like numbers."""
Text = Annotated[str, Field(pattern=r"^[^\u0000]*$")]
"""Pydantic refuses half a surrogate pair, too; no database accepts either."""
UploadId = Annotated[Text, Field(description="The id of an upload")]
Id = Annotated[str, Field(pattern=f"^{ID}$")]
Percent = Annotated[float, Field(ge=0, le=100)]
WHOLE = BeforeValidator(lambda sent: int(sent) if isinstance(sent, float) and sent.is_integer() else sent)
"""JSON has only one type of number, so 3.0 is a whole number there."""

SOME_STYLES: Any = {"minItems": 1, "maxItems": MAX_STYLES}
"""What the document says of a list of styles, which may be empty next to a one-pass style."""


@with_config(CLOSED)
class Closed(TypedDict):
    """The base of objects that programs send."""


_CODES = {"missing": "missing", "extra_forbidden": "unknown_field"}
_WORDS = {"missing": "is missing", "extra_forbidden": "is not known here"}


def read_json(model: TypeAdapter[T]) -> T:
    """Return the JSON object that was sent.

    Raises:
        RefusedError: it is not an object, or a field is missing, unknown or has a wrong value.
    """
    sent = request.get_json(silent=True)
    if not isinstance(sent, dict):
        raise RefusedError(400, "not_json", "Send a JSON object, with “Content-Type: application/json”.")
    return _checked(lambda: model.validate_python(sent))


def read_query(model: TypeAdapter[dict[str, Any]], names: frozenset[str]) -> dict[str, Any]:
    """Return the fields of a query string, of which only these names count; raises as `read_json`."""
    values: dict[str, Any] = {}
    for name, text in request.args.items(multi=True):
        if name in names:
            read = functools.partial(model.validate_strings, {name: text}, strict=True)
            values = _checked(read) | values
    return values


def _checked(validate: Callable[[], T]) -> T:
    try:
        return validate()
    except ValidationError as exc:
        fault = exc.errors(include_url=False, include_context=False, include_input=False)[0]
        raise _refusal(fault["type"], [str(part)[:40] for part in fault["loc"]], fault["msg"]) from exc


def _refusal(fault: str, place: list[str], message: str) -> RefusedError:
    code = _CODES.get(fault, "bad_value") if len(place) == 1 else "bad_value"
    # Pydantic's sentences begin with “Input should be …”, “List should have …” and so on.
    words = _WORDS.get(fault) or message.partition(" ")[2]
    return RefusedError(422, code, f"“{'.'.join(place)}” {words}.", place[0])
