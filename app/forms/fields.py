"""Form fields that are made from the recipe's knobs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from wtforms import Field

from app.wording import Fault
from engine.errors import RecipeError
from engine.recipe import Recipe, knobs
from engine.recipe.knob import Knob

FIRST = ("size", "strength")
"""What stands first among the choices, in this order."""

_UNOFFERED = {("start", "image"), ("style_weights", ""), ("feedforward_style", "")}
"""Choices that stand elsewhere: a picture to start from, the shares beside the styles, the brushes."""


class KnobField(Field):
    """A field whose label, help, default and bounds come from a knob of the recipe.

    Attributes:
        knob: the description it is drawn and read by.
    """

    def __init__(self, knob: Knob, default: Any, **options: Any) -> None:
        super().__init__(label=knob.label, description=knob.help, default=default, **options)
        self.knob = knob

    @property
    def text(self) -> str:
        """What stands in the field: what was typed, or its value."""
        if self.raw_data:
            return ", ".join(str(item) for item in self.raw_data)
        return written(self.data)

    @property
    def chosen(self) -> tuple[str, ...]:
        """The choices that are ticked."""
        return tuple(part.strip() for part in self.text.split(",") if part.strip())

    @property
    def offered(self) -> list[str]:
        """The choices that the form has."""
        return [choice for choice in self.knob.choices if (self.short_name, choice) not in _UNOFFERED]

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read what was sent; a field that was not sent keeps its default."""
        if not valuelist:
            return
        try:
            value = self.knob.parse(self.short_name, ",".join(valuelist))
        except RecipeError as exc:
            raise ValueError(Fault.of(exc)) from exc
        if self.knob.value_type == "choice" and value not in self.offered:
            raise ValueError(
                Fault("not-offered", f"{self.knob.label} must be one of {', '.join(self.offered)}.")
            )
        self.data = value


def written(value: Any) -> str:
    """Write a recipe's value as a form, or a person, would."""
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return ", ".join(written(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def knob_fields() -> dict[str, Any]:
    """Return an unbound field for every knob that the form shows, by name."""
    default = Recipe()
    return {
        name: KnobField(knob, getattr(default, name))
        for name, knob in knobs().items()
        if (name, "") not in _UNOFFERED
    }


def main_first(fields: Iterable[KnobField]) -> list[KnobField]:
    """Return the fields of the main group, size and strength before the others."""
    main = [field for field in fields if field.knob.group == "main"]
    return sorted(main, key=lambda field: FIRST.index(field.name) if field.name in FIRST else len(FIRST))
