"""How long a painting takes and how much memory, from rates that the caller supplies.

Pure: nothing is measured, read or stored here. The rates of a machine come
from `python -m engine bench`, or from paintings that it has finished.
Loads no TensorFlow: the web process imports this.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from engine.images import fitted_size
from engine.recipe import Recipe
from engine.schedule import Scale, plan

_NEWEST_SHARE = 0.3
_COSTS = {"vgg19": 1.0, "compact": 0.25}
"""How a step's cost in one network is to that in another, where only one of them was measured."""
"""How much of a rate a newly measured painting makes up."""


_OPEN_S = 1.0
"""What a brush needs beside its pass: reading and writing pictures; the network is open already."""
_BRUSH_BYTES = 1_000


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What a painting that was neither steered nor interrupted showed.

    Attributes:
        key: "backbone/precision", as they were really used.
        megapixel_steps: the sum over its steps of the picture's megapixels.
        steps_s: how long these took.
        start_s: how long everything else took, or None if that was not typical.
        share_of_steps: how many of the allowed steps were made, weighted by
            their cost; None where the recipe fixes their number.
        seconds: the whole, from the start to the last step.
    """

    key: str
    megapixel_steps: float
    steps_s: float
    seconds: float
    start_s: float | None = None
    share_of_steps: float | None = None


@dataclass(frozen=True, kw_only=True)
class Rates:
    """What work costs on a machine.

    Attributes:
        step_s: seconds a step takes for each megapixel, by "backbone/precision".
        patch_factor: by how much the patch loss prolongs a step.
        share_of_steps: how many of the steps that a schedule allows are made
            on average, in (0, 1], since a scale ends when it stops paying.
        brush_s: seconds that a brush's pass takes for each megapixel.
        start_s: seconds for what is done once: network, styles, first steps.
        base_bytes: memory of a process that paints nothing.
        pixel_bytes: further memory for each pixel of the finest scale.
        paintings: how many it was measured with, by "backbone/precision".
    """

    # Measured on two cores: 8.4 with AVX2 alone, 3.6 with AVX-512. Who must guess had better say too
    # long than too short; the first painting replaces it.
    step_s: Mapping[str, float] = field(default_factory=lambda: {"vgg19/float32": 8.0})
    patch_factor: float = 2.0
    share_of_steps: float = 0.8
    brush_s: float = 1.5
    start_s: float = 8.0
    base_bytes: int = 600_000_000
    pixel_bytes: int = 5_000
    paintings: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Rates:
        """Read rates back from JSON; what is missing or makes no sense takes its default."""
        names = [item.name for item in dataclasses.fields(cls)]
        values: dict[str, Any] = {name: data[name] for name in names if _is_cost(data.get(name))}
        for name in ("step_s", "paintings"):
            if numbers := {key: n for key, n in dict(data.get(name) or {}).items() if _is_cost(n)}:
                values[name] = numbers
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """Return the rates as plain JSON values."""
        return {item.name: getattr(self, item.name) for item in dataclasses.fields(self)} | {
            "step_s": dict(self.step_s),
            "paintings": dict(self.paintings),
        }

    def step_of(self, recipe: Recipe) -> float:
        """Return the seconds that one megapixel of one step takes for a recipe.

        A precision that a recipe leaves to "auto" is taken to be the fastest
        that is known of the network; where nothing is known, the slowest is.
        """
        network = self._network_of(recipe)
        known = [(*key.split("/", 1), seconds) for key, seconds in self.step_s.items()]
        fits = [s for name, p, s in known if name == network and recipe.precision in ("auto", p)]
        guesses = [s * _COSTS.get(network, 1.0) / _COSTS.get(name, 1.0) for name, _, s in known]
        seconds = min(fits) if fits else max(guesses)
        return seconds * (self.patch_factor if recipe.patch_share else 1)

    def _network_of(self, recipe: Recipe) -> str:
        """Return what "auto" probably is: VGG19, unless only the other was ever seen to paint here."""
        if recipe.backbone != "auto":
            return recipe.backbone
        seen = {key.partition("/")[0] for key in self.paintings or self.step_s}
        return "vgg19" if "vgg19" in seen or not seen else min(seen)

    def after(self, sample: Sample) -> Rates:
        """Return the rates with what a finished painting showed blended in; nonsense changes nothing.

        The first painting of a device in some way counts whole: what was known
        before was a guess about another machine.
        """
        if not _is_cost(sample.megapixel_steps) or not _is_cost(sample.steps_s):
            return self
        first = not self.paintings.get(sample.key)
        step_s = _blend(self.step_s.get(sample.key), sample.steps_s / sample.megapixel_steps, first)
        # What is not measured here must not be taken for slower or faster than what is.
        guessed = {key: s for key, s in self.step_s.items() if self.paintings.get(key)}
        changes: dict[str, Any] = {
            "step_s": {**guessed, sample.key: step_s},
            "paintings": {**self.paintings, sample.key: self.paintings.get(sample.key, 0) + 1},
        }
        if _is_cost(sample.start_s):
            changes["start_s"] = _blend(self.start_s, sample.start_s, not self.paintings)
        if _is_cost(sample.share_of_steps):
            changes["share_of_steps"] = _blend(self.share_of_steps, min(1, sample.share_of_steps), False)
        return dataclasses.replace(self, **changes)


@dataclass(frozen=True)
class Estimate:
    """What a painting will probably take.

    Attributes:
        seconds: from the start to the last step, on a machine that does nothing else.
        peak_bytes: of the process that paints.
    """

    seconds: float
    peak_bytes: int


def estimate(recipe: Recipe, content_size: tuple[int, int], rates: Rates) -> Estimate:
    """Estimate time and memory of a painting.

    Args:
        recipe: what will be painted.
        content_size: the photo's (height, width).
        rates: what work costs on the machine that will paint.

    Raises:
        ImageError: the photo is too narrow for the recipe's size.
    """
    if recipe.brush:
        height, width = fitted_size(content_size, recipe.size)
        pixels = height * width
        return Estimate(_OPEN_S + rates.brush_s * pixels / 1e6, rates.base_bytes + _BRUSH_BYTES * pixels)
    scales = plan(recipe, content_size)
    seconds = rates.start_s + rates.step_of(recipe) * sum(_megapixel_steps(s, rates) for s in scales)
    height, width = scales[-1].size
    return Estimate(seconds, rates.base_bytes + rates.pixel_bytes * height * width)


def _megapixel_steps(scale: Scale, rates: Rates) -> float:
    height, width = scale.size
    # Where the recipe fixes the number of steps, a scale does not end before.
    share = rates.share_of_steps if scale.pace.worth > 0 else 1.0
    steps = min(scale.pace.most, max(scale.pace.least, scale.pace.most * share))
    return height * width / 1e6 * steps


def _blend(known: float | None, measured: float, first: bool) -> float:
    return measured if known is None or first else known + _NEWEST_SHARE * (measured - known)


def _is_cost(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < math.inf
