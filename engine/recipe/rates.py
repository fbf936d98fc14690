"""What work costs on one machine, learned from the paintings that it has finished.

Nothing is measured, read or stored here: the caller supplies the samples.
Loads no TensorFlow: the web process imports this.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeGuard

from engine.recipe import Recipe
from engine.recipe.scales import Scale

_NEWEST_SHARE = 0.5
"""The weight of the newest painting in a rate: the load on a machine changes by the minute."""
_NEWEST_SHARE_OF_STEPS = 0.3
"""The same for the share of steps made, which depends on the pictures and not on the machine."""
_RELATIVE_COSTS = {"vgg19": 1.0, "vgg16": 0.95, "compact": 0.25}
"""The cost of a step in each network relative to VGG19, for networks not measured yet."""
_USUAL_SHARES = {"30-120": 0.35, "16-40": 0.7, "10-20": 1.0, "15-50": 0.65, "8-20": 0.85, "4-8": 1.0}
"""The share of the allowed steps that is made, by `limits_key`: means over 22 paintings."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """The costs of one finished painting that was neither steered nor interrupted.

    Attributes:
        key: "backbone/precision", as they were actually used.
        megapixel_steps: the sum, over all steps, of the picture's megapixels.
        steps_s: seconds that these steps took.
        start_s: seconds for everything else, or None if that was not typical.
        share_of_steps: the share of the allowed steps that were made, weighted
            by their cost; None if the recipe fixes their number.
        shares: the same for each scale, by its `limits_key`.
        seconds: the total, from the start to the last step.
        scales: (megapixels, seconds of a typical step) for each scale.
        scale_s: seconds that each further scale took in addition to its typical
            steps, or None if there was only one scale, or that was not typical.
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
    """What work costs on a machine. `to_dict` stores the fields under their names.

    Attributes:
        step_s: seconds that a step adds for each megapixel, by "backbone/precision".
        least_step_s: seconds that a step takes however small the picture is, by
            "backbone/precision".
        seen: the sums of the fit that gives both, by "backbone/precision": see `_Fit`.
        patch_factor: how many times as long a step takes with the patch loss.
        share_of_steps: the average share of the steps allowed by a schedule that
            are made, in (0, 1]: a scale ends early once it stops improving.
        shares: the same by a scale's `limits_key`, where it is known.
        feedforward_s: seconds that a one-pass style takes for each megapixel.
        start_s: seconds of one-time work: the network, the styles, the first steps.
        scale_s: seconds of extra work at each further scale: its styles, its first step.
        base_bytes: memory of a process that is not painting.
        pixel_bytes: extra memory for each pixel of the finest scale.
        paintings: how many paintings these rates come from, by "backbone/precision".
    """

    # Measured on two cores: 8.4 with AVX2 alone, 3.6 with AVX-512, 1.2 with its bfloat16. A guess that is
    # too long is better than one that is too short; a worker's trial replaces it, then its first painting.
    step_s: Mapping[str, float] = field(default_factory=lambda: {"vgg19/float32": 8.0})
    least_step_s: Mapping[str, float] = field(default_factory=dict)
    seen: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    patch_factor: float = 2.0
    share_of_steps: float = 0.8
    shares: Mapping[str, float] = field(default_factory=lambda: dict(_USUAL_SHARES))
    feedforward_s: float = 1.5
    start_s: float = 8.0
    scale_s: float = 0.0
    base_bytes: int = 600_000_000
    pixel_bytes: int = 5_000
    paintings: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Rates:
        """Read rates from JSON values; missing or nonsensical ones take their defaults."""
        names = [item.name for item in dataclasses.fields(cls)]
        if "brush_s" in data:  # release 1.0's name
            data = {"feedforward_s": data["brush_s"], **data}
        values: dict[str, Any] = {name: data[name] for name in names if _is_positive(data.get(name))}
        for name in ("step_s", "least_step_s", "shares", "paintings"):
            if numbers := {key: n for key, n in dict(data.get(name) or {}).items() if _is_positive(n)}:
                values[name] = numbers
        fits = {
            key: tuple(sums)
            for key, sums in dict(data.get("seen") or {}).items()
            if len(sums) == len(_EMPTY_FIT)
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
        """Whether nothing has been measured on any machine yet."""
        return self.step_s == Rates().step_s and not self.paintings

    def step_seconds(self, recipe: Recipe, megapixels: float = 1.0) -> float:
        """Return the seconds of one step for a recipe, on a picture of this many megapixels.

        The precision "auto" counts as the fastest one measured for the network. If
        the network was never measured, the slowest guess from the others counts.
        """
        network = self._network_of(recipe)
        measured = {key: self.least_step_s.get(key, 0.0) + s * megapixels for key, s in self.step_s.items()}
        names = {key: key.partition("/")[::2] for key in measured}
        matching = [
            measured[key]
            for key, (name, precision) in names.items()
            if name == network and recipe.precision in ("auto", precision)
        ]
        guesses = [
            measured[key] * _RELATIVE_COSTS.get(network, 1.0) / _RELATIVE_COSTS.get(name, 1.0)
            for key, (name, _) in names.items()
        ]
        seconds = min(matching) if matching else max(guesses)
        return seconds * (self.patch_factor if recipe.patch_share else 1)

    def _network_of(self, recipe: Recipe) -> str:
        """Return the network that "auto" probably is: VGG19, unless only others have painted here."""
        if recipe.backbone != "auto":
            return recipe.backbone
        used = {key.partition("/")[0] for key in self.paintings or self.step_s}
        return "vgg19" if "vgg19" in used or not used else min(used)

    def after(self, sample: Sample) -> Rates:
        """Return the rates updated by a finished painting; a nonsensical sample changes nothing.

        The first painting with a backbone and precision replaces the rate
        instead of blending with it: the old value was a guess from another machine.
        """
        if not _is_positive(sample.megapixel_steps) or not _is_positive(sample.steps_s):
            return self
        # Drop guesses, so that no measured rate is compared with one from another machine.
        measured = {key: s for key, s in self.step_s.items() if self.paintings.get(key)}
        changes: dict[str, Any] = self._learn_steps(sample, measured) | {
            "paintings": {**self.paintings, sample.key: self.paintings.get(sample.key, 0) + 1},
        }
        if _is_positive(sample.start_s):
            changes["start_s"] = _blend(self.start_s, sample.start_s, self.start_s == Rates.start_s)
        if _is_positive(sample.scale_s):
            changes["scale_s"] = _blend(self.scale_s, sample.scale_s, not self.scale_s)
        if _is_positive(sample.share_of_steps):
            changes["share_of_steps"] = _blend(
                self.share_of_steps, min(1, sample.share_of_steps), not self.paintings
            )
        shares = dict(self.shares)
        for limits, share in sample.shares:
            known = shares.get(limits)
            if known is None or known == _USUAL_SHARES.get(limits):
                shares[limits] = share
            else:
                shares[limits] = known + _NEWEST_SHARE_OF_STEPS * (share - known)
        return dataclasses.replace(self, **changes, shares=shares)

    def after_trial(self, sample: Sample) -> Rates:
        """Return the rates after a few trial steps on a new machine; what depends on pictures stays.

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
            blended = _blend(self.step_s.get(key), rate, not self.paintings.get(key))
            return {"step_s": {**measured, key: blended}}
        fit = _Fit(*self.seen.get(key, _EMPTY_FIT)).after(sample.scales)
        least, rate = fit.line
        return {
            "step_s": {**measured, key: rate},
            "least_step_s": {**self.least_step_s, key: least},
            "seen": {**self.seen, key: tuple(fit)},
        }


class _Fit(NamedTuple):
    """A line through the durations of steps at different sizes, by least squares of the relative error.

    Holds weighted sums over x = megapixels and y = seconds; old measurements count less.
    """

    w: float
    x: float
    xx: float
    y: float
    xy: float

    def after(self, points: Sequence[tuple[float, float]]) -> _Fit:
        """Return the fit updated with the points of a painting, weighted like any new measurement."""
        weights = [_NEWEST_SHARE / (len(points) * y * y) for _, y in points]
        sums = [sum(w * value(x, y) for w, (x, y) in zip(weights, points, strict=True)) for value in _TERMS]
        return _Fit(*((1 - _NEWEST_SHARE) * old + new for old, new in zip(self, sums, strict=True)))

    @property
    def line(self) -> tuple[float, float]:
        """Return the seconds of the smallest step, and the seconds that each megapixel adds."""
        spread = self.w * self.xx - self.x * self.x
        if spread > 1e-6 * self.w * self.xx:
            rate = (self.w * self.xy - self.x * self.y) / spread
            least = (self.y - rate * self.x) / self.w
            if rate > 0 and least > 0:
                return least, rate
        return 0.0, self.xy / self.xx


_EMPTY_FIT = (0.0,) * 5
_TERMS: tuple[Callable[[float, float], float], ...] = (
    lambda _x, _y: 1.0,
    lambda x, _y: x,
    lambda x, _y: x * x,
    lambda _x, y: y,
    lambda x, y: x * y,
)


def limits_key(scale: Scale) -> str:
    """Name the step limits of a scale; `Rates.shares` is kept by this name."""
    return f"{scale.limits.min_steps}-{scale.limits.max_steps}"


def _blend(known: float | None, measured: float, first: bool) -> float:
    return measured if known is None or first else known + _NEWEST_SHARE * (measured - known)


def _is_positive(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < math.inf
