"""Half-optimised paintings: what the student will be shown once it is in use.

The optimizer that moves a picture finds the places where the student is wrong,
and goes there. So a few pictures are always being painted with the present
student, and are part of every batch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Generator, Tensor

from training import gatys
from training.pictures import uniform


class Pool:
    """Pictures under way, moved by Adam on the student's own loss.

    Args:
        size: how many.
        side: of each picture.
        draw: returns a new photo and a style, each (3, side, side).
    """

    def __init__(
        self, size: int, side: int, draw: Callable[[Generator], tuple[Tensor, Tensor]], device: torch.device
    ) -> None:
        shape = (size, 3, side, side)
        self.draw = draw
        names = ("image", "content", "style", "first", "second")
        self.state = {name: torch.zeros(shape, device=device) for name in names}
        self.numbers = torch.zeros(size, 5)  # step, last step, rate, content weight, smoothness

    def state_dict(self) -> dict[str, Any]:
        """Return everything, for a checkpoint."""
        return {"state": self.state, "numbers": self.numbers}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        """Take a checkpoint's state."""
        for name, value in saved["state"].items():
            self.state[name].copy_(value)
        self.numbers.copy_(saved["numbers"])

    def choose(self, count: int, chance: Generator) -> Tensor:
        """Draw which pictures to use next; those that are done (or never begun) begin anew."""
        chosen = torch.randperm(len(self.numbers), generator=chance)[:count]
        for index in chosen.tolist():
            if self.numbers[index, 0] >= self.numbers[index, 1]:
                self._renew(index, chance)
        return chosen

    def images(self, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """Return the chosen pictures and their styles."""
        chosen = chosen.to(self.state["image"].device)
        return self.state["image"][chosen], self.state["style"][chosen]

    def advance(self, student: torch.nn.Module, chosen: Tensor, steps: int) -> None:
        """Move the chosen pictures by some steps of Adam on the student's loss."""
        there = chosen.to(self.state["image"].device)
        image, content, style = (self.state[name][there] for name in ("image", "content", "style"))
        numbers = self.numbers[chosen].to(image.device)
        rate, content_weight, smoothness = (numbers[:, column] for column in (2, 3, 4))
        with torch.no_grad():
            grams = [gatys.gram(x) for x in student(style)]
            kept = student(content)[-1]
        first, second = self.state["first"][there], self.state["second"][there]
        for step in range(steps):
            image.requires_grad_(True)
            features = student(image)
            loss = gatys.style_loss(features, grams, [0.25] * 4)
            loss = loss + content_weight * gatys.relative(features[-1], kept)
            loss = loss + smoothness * gatys.total_variation(image)
            (slope,) = torch.autograd.grad(loss.sum(), image)
            time = (numbers[:, 0] + step + 1).view(-1, 1, 1, 1)
            first = 0.9 * first + 0.1 * slope
            second = 0.99 * second + 0.01 * slope.square()
            move = (first / (1 - 0.9**time)) / ((second / (1 - 0.99**time)).sqrt() + 1e-8)
            image = (image.detach() - rate.view(-1, 1, 1, 1) * move).clamp(0, 1)
        for name, value in (("image", image), ("first", first), ("second", second)):
            self.state[name][there] = value
        self.numbers[chosen, 0] += steps

    def _renew(self, index: int, chance: Generator) -> None:
        content, style = self.draw(chance)
        start = uniform(0, 1, chance)
        noise = torch.rand(content.shape, generator=chance).to(content.device)
        share = 0.0 if start < 0.6 else 1.0 if start < 0.75 else uniform(0.1, 0.6, chance)
        self.state["image"][index] = content * (1 - share) + noise * share
        self.state["content"][index], self.state["style"][index] = content, style
        self.state["first"][index], self.state["second"][index] = 0.0, 0.0
        smoothness = 0.0 if uniform(0, 1, chance) < 0.5 else uniform(0.0, 0.5, chance)
        self.numbers[index] = torch.tensor(
            [0, uniform(20, 160, chance), uniform(0.015, 0.05, chance), uniform(0.0, 0.1, chance), smoothness]
        )
