"""How long a painting takes and how much memory, from rates that the caller supplies.

Pure: nothing is measured, read or stored here. The rates of a machine come
from `python -m engine bench`, from what a worker tries while it gets ready,
or from paintings that it has finished.
Loads no TensorFlow: the web process imports this.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeGuard

from engine.recipe import Recipe
from engine.recipe.scales import Scale, plan
from engine.recipe.sizes import MOST_TILE_BYTES, PICTURE_BYTES, fitted_size, is_large

_NEWEST_SHARE = 0.5
"""How much of a rate a newly measured painting makes up: what else the machine does changes by the minute."""
_NEWEST_SHARE_OF_STEPS = 0.3
"""Likewise of how many steps are made, which depends on the pictures and not on the machine."""
_COSTS = {"vgg19": 1.0, "vgg16": 0.95, "compact": 0.25}
"""How a step's cost in one network is to that in another, where only one of them was measured."""
_SHARES = {"30-120": 0.35, "16-40": 0.7, "10-20": 1.0, "15-50": 0.65, "8-20": 0.85, "4-8": 1.0}
"""How many of the steps that a pace allows were made, by its `limits_key`: means over 22 paintings."""
HALOS = 1.25
"""How much longer a step takes in tiles."""
_OPEN_S = 1.0
"""What a brush needs beside its pass: reading and writing pictures; the network is open already."""
_FEEDFORWARD_BYTES = 1_000


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
        shares: likewise at each scale, by its `limits_key`.
        seconds: the whole, from the start to the last step.
        scales: for each, its megapixels and the seconds of a typical step.
        scale_s: how long a further scale took beside its typical steps, or
            None where there was one only, or that was not typical.
    """

    key: str
    megapixel_steps: float
    steps_s: float
    seconds: float
    start_s: float | None = None
    share_of_steps: float | None = None
    scales: tuple[tuple[float, float], ...] = ()
    shares: tuple[tuple[str, float], ...] = ()
    scale_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class Rates:
    """What work costs on a machine.

    Attributes:
        step_s: seconds a step takes for each megapixel, by "backbone/precision".
        least_step_s: seconds a step takes however small the picture is, likewise.
        seen: what both are a fit of, likewise: see `_Fit`.
        patch_factor: by how much the patch loss prolongs a step.
        share_of_steps: how many of the steps that a schedule allows are made
            on average, in (0, 1], since a scale ends when it stops paying.
        shares: likewise by a scale's `limits_key`, where that is known.
        feedforward_s: seconds that a brush's pass takes for each megapixel.
        start_s: seconds for what is done once: network, styles, first steps.
        scale_s: seconds for what is done at each further scale: its styles, its first step.
        base_bytes: memory of a process that paints nothing.
        pixel_bytes: further memory for each pixel of the finest scale.
        paintings: how many it was measured with, by "backbone/precision".
    """

    # Measured on two cores: 8.4 with AVX2 alone, 3.6 with AVX-512, 1.2 with its bfloat16. Better too long
    # than too short; what a worker tries replaces it, and then its first painting.
    step_s: Mapping[str, float] = field(default_factory=lambda: {"vgg19/float32": 8.0})
    least_step_s: Mapping[str, float] = field(default_factory=dict)
    seen: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    patch_factor: float = 2.0
    share_of_steps: float = 0.8
    shares: Mapping[str, float] = field(default_factory=lambda: dict(_SHARES))
    feedforward_s: float = 1.5
    start_s: float = 8.0
    scale_s: float = 0.0
    base_bytes: int = 600_000_000
    pixel_bytes: int = 5_000
    paintings: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Rates:
        """Read rates back from JSON; what is missing or makes no sense takes its default."""
        names = [item.name for item in dataclasses.fields(cls)]
        if "brush_s" in data:  # release 1.0's name
            data = {"feedforward_s": data["brush_s"], **data}
        values: dict[str, Any] = {name: data[name] for name in names if _is_cost(data.get(name))}
        for name in ("step_s", "least_step_s", "shares", "paintings"):
            if numbers := {key: n for key, n in dict(data.get(name) or {}).items() if _is_cost(n)}:
                values[name] = numbers
        fits = {
            key: tuple(sums)
            for key, sums in dict(data.get("seen") or {}).items()
            if len(sums) == len(_NO_FIT)
        }
        if fits:
            values["seen"] = fits
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """Return the rates as plain JSON values."""
        return {item.name: getattr(self, item.name) for item in dataclasses.fields(self)} | {
            "step_s": dict(self.step_s),
            "least_step_s": dict(self.least_step_s),
            "shares": dict(self.shares),
            "seen": {key: list(sums) for key, sums in self.seen.items()},
            "paintings": dict(self.paintings),
        }

    @property
    def are_guesses(self) -> bool:
        """Whether nothing was measured on any machine yet."""
        return self.step_s == Rates().step_s and not self.paintings

    def step_of(self, recipe: Recipe, megapixels: float = 1.0) -> float:
        """Return the seconds that one step takes for a recipe, on a picture of so many megapixels.

        A precision that a recipe leaves to "auto" is taken to be the fastest
        that is known of the network; where nothing is known, the slowest is.
        """
        network = self._network_of(recipe)
        known = {key: self.least_step_s.get(key, 0.0) + s * megapixels for key, s in self.step_s.items()}
        names = {key: key.partition("/")[::2] for key in known}
        fits = [
            known[key]
            for key, (name, precision) in names.items()
            if name == network and recipe.precision in ("auto", precision)
        ]
        guesses = [
            known[key] * _COSTS.get(network, 1.0) / _COSTS.get(name, 1.0) for key, (name, _) in names.items()
        ]
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
        # What is not measured here must not be taken for slower or faster than what is.
        measured = {key: s for key, s in self.step_s.items() if self.paintings.get(key)}
        changes: dict[str, Any] = self._learn_steps(sample, measured) | {
            "paintings": {**self.paintings, sample.key: self.paintings.get(sample.key, 0) + 1},
        }
        if _is_cost(sample.start_s):
            changes["start_s"] = _blend(self.start_s, sample.start_s, self.start_s == Rates.start_s)
        if _is_cost(sample.scale_s):
            changes["scale_s"] = _blend(self.scale_s, sample.scale_s, not self.scale_s)
        if _is_cost(sample.share_of_steps):
            changes["share_of_steps"] = _blend(
                self.share_of_steps, min(1, sample.share_of_steps), not self.paintings
            )
        shares = dict(self.shares)
        for limits, share in sample.shares:
            known = shares.get(limits)
            if known is None or known == _SHARES.get(limits):
                shares[limits] = share
            else:
                shares[limits] = known + _NEWEST_SHARE_OF_STEPS * (share - known)
        return dataclasses.replace(self, **changes, shares=shares)

    def after_trial(self, sample: Sample) -> Rates:
        """Return the rates with what a few steps on another machine showed; what depends on pictures stays.

        They count as a better guess: the first painting there replaces it.
        """
        guess = Rates()
        unmeasured = dataclasses.replace(
            self, least_step_s={}, seen={}, start_s=guess.start_s, scale_s=guess.scale_s, paintings={}
        )
        return dataclasses.replace(unmeasured.after(sample), seen={}, paintings={})

    def _learn_steps(self, sample: Sample, measured: Mapping[str, float]) -> dict[str, Any]:
        key = sample.key
        if not sample.scales:
            rate = sample.steps_s / sample.megapixel_steps
            known = _blend(self.step_s.get(key), rate, not self.paintings.get(key))
            return {"step_s": {**measured, key: known}}
        fit = _Fit(*self.seen.get(key, _NO_FIT)).after(sample.scales)
        least, rate = fit.line
        return {
            "step_s": {**measured, key: rate},
            "least_step_s": {**self.least_step_s, key: least},
            "seen": {**self.seen, key: tuple(fit)},
        }


class _Fit(NamedTuple):
    """A line through what steps took at different sizes, by least squares of the relative error.

    Weighted sums over x = megapixels and y = seconds; what was seen long ago counts less.
    """

    w: float
    x: float
    xx: float
    y: float
    xy: float

    def after(self, points: Sequence[tuple[float, float]]) -> _Fit:
        """Return the fit with a painting's points, which make up as much of it as of any rate."""
        weights = [_NEWEST_SHARE / (len(points) * y * y) for _, y in points]
        sums = [sum(w * value(x, y) for w, (x, y) in zip(weights, points, strict=True)) for value in _POWERS]
        return _Fit(*((1 - _NEWEST_SHARE) * old + new for old, new in zip(self, sums, strict=True)))

    @property
    def line(self) -> tuple[float, float]:
        """Return what the smallest step takes, and what each megapixel adds."""
        spread = self.w * self.xx - self.x * self.x
        if spread > 1e-6 * self.w * self.xx:
            rate = (self.w * self.xy - self.x * self.y) / spread
            least = (self.y - rate * self.x) / self.w
            if rate > 0 and least > 0:
                return least, rate
        return 0.0, self.xy / self.xx


