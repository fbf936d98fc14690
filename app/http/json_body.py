"""JSON that programs send, read with care."""

from __future__ import annotations

from typing import Any

from flask import request

from app.http.errors import RefusedError

Kind = type | tuple[type, ...]

_WORDS: dict[Kind, str] = {
    str: "a text",
    int: "a whole number",
    (int, float): "a number",
    list: "a list",
    dict: "an object",
}


def body(*needed: str, **kinds: Kind) -> dict[str, Any]:
    """Return the fields of a JSON object.

    Args:
        needed: the names of those that must be there.
        kinds: what each is.

    Raises:
        RefusedError: it is none, lacks a field, has one that is not among `kinds`, or one of another kind.
    """
    sent = request.get_json(silent=True)
    if not isinstance(sent, dict):
        raise RefusedError(400, "not_json", "Send a JSON object, with “Content-Type: application/json”.")
    for name, value in sent.items():
        if name not in kinds:
            known = ", ".join(kinds)
            raise RefusedError(422, "unknown_field", f"“{name[:40]}” is not one of {known}.", name[:40])
        if kinds[name] is int and isinstance(value, float) and value.is_integer():
            sent[name] = int(value)  # JSON has one kind of number
        elif not isinstance(value, kinds[name]) or isinstance(value, bool):
            raise RefusedError(422, "bad_value", f"“{name}” must be {_WORDS[kinds[name]]}.", name)
        if isinstance(value, str) and not _storable(value):
            raise RefusedError(422, "bad_value", f"“{name}” has characters that no text has.", name)
    for name in needed:
        if name not in sent:
            raise RefusedError(422, "missing", f"“{name}” is missing.", name)
    return sent


def _storable(text: str) -> bool:
    # Half a surrogate pair, or a NUL: JSON can write it, and no database takes it.
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)
