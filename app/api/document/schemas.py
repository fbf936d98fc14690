"""JSON Schemas for what the API takes and returns; the recipe's come from its knobs."""

from __future__ import annotations

from typing import Any

from app.http.routing import ID
from engine.recipe import MAX_STYLES, Recipe, knobs
from engine.recipe.knob import Knob
from jobs.job import Status
from jobs.store.gallery import MAX_STARS

Schema = dict[str, Any]

TEXT: Schema = {"type": "string", "pattern": r"^[^\u0000]*$"}
"""No text may contain a NUL; see `app.http.json_body` and `app.http.routing`."""
KEY: Schema = {"type": "string", "pattern": f"^{ID}$"}
_POSITIVE: Schema = {"exclusiveMinimum": 0}
"""At least one of the weights must be."""
DAY: Schema = {"type": "string", "format": "date"}
COUNT: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
_PERCENT: Schema = {"type": "number", "minimum": 0, "maximum": 100}
_STARS: Schema = {"type": "integer", "minimum": 0, "maximum": MAX_STARS}
_MASKS: Schema = {"type": "array", "items": {"type": ["string", "null"]}}


def schemas() -> Schema:
    """Return every schema by its name."""
    return _request_schemas() | _response_schemas()


def _request_schemas() -> Schema:
    fields = {name: knob_schema(knob, getattr(Recipe(), name)) for name, knob in knobs().items()}
    steerable = {name: fields[name] for name, knob in knobs().items() if knob.steerable}
    return {
        "Recipe": {"type": "object", "properties": fields, "additionalProperties": False},
        "Draft": closed_object(
            content=TEXT | {"description": "The id of an upload"},
            styles={
                "type": "array",
                "items": closed_object(id=TEXT, weight=_PERCENT, required_names=["id"]),
                "minItems": 1,
                "maxItems": MAX_STYLES,
                "contains": {"properties": {"weight": _POSITIVE}},
            },
            strength=_PERCENT,
            keep_colours=_PERCENT,
            feedforward_style=TEXT
            | {"minLength": 1, "description": "The name of a one-pass style, instead of styles"},
            required_names=["content"],
        )
        | {"anyOf": [{"required": ["styles"]}, {"required": ["feedforward_style"]}]},
        "Question": closed_object(photo=TEXT, recipe=ref("Recipe"), required_names=["photo"]),
        "Order": closed_object(
            photo=TEXT | {"description": "The id of an upload"},
            styles={
                "type": "array",
                "items": TEXT,
                "minItems": 1,
                "maxItems": MAX_STYLES,
                "description": "Ids of uploads or of library styles",
            },
            masks=_MASKS | {"description": "For each style, an upload that shows where it goes, or null"},
            content_mask=TEXT | {"description": "An upload that shows where the photo matters, and how much"},
            recipe=ref("Recipe"),
            title=TEXT,
            token=TEXT
            | {"description": "The same token gives the same painting, so an order can safely be sent again"},
            required_names=["photo"],
        )
        | {
            "anyOf": [
                {"required": ["styles"]},
                {"required": ["recipe"], "properties": {"recipe": {"required": ["feedforward_style"]}}},
            ]
        },
        "Change": closed_object(
            title=TEXT,
            rating=_STARS,
            note=TEXT,
            masks=_MASKS,
            recipe={"type": "object", "properties": steerable, "additionalProperties": False},
            required_names=[],
        ),
        "Continuation": closed_object(
            step={"type": "integer", "description": "The step of a snapshot; if left out, the result"},
            recipe=ref("Recipe"),
            token=TEXT,
            required_names=[],
        ),
    }


def _response_schemas() -> Schema:
    text, integer = nullable("string"), nullable("integer")
    return {
        "Upload": object_of(id=TEXT, role=TEXT, name=TEXT, width=COUNT, height=COUNT),
        "LibraryStyle": object_of(id=TEXT, title=TEXT, technique=TEXT, picture=TEXT),
        "Staged": {
            "allOf": [ref("Upload")],
            "type": "object",
            "properties": {"recipe": nullable("object")},
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
            place=integer,
            created_at=TEXT,
            finished_at=text,
            parent=text,
            photo=ref("Upload"),
            styles=list_of(ref("Upload")),
            recipe={"type": "object"},
            rating=_STARS,
            note=TEXT,
            width=integer,
            height=integer,
            result=text,
            preview=TEXT,
            masks=_MASKS,
            shared=text,
        ),
        "Error": object_of(error=object_of(code=TEXT, message=TEXT, field=text)),
    }


def knob_schema(knob: Knob, default: Any) -> Schema:
    """Return the JSON Schema of a recipe's field."""
    one: Schema = {
        "type": {"int": "integer", "choice": "string", "names": "string"}.get(knob.value_type, "number")
    }
    if knob.choices:
        one["enum"] = list(knob.choices)
    if knob.minimum is not None:
        one["minimum"] = knob.minimum
    if knob.maximum is not None:
        one["maximum"] = knob.maximum
    schema: Schema = one
    if knob.value_type in ("names", "floats"):
        schema = {"type": "array", "items": one, "maxItems": knob.max_length}
    if knob.value_type == "floats":
        schema["anyOf"] = [{"maxItems": 0}, {"contains": _POSITIVE}]
    if knob.optional:
        schema = {"anyOf": [one, {"type": "null"}]}
    unit = f" In {knob.unit}." if knob.unit else ""
    default = list(default) if isinstance(default, tuple) else default
    return schema | {"title": knob.label, "description": knob.help + unit, "default": default}


def nullable(type_: str) -> Schema:
    """Describe a value that may be null."""
    return {"type": [type_, "null"]}


def ref(name: str) -> Schema:
    """Refer to a schema by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def list_of(items: Schema) -> Schema:
    """Describe a list."""
    return {"type": "array", "items": items}


def closed_object(required_names: list[str] | None = None, **properties: Schema) -> Schema:
    """Describe an object that has no other properties."""
    return object_of(required_names, **properties) | {"additionalProperties": False}


def object_of(required_names: list[str] | None = None, **properties: Schema) -> Schema:
    """Describe an object; without `required_names`, every property is required."""
    required = list(properties) if required_names is None else required_names
    return {"type": "object", "properties": properties, "required": required}
