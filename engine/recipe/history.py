"""What happened while a painting was made: with its recipe, enough to repeat it step for step.

Loads no TensorFlow: the web process and the command line read it from pictures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.errors import RecipeError
from engine.recipe import Recipe, knobs

VERSION = 1


@dataclass(frozen=True)
class RecipeChange:
    """A change of some choices while painting.

    Attributes:
        step: how many steps were made before it took effect.
        values: the new values by field.
    """

    step: int
    values: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class History:
    """The log of a painting.

    Attributes:
        initial_recipe: the recipe that the painting began with.
        changes: the changes made while painting, in order.
        resumed: the steps after which the painting continued from a checkpoint
            without the optimizer's memory.
        stopped: the step after which the painting was stopped early, or None.
    """

    initial_recipe: Recipe
    changes: tuple[RecipeChange, ...] = ()
    resumed: tuple[int, ...] = ()
    stopped: int | None = None

    @property
    def eventful(self) -> bool:
        """Whether anything happened that the final recipe does not show."""
        return bool(self.changes or self.resumed or self.stopped is not None)

    def to_dict(self) -> dict[str, Any]:
        """Return the log as JSON values, with only those choices of the first recipe that changed later."""
        changed = {name for change in self.changes for name in change.values}
        return {
            "version": VERSION,
            "begun": {
                name: value for name, value in self.initial_recipe.to_dict().items() if name in changed
            },
            "changes": [{"step": change.step, "values": dict(change.values)} for change in self.changes],
            "resumed": list(self.resumed),
            "stopped": self.stopped,
        }

    @classmethod
    def from_dict(cls, data: object, recipe: Recipe) -> History:
        """Read a log from JSON values.

        Args:
            data: what `to_dict` returned.
            recipe: the final recipe of the same picture.

        Raises:
            RecipeError: the log is damaged, has another version, or holds a value that is not allowed.
        """
        if not isinstance(data, dict) or data.get("version") != VERSION:
            raise RecipeError(
                "changes",
                f"This log of changes is damaged, or its version is not {VERSION}.",
                code="changes-version",
            )
        try:
            history = cls(
                initial_recipe=recipe.changed(**_check_steerable(data["begun"])),
                changes=tuple(_read_change(item) for item in data["changes"]),
                resumed=tuple(_check_step(step) for step in data["resumed"]),
                stopped=None if data["stopped"] is None else _check_step(data["stopped"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as exc:
            raise RecipeError("changes", "This log of changes is damaged.", code="changes-damaged") from exc
        for change in history.changes:
            recipe.changed(**change.values)
        return history

    def after(self, step: int) -> History:
        """Return what happened after a step."""
        return replace(
            self,
            changes=tuple(change for change in self.changes if change.step > step),
            resumed=tuple(resumed for resumed in self.resumed if resumed > step),
        )

    def without(self, recipe: Recipe, names: Iterable[str]) -> History:
        """Return the log for another recipe, without the changes to these choices.

        Stops and resumes are dropped: they mean nothing for a painting with other choices.
        """
        excluded = set(names)
        steerable = {name for name, knob in knobs().items() if knob.steerable} - excluded
        initial = recipe.changed(**{name: getattr(self.initial_recipe, name) for name in steerable})
        kept = [
            RecipeChange(
                change.step, {name: value for name, value in change.values.items() if name not in excluded}
            )
            for change in self.changes
        ]
        return History(initial_recipe=initial, changes=tuple(change for change in kept if change.values))


def _read_change(item: Mapping[str, Any]) -> RecipeChange:
    return RecipeChange(_check_step(item["step"]), _check_steerable(item["values"]))


def _check_steerable(values: Mapping[str, Any]) -> dict[str, Any]:
    for name in values:
        if name not in knobs() or not knobs()[name].steerable:
            raise RecipeError(
                "changes",
                f"“{name}” cannot be changed while painting.",
                code="not-steerable",
            )
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}


def _check_step(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(value)
    return value
