"""What a training of brushes is told."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from engine.feedforward.network import NetworkShape, Norm
from engine.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class TrainingPlan:
    """Every choice of a training.

    Attributes:
        names: of the styles, in their order, as they are called for.
        titles: of the styles, as they are shown.
        side: of the crops, in pixels; a multiple of 4.
        batch: crops a step.
        steps: how many to train for.
        minutes: how long to train for at most, all runs together; None has no bound.
        rate: Adam's.
        style_sides: the longer sides at which the styles are measured.
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
        """What the network is built like."""
        return NetworkShape(widths=self.widths, blocks=self.blocks, norm=self.norm, styles=len(self.names))

    @property
    def recipe(self) -> Recipe:
        """The recipe whose losses are learned."""
        return Recipe(strength=self.strength, smoothness=self.smoothness)

    @property
    def binding(self) -> dict[str, Any]:
        """What a run that goes on must have in common with the one before; the rest may change."""
        free = ("steps", "minutes", "rate", "titles", "side", "batch")
        values = dataclasses.asdict(self)
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in values.items()
            if name not in free
        }
