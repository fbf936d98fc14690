"""The shapes of what the API takes and answers, in JSON Schema; the recipe's come from its knobs."""

from __future__ import annotations

from typing import Any

from app.http.routing import ID
from engine.recipe import MAX_STYLES, Recipe, knobs
from engine.recipe.knob import Knob
from jobs.job import Status
from jobs.store.labels import MOST_STARS

Schema = dict[str, Any]

TEXT: Schema = {"type": "string", "pattern": r"^[^\u0000]*$"}
"""No text has a NUL; see `app.http.json_body` and `app.http.routing`."""
KEY: Schema = {"type": "string", "pattern": f"^{ID}$"}
_SOME: Schema = {"exclusiveMinimum": 0}
"""Of weights, one at least."""
DAY: Schema = {"type": "string", "format": "date"}
COUNT: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
_PERCENT: Schema = {"type": "number", "minimum": 0, "maximum": 100}
_STARS: Schema = {"type": "integer", "minimum": 0, "maximum": MOST_STARS}
_MASKS: Schema = {"type": "array", "items": {"type": ["string", "null"]}}


def schemas() -> Schema:
    """Return every shape by its name."""
    return _sent() | _answered()


def _sent() -> Schema:
    some = {name: knob_schema(knob, getattr(Recipe(), name)) for name, knob in knobs().items()}
    steerable = {name: some[name] for name, knob in knobs().items() if knob.steerable}
    return {
        "Recipe": {"type": "object", "properties": some, "additionalProperties": False},
        "Draft": body_of(
            content=TEXT | {"description": "The id of an upload"},
            styles={
                "type": "array",
                "items": body_of(id=TEXT, weight=_PERCENT, needed=["id"]),
                "minItems": 1,
                "maxItems": MAX_STYLES,
                "contains": {"properties": {"weight": _SOME}},
            },
            strength=_PERCENT,
            keep_colours=_PERCENT,
            feedforward_style=TEXT
            | {"minLength": 1, "description": "The name of a one-pass style, in place of styles"},
            needed=["content"],
        )
        | {"anyOf": [{"required": ["styles"]}, {"required": ["feedforward_style"]}]},
        "Question": body_of(photo=TEXT, recipe=ref("Recipe"), needed=["photo"]),
        "Order": body_of(
            photo=TEXT | {"description": "The id of an upload"},
            styles={
                "type": "array",
                "items": TEXT,
                "minItems": 1,
                "maxItems": MAX_STYLES,
                "description": "Ids of uploads or of the library's styles",
            },
            masks=_MASKS | {"description": "For each style an upload that says where it goes, or null"},
            content_mask=TEXT | {"description": "An upload that says how much the photo matters where"},
            recipe=ref("Recipe"),
            title=TEXT,
            token=TEXT
            | {"description": "The same token gives the same painting, so that an order may be sent again"},
            needed=["photo"],
        )
        | {
            "anyOf": [
                {"required": ["styles"]},
                {"required": ["recipe"], "properties": {"recipe": {"required": ["feedforward_style"]}}},
            ]
        },
        "Change": body_of(
            title=TEXT,
            rating=_STARS,
            note=TEXT,
            masks=_MASKS,
            recipe={"type": "object", "properties": steerable, "additionalProperties": False},
            needed=[],
        ),
        "Continuation": body_of(
            step={"type": "integer", "description": "Of a picture on its way; left out, the result"},
            recipe=ref("Recipe"),
            token=TEXT,
            needed=[],
        ),
    }


def _answered() -> Schema:
    text, nothing = maybe("string"), maybe("integer")
    return {
        "Upload": object_of(id=TEXT, role=TEXT, name=TEXT, width=COUNT, height=COUNT),
        "LibraryStyle": object_of(id=TEXT, title=TEXT, technique=TEXT, picture=TEXT),
        "Staged": {
            "allOf": [ref("Upload")],
            "type": "object",
            "properties": {"recipe": maybe("object")},
        },
        "FeedforwardStyle": object_of(name=TEXT, title=TEXT, picture=TEXT),
        "Snapshot": object_of(step=COUNT, progress=NUMBER, width=COUNT, height=COUNT, picture=TEXT),
        "Estimate": object_of(seconds=NUMBER, peak_bytes=COUNT),
        "Painting": object_of(
            id=TEXT,
            title=TEXT,
            status={"enum": [status.value for status in Status]},
            sentence=TEXT,
            reason=text,
            percent=COUNT,
            step=COUNT,
            place=nothing,
            created_at=TEXT,
            finished_at=text,
            parent=text,
            photo=ref("Upload"),
            styles=list_of(ref("Upload")),
            recipe={"type": "object"},
            rating=_STARS,
            note=TEXT,
            width=nothing,
            height=nothing,
            result=text,
            preview=TEXT,
            masks=_MASKS,
            shared=text,
        ),
        "Error": object_of(error=object_of(code=TEXT, message=TEXT, field=text)),
    }


def knob_schema(knob: Knob, default: Any) -> Schema:
    """Describe a recipe's field in JSON Schema."""
    one: Schema = {
        "type": {"int": "integer", "choice": "string", "names": "string"}.get(knob.value_type, "number")
    }
    if knob.choices:
        one["enum"] = list(knob.choices)
    if knob.minimum is not None:
        one["minimum"] = knob.minimum
    if knob.maximum is not None:
        one["maximum"] = knob.maximum
    shown: Schema = one
    if knob.value_type in ("names", "floats"):
        shown = {"type": "array", "items": one, "maxItems": knob.max_length}
    if knob.value_type == "floats":
        shown["anyOf"] = [{"maxItems": 0}, {"contains": _SOME}]
    if knob.optional:
        shown = {"anyOf": [one, {"type": "null"}]}
    unit = f" In {knob.unit}." if knob.unit else ""
    default = list(default) if isinstance(default, tuple) else default
    return shown | {"title": knob.label, "description": knob.help + unit, "default": default}


def maybe(kind: str) -> Schema:
    """Describe what may be null."""
    return {"type": [kind, "null"]}


def ref(name: str) -> Schema:
    """Point to a shape by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def list_of(of: Schema) -> Schema:
    """Describe a list."""
    return {"type": "array", "items": of}


def body_of(needed: list[str] | None = None, **properties: Schema) -> Schema:
    """Describe an object that a program sends: it has nothing else."""
    return object_of(needed, **properties) | {"additionalProperties": False}


def object_of(needed: list[str] | None = None, **properties: Schema) -> Schema:
    """Describe an object; without `needed`, every property is."""
    required = list(properties) if needed is None else needed
    return {"type": "object", "properties": properties, "required": required}
