"""Half-optimised paintings: the pictures that the student will see in use.

An optimizer drives a picture to where the student is wrong. So a few pictures are always
being painted with the present student, and are part of every batch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Generator, Tensor

from training import gatys
from training.pictures import uniform


class Pool:
    """Unfinished paintings, optimised by Adam on the student's own loss.

    Args:
        size: number of pictures.
        side: side of each picture, in pixels.
        draw: returns a new photo and a style, each (3, side, side).
        device: where the pictures are kept.
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
        """Return the state for a checkpoint."""
        return {"state": self.state, "numbers": self.numbers}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        """Restore the state of a checkpoint."""
        for name, value in saved["state"].items():
            self.state[name].copy_(value)
        self.numbers.copy_(saved["numbers"])

    def choose(self, count: int, chance: Generator) -> Tensor:
        """Draw the pictures to use next; replace those that are finished or were never started."""
        chosen = torch.randperm(len(self.numbers), generator=chance)[:count]
        for index in chosen.tolist():
            if self.numbers[index, 0] >= self.numbers[index, 1]:
                self._replace(index, chance)
        return chosen

    def images(self, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """Return the chosen pictures and their styles."""
        chosen = chosen.to(self.state["image"].device)
        return self.state["image"][chosen], self.state["style"][chosen]

    def advance(self, student: torch.nn.Module, chosen: Tensor, steps: int) -> None:
        """Optimise the chosen pictures by some steps of Adam on the student's loss."""
        indices = chosen.to(self.state["image"].device)
        image, content, style = (self.state[name][indices] for name in ("image", "content", "style"))
        numbers = self.numbers[chosen].to(image.device)
        rate, content_weight, smoothness = (numbers[:, column] for column in (2, 3, 4))
        with torch.no_grad():
            grams = [gatys.gram(x) for x in student(style)]
            kept = student(content)[-1]
        first, second = self.state["first"][indices], self.state["second"][indices]
        for step in range(steps):
            image.requires_grad_(True)
            features = student(image)
            loss = gatys.style_loss(features, grams, [0.25] * 4)
            loss = loss + content_weight * gatys.relative(features[-1], kept)
            loss = loss + smoothness * gatys.total_variation(image)
            (gradient,) = torch.autograd.grad(loss.sum(), image)
            time = (numbers[:, 0] + step + 1).view(-1, 1, 1, 1)
            first = 0.9 * first + 0.1 * gradient
            second = 0.99 * second + 0.01 * gradient.square()
            update = (first / (1 - 0.9**time)) / ((second / (1 - 0.99**time)).sqrt() + 1e-8)
            image = (image.detach() - rate.view(-1, 1, 1, 1) * update).clamp(0, 1)
        for name, value in (("image", image), ("first", first), ("second", second)):
            self.state[name][indices] = value
        self.numbers[chosen, 0] += steps

    def _replace(self, index: int, chance: Generator) -> None:
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
