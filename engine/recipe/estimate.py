"""How long a painting takes and how much memory it needs, from rates that the caller supplies.

Nothing is measured, read or stored here. The rates of a machine come from
`python -m engine bench`, from the steps that a worker tries while it gets
ready, or from the paintings that it has finished.
Loads no TensorFlow: the web process imports this.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.recipe import Recipe
from engine.recipe.rates import Rates, limits_key
from engine.recipe.scales import Scale, plan
from engine.recipe.sizes import MAX_TILE_BYTES, PRINT_BYTES_PER_PIXEL, fitted_size, needs_tiles

TILE_OVERHEAD = 1.25
"""How many times as long a step takes in tiles, whose halos are computed too."""
_FEEDFORWARD_START_S = 1.0
"""Seconds that a one-pass style needs to read and write pictures; its network is loaded already."""
_FEEDFORWARD_BYTES_PER_PIXEL = 1_000


@dataclass(frozen=True)
class Estimate:
    """What a painting will probably need.

    Attributes:
        seconds: from the start to the last step, on a machine that does nothing else.
        peak_bytes: the most memory of the process that paints.
    """

    seconds: float
    peak_bytes: int


def estimate(recipe: Recipe, content_size: tuple[int, int], rates: Rates) -> Estimate:
    """Estimate the time and memory of a painting.

    Args:
        recipe: what to paint.
        content_size: the photo's (height, width).
        rates: what work costs on the machine that will paint.

    Raises:
        ImageError: the photo is too narrow for the recipe's size.
    """
    if recipe.feedforward_style:
        height, width = fitted_size(content_size, recipe.size)
        pixels = height * width
        return Estimate(
            _FEEDFORWARD_START_S + rates.feedforward_s * pixels / 1e6,
            rates.base_bytes + _FEEDFORWARD_BYTES_PER_PIXEL * pixels,
        )
    scales = plan(recipe, content_size)
    seconds = rates.start_s + rates.scale_s * (len(scales) - 1)
    seconds += sum(_expected_steps(scale, rates) * _step_seconds(recipe, scale, rates) for scale in scales)
    return Estimate(seconds, rates.base_bytes + max(_scale_bytes(scale, rates) for scale in scales))


def _expected_steps(scale: Scale, rates: Rates) -> float:
    # A recipe that fixes the number of steps sets min_decrease to 0, and its scales never end early.
    limits = scale.limits
    share = rates.shares.get(limits_key(scale), rates.share_of_steps) if limits.min_decrease > 0 else 1.0
    return min(limits.max_steps, max(limits.min_steps, limits.max_steps * share))


def _step_seconds(recipe: Recipe, scale: Scale, rates: Rates) -> float:
    """Return the seconds of one step; tiles add their halos, and leave out the patch loss."""
    if needs_tiles(scale.size):
        return rates.step_seconds(recipe.changed(patch_share=0), _megapixels(scale)) * TILE_OVERHEAD
    return rates.step_seconds(recipe, _megapixels(scale))


def _scale_bytes(scale: Scale, rates: Rates) -> int:
    """Return the memory that a scale adds to what every painting takes."""
    pixels = scale.size[0] * scale.size[1]
    if needs_tiles(scale.size):
        return PRINT_BYTES_PER_PIXEL * pixels + MAX_TILE_BYTES
    return rates.pixel_bytes * pixels


def _megapixels(scale: Scale) -> float:
    return scale.size[0] * scale.size[1] / 1e6
