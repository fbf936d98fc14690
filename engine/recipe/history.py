"""How a painting came to be, beside its recipe: enough to paint it once more, step for step.

Loads no TensorFlow: it is read out of pictures by the web process and the command line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import RecipeError
from engine.recipe import Recipe, knobs

VERSION = 1


@dataclass(frozen=True)
class Change:
    """Choices that were changed while painting.

    Attributes:
        step: the number of steps that had been made before it took effect.
        values: the new values by field.
    """

    step: int
    values: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class History:
    """The log of a painting.

    Attributes:
        begun: the recipe that it was begun with.
        changes: what was steered, in order.
        resumed: the steps after which it went on from a checkpoint that did
            not hold the optimizer's memory.
        stopped: the step after which it was stopped early, or None.
    """

    begun: Recipe
    changes: tuple[Change, ...] = ()
    resumed: tuple[int, ...] = ()
    stopped: int | None = None

    @property
    def eventful(self) -> bool:
        """Whether anything happened that the final recipe alone does not tell."""
        return bool(self.changes or self.resumed or self.stopped is not None)

    def to_dict(self) -> dict[str, Any]:
        """Return the log as JSON values; of the first recipe only what was steered later."""
        steered = {name for change in self.changes for name in change.values}
        return {
            "version": VERSION,
            "begun": {name: value for name, value in self.begun.to_dict().items() if name in steered},
            "changes": [{"step": change.step, "values": dict(change.values)} for change in self.changes],
            "resumed": list(self.resumed),
            "stopped": self.stopped,
        }

    @classmethod
    def from_dict(cls, data: object, recipe: Recipe) -> History:
        """Read a log back.

        Args:
            data: what `to_dict` returned.
            recipe: the final one, of the same picture.

        Raises:
            RecipeError: it is of another version, damaged, or holds a value that is not allowed.
        """
        if not isinstance(data, dict) or data.get("version") != VERSION:
            raise RecipeError(
                "changes",
                f"This log of changes is damaged or not of version {VERSION}.",
                code="changes-version",
            )
        try:
            history = cls(
                begun=recipe.changed(**_steerable(data["begun"])),
                changes=tuple(_change(item) for item in data["changes"]),
                resumed=tuple(_step(step) for step in data["resumed"]),
                stopped=None if data["stopped"] is None else _step(data["stopped"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as exc:
            raise RecipeError("changes", "This log of changes is damaged.", code="changes-damaged") from exc
        for change in history.changes:
            recipe.changed(**change.values)
        return history

    def without(self, recipe: Recipe, names: Iterable[str]) -> History:
        """Return the log for another recipe, in which the choices of these names are never changed.

        Where it was stopped or resumed says nothing of a painting by other choices.
        """
        settled = set(names)
        steered = {name for name, knob in knobs().items() if knob.steerable} - settled
        begun = recipe.changed(**{name: getattr(self.begun, name) for name in steered})
        kept = [
            Change(change.step, {name: value for name, value in change.values.items() if name not in settled})
            for change in self.changes
        ]
        return History(begun=begun, changes=tuple(change for change in kept if change.values))


def _change(item: Mapping[str, Any]) -> Change:
    return Change(_step(item["step"]), _steerable(item["values"]))


def _steerable(values: Mapping[str, Any]) -> dict[str, Any]:
    for name in values:
        if name not in knobs() or not knobs()[name].steerable:
            raise RecipeError(
                "changes",
                f"“{name}” is not a choice that may change while painting.",
                code="not-steerable",
            )
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}


def _step(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(value)
    return value
