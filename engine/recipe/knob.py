"""The description of one field of a recipe: its label, its help, its bounds, and how to parse it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from engine.errors import RecipeError

ValueType = Literal["int", "float", "choice", "names", "floats"]
Group = Literal["main", "advanced"]


@dataclass(frozen=True, kw_only=True)
class Knob:
    """One setting of a recipe: how to show, parse and check it.

    Attributes:
        label: what users see as its name.
        help: a sentence for users on what it does.
        value_type: the type of the value; "names" is a tuple of `choices` and "floats"
            a tuple of numbers, both written with commas.
        group: "main" is always shown, "advanced" only on request.
        unit: the unit of the numbers, such as "%" or "px".
        step: the increment of its slider.
        optional: whether None is allowed, written as an empty string; `help` explains
            what None means.
        minimum: the smallest allowed number; every number needs one.
        maximum: the largest allowed number; every number needs one.
        choices: the allowed values of a "choice", or of each of the "names".
        choice_labels: labels for the choices that should not simply be capitalised.
        max_length: how many entries "names" and "floats" may have.
        steerable: whether it may change during painting.
    """

    label: str
    help: str
    value_type: ValueType
    group: Group = "advanced"
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()
    choice_labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    max_length: int = 0
    optional: bool = False
    steerable: bool = False

    @property
    def bounds(self) -> str:
        """The allowed values, in words, for help texts and errors."""
        if self.value_type == "choice":
            return "one of " + ", ".join(choice or "none" for choice in self.choices)
        if self.value_type == "names":
            return f"at most {self.max_length} of {self.choices[0]} … {self.choices[-1]}"
        low, high = (_format_bound(bound) for bound in (self.minimum, self.maximum))
        span = f"{low} to {high}{f' {self.unit}' if self.unit else ''}"
        return f"up to {self.max_length} numbers, each {span}" if self.value_type == "floats" else span

    def choice_label(self, choice: str) -> str:
        """Return the label of one of the choices."""
        return self.choice_labels.get(choice, choice.capitalize())

    def parse(self, name: str, text: str) -> Any:
        """Read a value from a form field or a command line option.

        Raises:
            RecipeError: the text cannot be read as this type, or is out of bounds.
        """
        text = text.strip()
        if not text and self.optional:
            return None
        parts = [part.strip() for part in text.split(",") if part.strip()]
        parsers: dict[ValueType, Callable[[], Any]] = {
            "int": lambda: int(text),
            "float": lambda: float(text),
            "choice": lambda: text,
            "names": lambda: tuple(parts),
            "floats": lambda: tuple(float(part) for part in parts),
        }
        try:
            value = parsers[self.value_type]()
        except ValueError:
            raise self._error(name, text) from None
        return self.check(name, value)

    def check(self, name: str, value: Any) -> Any:
        """Check a value and return it, with numbers converted to the type of this knob.

        Raises:
            RecipeError: it has the wrong type or is out of bounds.
        """
        if value is None and self.optional:
            return None
        if self.value_type in ("names", "floats"):
            if not isinstance(value, (list, tuple)) or len(value) > self.max_length:
                raise self._error(name, value)
            return tuple(self._check_one(name, item) for item in value)
        return self._check_one(name, value)

    def _check_one(self, name: str, value: Any) -> Any:
        if self.value_type in ("choice", "names"):
            if value not in self.choices:
                raise self._error(name, value)
            return value
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self._error(name, value)
        if isinstance(value, float) and not math.isfinite(value):
            raise self._error(name, value)
        if self.value_type == "int" and value != int(value):
            raise self._error(name, value)
        low, high = self.minimum, self.maximum
        if (low is not None and value < low) or (high is not None and value > high):
            raise self._error(name, value)
        return int(value) if self.value_type == "int" else float(value)

    def _error(self, name: str, value: object) -> RecipeError:
        shown = str(value)
        if not shown:
            return RecipeError(
                name, f"{self.label} is empty; it must be {self.bounds}.", code="out-of-bounds"
            )
        shown = shown if len(shown) <= 40 else shown[:39] + "…"
        return RecipeError(name, f"{self.label} must be {self.bounds}, not “{shown}”.", code="out-of-bounds")


def _format_bound(bound: float | None) -> str:
    """Write a bound without an exponent, however large it is."""
    return f"{bound:.0f}" if float(bound or 0).is_integer() else f"{bound:g}"
