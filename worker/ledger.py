"""What a painting really cost, for the estimates of the next ones."""

from __future__ import annotations

import platform
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from engine.estimate import Rates, Sample, estimate
from engine.recipe import Recipe
from engine.schedule import plan
from jobs.processes import processors

if TYPE_CHECKING:
    from engine.backbones import Backbone


@cache
def device_name() -> str:
    """Name what is computed on here: this machine's GPU, or its processors."""
    import tensorflow as tf  # noqa: PLC0415  (in the child only)

    for device in tf.config.list_physical_devices("GPU"):
        name = tf.config.experimental.get_device_details(device).get("device_name", "GPU")
        return f"{platform.node()} {name}"
    return f"{platform.node()} {platform.machine()} x{processors()}"


class Ledger:
    """Times the steps of one attempt.

    Whatever stands between the ends of two steps counts as the second one's
    cost: its preview and its heartbeat too. A scale's first step also builds
    its graph, so that it counts as part of the start.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began_at = self._last_at = clock()
        self._scale: tuple[int, int] | None = None
        self._steps = 0.0
        self._timed_steps = 0.0
        self._timed_s = 0.0
        self.expected_s: float | None = None
        self.disturbed = False

    def expect(self, recipe: Recipe, size: tuple[int, int], rates: Rates) -> None:
        """Note what is expected of a painting that begins."""
        self.expected_s = estimate(recipe, size, rates).seconds

    def note(self, scale: tuple[int, int]) -> None:
        """Note the end of a step at a scale."""
        now, megapixels = self._clock(), scale[0] * scale[1] / 1e6
        self._steps += megapixels
        if scale == self._scale:
            self._timed_steps += megapixels
            self._timed_s += now - self._last_at
        self._scale, self._last_at = scale, now

    def sample(self, recipe: Recipe, size: tuple[int, int], backbone: Backbone) -> Sample | None:
        """Return what was measured; None where it was disturbed or is not typical."""
        if self.disturbed or self.expected_s is None or recipe.patch_share or not self._timed_steps:
            return None
        steps_s = self._timed_s / self._timed_steps * self._steps
        seconds = self._last_at - self._began_at
        allowed = sum(scale.cost for scale in plan(recipe, size)) / 1e6
        precision = getattr(getattr(backbone, "dtype", None), "name", "float32")
        return Sample(
            key=f"{backbone.name}/{precision}",
            megapixel_steps=self._steps,
            steps_s=steps_s,
            seconds=seconds,
            start_s=max(0.0, seconds - steps_s),
            share_of_steps=self._steps / allowed if recipe.max_steps is None else None,
        )
