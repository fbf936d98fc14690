"""Paint with the compact encoder and with VGG19, and let VGG19 judge both.

    python -m training.evaluate --vgg19 VGG19.h5 --encoder encoder.npz --content photo.jpg --styles a.jpg

Prints, for each style, VGG19's own objective of the photo as it is, of the
student's painting and of VGG19's, and writes the pictures side by side.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from training import gatys
from training.student import read
from training.vgg19 import VGG19

CONTENT_WEIGHT = 1 / 30
"""Of the relative error at relu4_1, beside the mean of the four layers' style losses."""

Network = Callable[[Tensor], list[Tensor]]


def objective(network: Network, content: Tensor, style: Tensor) -> Callable[[Tensor], Tensor]:
    """Return the loss of a picture: how far it is from the style, and a little from the photo."""
    with torch.no_grad():
        targets = [gatys.gram(x) for x in network(style)]
        kept = network(content)[-1]

    def loss(image: Tensor) -> Tensor:
        features = network(image)
        style_part = gatys.style_loss(features, targets, [0.25] * 4)
        return (style_part + CONTENT_WEIGHT * gatys.relative(features[-1], kept)).sum()

    return loss


def paint(network: Network, content: Tensor, style: Tensor, schedule: list[tuple[int, int]]) -> Tensor:
    """Paint from the photo by L-BFGS, coarse to fine.

    Args:
        network: (1, 3, H, W) to the four layers' features.
        content: (1, 3, H, W) RGB in [0, 1], at the final size.
        style: likewise, of any shape.
        schedule: pairs of the longer side and the most evaluations.
    """
    image = content
    for side, evaluations in schedule:
        loss = objective(network, sized(content, side), sized(style, side))
        image = functional.interpolate(
            image, sized(content, side).shape[2:], mode="bicubic", align_corners=False
        )
        image = image.clamp(0, 1).requires_grad_(True)
        optimizer = torch.optim.LBFGS(
            [image],
            max_iter=evaluations,
            max_eval=evaluations,
            history_size=10,
            line_search_fn="strong_wolfe",
        )

        def closure(loss=loss, image=image, optimizer=optimizer) -> Tensor:
            optimizer.zero_grad()
            value = loss(image) + 10 * (image - image.clamp(0, 1)).square().sum()
            value.backward()
            return value

        optimizer.step(closure)
        image = image.detach().clamp(0, 1)
    return image


def sized(image: Tensor, side: int) -> Tensor:
    """Resize (1, 3, H, W) so that its longer side is `side`."""
    height, width = image.shape[2:]
    share = side / max(height, width)
    shape = round(height * share), round(width * share)
    return functional.interpolate(image, shape, mode="bilinear", antialias=True, align_corners=False)


def picture(path: Path, side: int) -> Tensor:
    """Read (1, 3, H, W) RGB in [0, 1], its longer side `side`."""
    with Image.open(path) as opened:
        rgb = np.asarray(opened.convert("RGB"), np.float32) / 255
    return sized(torch.from_numpy(rgb.copy()).permute(2, 0, 1)[None], side)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vgg19", type=Path, required=True)
    parser.add_argument(
        "--encoder", type=Path, nargs="+", required=True, help="npz files of training.distill"
    )
    parser.add_argument("--content", type=Path, required=True)
    parser.add_argument("--styles", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, default=Path("training/runs/judged"))
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--evaluations", type=int, default=80, help="at each of two scales")
    parser.add_argument("--no-reference", action="store_true", help="do not paint with VGG19")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    judge = VGG19(options.vgg19)
    painters: dict[str, Network] = {} if options.no_reference else {"vgg19": judge}
    painters |= {path.stem: read(path).requires_grad_(False) for path in options.encoder}
    content = picture(options.content, options.side)
    schedule = [(options.side // 2, options.evaluations), (options.side, options.evaluations)]
    for path in options.styles:
        style = picture(path, options.side)
        verdict = objective(judge, content, style)
        told, sheet = [f"photo {verdict(content):.3f}"], [content]
        for name, network in painters.items():
            begun = time.monotonic()
            painted = paint(network, content, style, schedule)
            with torch.no_grad():
                told.append(f"{name} {verdict(painted):.4f} in {time.monotonic() - begun:.0f} s")
            sheet.append(painted)
        print(f"{path.stem}: {', '.join(told)}", flush=True)
        row = torch.cat(sheet, 3)[0].permute(1, 2, 0).mul(255).round().byte().numpy()
        Image.fromarray(row).save(options.out / f"{path.stem}.png")


if __name__ == "__main__":
    main()
