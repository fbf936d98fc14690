"""What a painting really cost, so that the next ones can be estimated."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from statistics import median
from typing import TYPE_CHECKING

from engine.recipe import Recipe
from engine.recipe.estimate import estimate
from engine.recipe.rates import Rates, Sample, limits_key
from engine.recipe.scales import plan
from jobs.processes import processors

if TYPE_CHECKING:
    from engine.backbones import Backbone


@cache
def device_name() -> str:
    """Name the device that computes here: this machine's GPU, or its processors."""
    from engine.backbones import devices  # noqa: PLC0415  (TensorFlow, in the child only)

    for name in devices.accelerator_names():
        return f"{platform.node()} {name}"
    return f"{platform.node()} {platform.machine()} x{processors()}"


@dataclass
class _ScaleSteps:
    """The steps at one scale; the first ones also build its graph."""

    megapixels: float
    times: list[float]

    @property
    def step_s(self) -> float:
        """How long a typical step took."""
        return median(self.times[1:] or self.times)

    @property
    def overhead_s(self) -> float:
        """How much longer all steps took than as many typical ones."""
        return max(0.0, sum(self.times) - len(self.times) * self.step_s)


class CostRecord:
    """Times the steps of one attempt.

    The time from the end of one step to the end of the next is the cost of the
    second, its preview and heartbeat included. A scale's first steps also
    measure the styles and build the graph: the time that they take beyond a
    typical step is the cost of the scale or, at the first scale, of the start.

    Args:
        clock: monotonic seconds.

    Attributes:
        expected_s: what the estimate said when the painting began.
        disturbed: whether it was steered, or something else was done between its steps.
        opened_network: whether its network had to be opened first, which later paintings are spared.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began_at = self._step_ended_at = clock()
        self._size: tuple[int, int] | None = None
        self._scales: list[_ScaleSteps] = []
        self.expected_s: float | None = None
        self.disturbed = False
        self.opened_network = False

    def expect(self, recipe: Recipe, size: tuple[int, int], rates: Rates) -> None:
        """Record how long a painting is expected to take, before it begins."""
        self.expected_s = estimate(recipe, size, rates).seconds

    def add_step(self, scale: tuple[int, int]) -> None:
        """Record the end of a step at a scale of (height, width)."""
        now = self._clock()
        took_s, self._step_ended_at = now - self._step_ended_at, now
        if scale != self._size:
            self._size = scale
            self._scales.append(_ScaleSteps(scale[0] * scale[1] / 1e6, []))
        self._scales[-1].times.append(took_s)

    def sample(self, recipe: Recipe, size: tuple[int, int], backbone: Backbone) -> Sample | None:
        """Return what was measured; None if the painting was disturbed or is not typical."""
        timed = [at for at in self._scales if len(at.times) > 1]
        if self.disturbed or self.expected_s is None or recipe.patch_share or not timed:
            return None
        later = [at.overhead_s for at in self._scales[1:]]
        steps = sum(at.megapixels * len(at.times) for at in self._scales)
        planned = plan(recipe, size)
        allowed = sum(scale.cost for scale in planned) / 1e6
        shares = tuple(
            (limits_key(scale), len(at.times) / scale.limits.max_steps)
            for scale, at in zip(planned, self._scales, strict=False)
        )
        precision = getattr(getattr(backbone, "dtype", None), "name", "float32")
        return Sample(
            key=f"{backbone.name}/{precision}",
            megapixel_steps=steps,
            steps_s=sum(at.step_s * len(at.times) for at in self._scales),
            seconds=self._step_ended_at - self._began_at,
            start_s=None if self.opened_network else self._scales[0].overhead_s,
            share_of_steps=steps / allowed if recipe.max_steps is None else None,
            shares=() if recipe.max_steps else shares,
            scales=tuple((at.megapixels, at.step_s) for at in timed),
            scale_s=None if self.opened_network or not later else sum(later) / len(later),
        )
