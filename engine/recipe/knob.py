"""What one field of a recipe may be: its words, its bounds, and reading it from a text."""

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
    """How one field of a recipe is shown, parsed and bounded.

    Attributes:
        value_type: what the value is; "names" and "floats" are tuples, written
            with commas in between.
        optional: whether None is allowed, and then what it stands for is in
            `help`; written as an empty text.
        minimum: the least allowed number, or None.
        maximum: the greatest allowed number, or None.
        choices: the allowed texts of a "choice" or of each of "names".
        choice_labels: what people call those choices whose label is not simply
            their text with a capital letter.
        max_length: how many entries "names" and "floats" may have.
        steerable: whether it may change while the picture is painted.
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
        """The allowed values, as words for help texts and errors."""
        if self.value_type == "choice":
            return "one of " + ", ".join(choice or "none" for choice in self.choices)
        if self.value_type == "names":
            return f"at most {self.max_length} of {self.choices[0]} … {self.choices[-1]}"
        least, most = (_written(bound) for bound in (self.minimum, self.maximum))
        span = f"{least} to {most}{f' {self.unit}' if self.unit else ''}"
        return f"up to {self.max_length} numbers, each {span}" if self.value_type == "floats" else span

    def choice_label(self, choice: str) -> str:
        """Return what people call one of the choices."""
        return self.choice_labels.get(choice, choice.capitalize())

    def parse(self, name: str, text: str) -> Any:
        """Read a value from a form field or a command line option.

        Raises:
            RecipeError: the text is not of this kind, or out of bounds.
        """
        text = text.strip()
        if not text and self.optional:
            return None
        parts = [part.strip() for part in text.split(",") if part.strip()]
        read: dict[ValueType, Callable[[], Any]] = {
            "int": lambda: int(text),
            "float": lambda: float(text),
            "choice": lambda: text,
            "names": lambda: tuple(parts),
            "floats": lambda: tuple(float(part) for part in parts),
        }
        try:
            value = read[self.value_type]()
        except ValueError:
            raise self._refusal(name, text) from None
        return self.check(name, value)

    def check(self, name: str, value: Any) -> Any:
        """Return the value, its numbers of the right type, if it is allowed.

        Raises:
            RecipeError: it is of another type or out of bounds.
        """
        if value is None and self.optional:
            return None
        if self.value_type in ("names", "floats"):
            if not isinstance(value, (list, tuple)) or len(value) > self.max_length:
                raise self._refusal(name, value)
            return tuple(self._check_one(name, item) for item in value)
        return self._check_one(name, value)

    def _check_one(self, name: str, value: Any) -> Any:
        if self.value_type in ("choice", "names"):
            if value not in self.choices:
                raise self._refusal(name, value)
            return value
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self._refusal(name, value)
        if isinstance(value, float) and not math.isfinite(value):
            raise self._refusal(name, value)
        if self.value_type == "int" and value != int(value):
            raise self._refusal(name, value)
        low, high = self.minimum, self.maximum
        if (low is not None and value < low) or (high is not None and value > high):
            raise self._refusal(name, value)
        return int(value) if self.value_type == "int" else float(value)

    def _refusal(self, name: str, value: object) -> RecipeError:
        shown = str(value)
        if not shown:
            return RecipeError(
                name, f"{self.label} is empty; it must be {self.bounds}.", code="out-of-bounds"
            )
        shown = shown if len(shown) <= 40 else shown[:39] + "…"
        return RecipeError(name, f"{self.label} must be {self.bounds}, not “{shown}”.", code="out-of-bounds")


def _written(bound: float | None) -> str:
    """Write a bound, which every number has, without an exponent, however large it is."""
    return f"{bound:.0f}" if float(bound or 0).is_integer() else f"{bound:g}"
