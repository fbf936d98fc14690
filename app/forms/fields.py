"""Form fields made from the recipe's knobs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from wtforms import Field

from app.wording import Fault
from engine.errors import RecipeError
from engine.recipe import Recipe, knobs
from engine.recipe.knob import Knob

FIRST = ("size", "strength")
"""The fields at the top of the settings, in this order."""

_HIDDEN_CHOICES = {("start", "image"), ("style_weights", ""), ("feedforward_style", "")}
"""Choices that are made elsewhere: a picture to start from, the shares next to the styles, instant styles."""


class KnobField(Field):
    """A field whose label, help text, default and bounds come from a knob of the recipe.

    Attributes:
        knob: the description that it is rendered and parsed by.
    """

    def __init__(self, knob: Knob, default: Any, **options: Any) -> None:
        super().__init__(label=knob.label, description=knob.help, default=default, **options)
        self.knob = knob

    @property
    def text(self) -> str:
        """The text in the field: what was typed, or else its value."""
        if self.raw_data:
            return ", ".join(str(item) for item in self.raw_data)
        return format_value(self.data)

    @property
    def chosen(self) -> tuple[str, ...]:
        """The ticked choices."""
        return tuple(part.strip() for part in self.text.split(",") if part.strip())

    @property
    def offered(self) -> list[str]:
        """The choices that the form offers."""
        return [choice for choice in self.knob.choices if (self.short_name, choice) not in _HIDDEN_CHOICES]

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Parse what was sent; a field that was not sent keeps its default."""
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


def format_value(value: Any) -> str:
    """Format a recipe's value for a form field or for people."""
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return ", ".join(format_value(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def knob_fields() -> dict[str, Any]:
    """Return an unbound field, by name, for every knob in the form."""
    default = Recipe()
    return {
        name: KnobField(knob, getattr(default, name))
        for name, knob in knobs().items()
        if (name, "") not in _HIDDEN_CHOICES
    }


def main_first(fields: Iterable[KnobField]) -> list[KnobField]:
    """Return the fields of the main group, starting with those in `FIRST`."""
    main = [field for field in fields if field.knob.group == "main"]
    return sorted(main, key=lambda field: FIRST.index(field.name) if field.name in FIRST else len(FIRST))
