"""Distil a compact encoder from VGG19.

    python -m training.distill --vgg19 VGG19.h5 --photos DIR --paintings DIR --out training/runs/encoder

Resumes from the checkpoint in `--out`, if there is one. Runs until `--steps`, or until it
is stopped, when it finishes the step and saves. Random numbers depend on the seed and the
step only, so an interrupted run continues as if it had not been.
"""

from __future__ import annotations

import argparse
import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from training import gatys, pictures, run, start
from training.pool import Pool
from training.student import WIDTHS, Student, export, read
from training.vgg19 import VGG19

COLUMNS = [
    "rate",
    *(f"features{block}" for block in range(2, 5)),
    *(f"gram{block}" for block in range(2, 5)),
    *("gram4_pool", "slope", "slope_pool", "loss"),
]

RAW_SHARE = 0.7
"""The weight of losses in VGG19's own units, which are the units of the studio's losses."""


def arguments() -> argparse.Namespace:
    parser = run.parser(__doc__.splitlines()[0])
    parser.add_argument("--vgg19", type=Path, required=True, help="VGG19 in Keras's HDF5 layout")
    parser.add_argument(
        "--batch", type=int, nargs=3, default=(3, 2, 3), metavar=("PHOTOS", "PAINTINGS", "POOL")
    )
    parser.add_argument("--slope-every", type=int, default=2, help="steps between comparisons of gradients")
    parser.add_argument("--top", type=int, nargs="+", default=WIDTHS[-1], help="channels of the last block")
    parser.add_argument("--start-from", type=Path, help="an encoder to copy the lower blocks from")
    parser.add_argument("--pool", type=int, default=12, help="number of unfinished paintings in the pool")
    return parser.parse_args()


