"""The plan of a training run of one-pass styles: what to learn, at which size and for how long."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from engine.feedforward.network import NetworkShape, Norm
from engine.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class TrainingPlan:
    """All the options of a training run.

    Attributes:
        names: of the styles, in order, as recipes and commands refer to them.
        titles: of the styles, as they are shown to users.
        side: of the crops, in pixels; a multiple of 4.
        batch: the number of crops in a step.
        steps: the number of steps.
        minutes: the longest time to train for, all runs together; None for no limit.
        rate: Adam's learning rate.
        seed: of the first weights and the crops.
        strength: of the style, in percent; see `engine.recipe.Recipe`.
        smoothness: in percent; see `engine.recipe.Recipe`.
        style_sides: the longer sides at which the styles are measured, in pixels.
        norm: see `NetworkShape`, as `widths` and `blocks`.
    """

    names: tuple[str, ...]
    titles: tuple[str, ...]
    side: int = 256
    batch: int = 4
    steps: int = 4000
    minutes: float | None = None
    rate: float = 1e-3
    seed: int = 0
    strength: float = 50.0
    smoothness: float = 20.0
    style_sides: tuple[int, ...] = (256, 384, 512)
    norm: Norm = "instance"
    widths: tuple[int, int, int] = (16, 32, 64)
    blocks: int = 5

    @property
    def shape(self) -> NetworkShape:
        """The architecture of the network."""
        return NetworkShape(widths=self.widths, blocks=self.blocks, norm=self.norm, styles=len(self.names))

    @property
    def recipe(self) -> Recipe:
        """The recipe whose losses the network learns to minimise."""
        return Recipe(strength=self.strength, smoothness=self.smoothness)

    @property
    def fixed_options(self) -> dict[str, Any]:
        """The options that must stay the same when a training is resumed; the others may change."""
        changeable = ("steps", "minutes", "rate", "titles", "side", "batch")
        values = dataclasses.asdict(self)
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in values.items()
            if name not in changeable
        }
