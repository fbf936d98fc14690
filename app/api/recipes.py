"""The JSON Schemas of recipes, which come from the knobs; `engine.recipe` checks the values."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import WithJsonSchema
from typing_extensions import TypeAliasType

from engine.recipe import Recipe as Defaults
from engine.recipe import knobs
from engine.recipe.knob import Knob

Schema = dict[str, Any]

_TYPES = {"int": "integer", "choice": "string", "names": "string"}


def _knob_schema(knob: Knob, default: Any) -> Schema:
    bounds = {"enum": list(knob.choices), "minimum": knob.minimum, "maximum": knob.maximum}
    one: Schema = {"type": _TYPES.get(knob.value_type, "number")}
    schema = one = one | {name: value for name, value in bounds.items() if value not in (None, [])}
    if knob.value_type in ("names", "floats"):
        schema = {"type": "array", "items": one, "maxItems": knob.max_length}
    if knob.value_type == "floats":
        schema["anyOf"] = [{"maxItems": 0}, {"contains": {"exclusiveMinimum": 0}}]
    if knob.optional:
        schema = {"anyOf": [one, {"type": "null"}]}
    unit = f" In {knob.unit}." if knob.unit else ""
    default = list(default) if isinstance(default, tuple) else default
    return schema | {"title": knob.label, "description": knob.help + unit, "default": default}


def _schema(*, only_steerable: bool = False) -> Schema:
    chosen = {name: knob for name, knob in knobs().items() if knob.steerable or not only_steerable}
    fields = {name: _knob_schema(knob, getattr(Defaults(), name)) for name, knob in chosen.items()}
    return {"type": "object", "properties": fields, "additionalProperties": False}


Recipe = TypeAliasType("Recipe", Annotated[dict[str, Any], WithJsonSchema(_schema())])
SteerableRecipe = Annotated[dict[str, Any], WithJsonSchema(_schema(only_steerable=True))]