class Distillation:
    """The student, its teacher, and the state of the training."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.device = torch.device(options.device)
        torch.manual_seed(options.seed)
        self.teacher = VGG19(options.vgg19).to(self.device)
        self.photos = pictures.load(pictures.photographs(options.photos), 640, self.device)
        self.paintings = pictures.load(pictures.paintings(options.paintings), 1024, self.device)
        self.student = Student((*WIDTHS[:-1], tuple(options.top))).to(
            self.device, memory_format=torch.channels_last
        )
        self.optimizer = torch.optim.Adam(self.student.parameters(), options.rate, (0.9, 0.99))
        self.pool = Pool(options.pool, options.side, self._pair, self.device)
        self.step, self.seconds = 0, 0.0
        checkpoint = options.out / "checkpoint.pt"
        if checkpoint.exists():
            self._resume(torch.load(checkpoint, map_location=self.device, weights_only=True))
        else:
            before = read(options.start_from).to(self.device) if options.start_from else None
            self.means = start.initialise(self.student, self.teacher, self._initial_batches(), before)
            self.average = copy.deepcopy(self.student)

    def learn(self) -> dict[str, float]:
        """Take one step, and return its losses."""
        chance = pictures.generator(self.options.seed, self.step, 1)
        rate = run.rate_at(self.step, self.options)
        self.optimizer.param_groups[0]["lr"] = rate
        chosen = self.pool.choose(self.options.batch[2], chance)
        batch = self._batch(chosen, chance)
        loss, losses = self._loss(batch, chance)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.student.parameters(), 1.0)
        self.optimizer.step()
        run.update_average(self.average, self.student, self.step)
        self.pool.advance(self.average, chosen, steps=3)
        self.step += 1
        return {"rate": rate, **{name: float(value.detach()) for name, value in losses.items()}}

    def save(self) -> None:
        """Write the checkpoint and the network; each file appears complete or not at all."""
        saved = {
            "step": self.step,
            "seconds": self.seconds,
            "student": self.student.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "pool": self.pool.state_dict(),
            "means": self.means,
        }
        run.write_checkpoint(saved, self.options.out / "checkpoint.pt")
        notes = {"steps": self.step, "seconds": round(self.seconds), "seed": self.options.seed}
        export(self.average, self.options.out / "encoder.npz", notes)

    def _resume(self, saved: dict[str, Any]) -> None:
        self.average = copy.deepcopy(self.student)
        self.student.load_state_dict(saved["student"])
        self.average.load_state_dict(saved["average"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.pool.load_state_dict(saved["pool"])
        self.step, self.seconds, self.means = saved["step"], saved["seconds"], saved["means"]

    def _pair(self, chance: torch.Generator) -> tuple[Tensor, Tensor]:
        """Draw a photo to paint, and a style: mostly a painting, sometimes another photo."""
        side = self.options.side
        styles = self.photos if pictures.uniform(0, 1, chance) < 0.2 else self.paintings
        photo = pictures.crop(pictures.pick(self.photos, chance), side, (0.4, 1.0), chance)
        style = pictures.crop(pictures.pick(styles, chance), side, (0.2, 1.0), chance)
        return photo, pictures.jitter(style, chance)

    def _initial_batches(self) -> Iterator[Tensor]:
        for number in range(12):
            chance = pictures.generator(self.options.seed, number, 2)
            yield torch.stack([item for _ in range(4) for item in self._pair(chance)])

    def _batch(self, chosen: Tensor, chance: torch.Generator) -> Tensor:
        """Return (N, 3, side, side): photographs, paintings and pictures of the pool, in this order."""
        side, (photos, paintings, _) = self.options.side, self.options.batch
        sources = [(self.photos, (0.4, 1.2))] * photos + [(self.paintings, (0.2, 1.2))] * paintings
        new = [pictures.crop(pictures.pick(items, chance), side, scales, chance) for items, scales in sources]
        new = [pictures.jitter(image, chance) for image in new]
        batch = torch.cat([torch.stack(new), self.pool.images(chosen)[0]])
        return batch.contiguous(memory_format=torch.channels_last)

    def _loss(self, batch: Tensor, chance: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        """Compare the taps above relu1_1, which the first fit already matches exactly."""
        batch = batch.requires_grad_(True)
        wanted = [
            x / scale for x, scale in zip(self.teacher(batch)[1:], self.student.scales[1:], strict=True)
        ]
        found = self.student.upper(batch)
        # The rest of the weight is on channels divided by their mean, so that faint channels
        # count too: some users normalise VGG19 by its activations.
        normalised = pictures.uniform(0, 1, chance) > RAW_SHARE
        slopes = None
        if self.step % self.options.slope_every == 0:
            slopes = self._slopes(found, wanted, self.means if normalised else None, batch, chance)
        features, grams = [], []
        targets = [x.detach() for x in wanted]
        for got, expected, mean in zip(found, targets, self.means, strict=True):
            error, size = (got - expected).square().mean((2, 3)), expected.square().mean((2, 3))
            shares = ((RAW_SHARE, mean**0), (1 - RAW_SHARE, mean**-2))
            features.append(sum(share * (error @ w).sum() / (size @ w).sum() for share, w in shares))
            pair = gatys.gram(got), gatys.gram(expected)
            balanced = (x / _outer(mean) for x in pair)
            grams.append(RAW_SHARE * gatys.relative(*pair) + (1 - RAW_SHARE) * gatys.relative(*balanced))
        total_gram = torch.stack(grams)  # (layers, N)
        loss = torch.stack(features).sum() + 3.0 * total_gram.mean(1).sum()
        painted = self.options.batch[2]
        losses = {f"features{block}": value for block, value in enumerate(features, start=2)}
        losses |= {f"gram{block}": value for block, value in enumerate(total_gram.mean(1), start=2)}
        losses |= {"gram4_pool": total_gram[-1, -painted:].mean(), "loss": loss}
        if slopes is not None:
            loss = loss + 0.3 * slopes.log1p().mean()
            losses |= {"slope": slopes.mean(), "slope_pool": slopes[-painted:].mean()}
        return loss, losses

    def _slopes(
        self,
        found: list[Tensor],
        wanted: list[Tensor],
        means: list[Tensor] | None,
        batch: Tensor,
        chance: torch.Generator,
    ) -> Tensor:
        """Compare the gradients of the picture through the student's loss and through VGG19's.

        Each picture takes its style target from another in the batch, and a weak
        content target from a third, with random layer weights. The gradients are
        compared at three sizes: coarse gradients make the large changes to the
        picture, and errors in fine ones show as a grid.

        Returns:
            (N,) relative squared errors.
        """
        photos, paintings, painted = self.options.batch
        styles = photos + torch.randint(paintings, (len(batch),), generator=chance)
        styles[photos : photos + paintings] = (
            photos + paintings + torch.randint(painted, (paintings,), generator=chance)
        )
        contents = torch.randperm(len(batch), generator=chance)
        weights = torch.randn(len(found) + 1, generator=chance).mul(0.7).exp()
        slopes = []
        for features, is_student in ((wanted, False), (found, True)):
            grams = [gatys.gram(x) for x in features]
            if means is not None:
                grams = [x / _outer(mean) for x, mean in zip(grams, means, strict=True)]
            targets = [x[styles].detach() for x in grams]
            parts = [gatys.relative(x, target) for x, target in zip(grams, targets, strict=True)]
            loss = (weights[:-1, None].to(batch.device) * torch.stack(parts)).sum(0)
            loss = loss + 0.1 * weights[-1] * gatys.relative(features[-1], features[-1][contents].detach())
            (slope,) = torch.autograd.grad(
                loss.sum(), batch, create_graph=is_student, retain_graph=is_student
            )
            slopes.append(slope)
        errors = []
        for size in (1, 2, 4):
            expected, got = (functional.avg_pool2d(slope, size) for slope in slopes)
            errors.append(gatys.relative(got, expected.detach()))
        return torch.stack(errors).mean(0)


def _outer(mean: Tensor) -> Tensor:
    return mean[:, None] * mean


def main() -> None:
    options = arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    run.train(Distillation(options), options, COLUMNS)


if __name__ == "__main__":
    main()