_NO_FIT = (0.0,) * 5
_POWERS: tuple[Callable[[float, float], float], ...] = (
    lambda _x, _y: 1.0,
    lambda x, _y: x,
    lambda x, _y: x * x,
    lambda _x, y: y,
    lambda x, y: x * y,
)


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
    if recipe.feedforward_style:
        height, width = fitted_size(content_size, recipe.size)
        pixels = height * width
        return Estimate(
            _OPEN_S + rates.feedforward_s * pixels / 1e6, rates.base_bytes + _FEEDFORWARD_BYTES * pixels
        )
    scales = plan(recipe, content_size)
    seconds = rates.start_s + rates.scale_s * (len(scales) - 1)
    seconds += sum(_steps(scale, rates) * _step_s(recipe, scale, rates) for scale in scales)
    return Estimate(seconds, rates.base_bytes + max(_bytes(scale, rates) for scale in scales))


def _step_s(recipe: Recipe, scale: Scale, rates: Rates) -> float:
    """Return what a step takes; in tiles, halos are computed too, and no patches are compared."""
    if is_large(scale.size):
        return rates.step_of(recipe.changed(patch_share=0), _megapixels(scale)) * HALOS
    return rates.step_of(recipe, _megapixels(scale))


def _bytes(scale: Scale, rates: Rates) -> int:
    """Return the memory of a scale, beside what every painting takes."""
    pixels = scale.size[0] * scale.size[1]
    if is_large(scale.size):
        return PICTURE_BYTES * pixels + MOST_TILE_BYTES
    return rates.pixel_bytes * pixels


def limits_key(scale: Scale) -> str:
    """Name the pace of a scale, by which it is known how many of its steps are made."""
    return f"{scale.limits.least}-{scale.limits.most}"


def _megapixels(scale: Scale) -> float:
    return scale.size[0] * scale.size[1] / 1e6


def _steps(scale: Scale, rates: Rates) -> float:
    # Where the recipe fixes the number of steps, a scale does not end before.
    share = rates.shares.get(limits_key(scale), rates.share_of_steps) if scale.limits.worth > 0 else 1.0
    return min(scale.limits.most, max(scale.limits.least, scale.limits.most * share))


def _blend(known: float | None, measured: float, first: bool) -> float:
    return measured if known is None or first else known + _NEWEST_SHARE * (measured - known)


def _is_cost(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < math.inf
