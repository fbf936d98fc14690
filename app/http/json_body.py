"""Reads and validates JSON request bodies."""

from __future__ import annotations

from typing import Any

from flask import request

from app.http.errors import RefusedError

JsonType = type | tuple[type, ...]

_WORDS: dict[JsonType, str] = {
    str: "a text",
    int: "a whole number",
    (int, float): "a number",
    list: "a list",
    dict: "an object",
}


def read_json(*needed: str, **types: JsonType) -> dict[str, Any]:
    """Return the fields of a JSON object.

    Args:
        needed: the names of the required fields.
        types: the type of each field.

    Raises:
        RefusedError: it is not an object, or a field is missing, unknown or of the wrong type.
    """
    sent = request.get_json(silent=True)
    if not isinstance(sent, dict):
        raise RefusedError(400, "not_json", "Send a JSON object, with “Content-Type: application/json”.")
    for name, value in sent.items():
        if name not in types:
            known = ", ".join(types)
            raise RefusedError(422, "unknown_field", f"“{name[:40]}” is not one of {known}.", name[:40])
        if types[name] is int and isinstance(value, float) and value.is_integer():
            sent[name] = int(value)  # JSON has only one type of number
        elif not isinstance(value, types[name]) or isinstance(value, bool):
            raise RefusedError(422, "bad_value", f"“{name}” must be {_WORDS[types[name]]}.", name)
        if isinstance(value, str) and not _storable(value):
            raise RefusedError(422, "bad_value", f"“{name}” contains characters that cannot be stored.", name)
    for name in needed:
        if name not in sent:
            raise RefusedError(422, "missing", f"“{name}” is missing.", name)
    return sent


def _storable(text: str) -> bool:
    # JSON can express half a surrogate pair and NUL, but no database accepts them.
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)
