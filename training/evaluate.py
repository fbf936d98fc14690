"""Paint with the compact encoder and with VGG19, and compare both by VGG19's objective.

    python -m training.evaluate --vgg19 VGG19.h5 --encoder encoder.npz --content photo.jpg --styles a.jpg

For each style, prints VGG19's objective of the untouched photo, of the student's
painting and of VGG19's, and writes the pictures side by side.
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
"""Weight of the relative error at relu4_1; the mean of the four layers' style losses has weight 1."""

Network = Callable[[Tensor], list[Tensor]]


def objective(network: Network, content: Tensor, style: Tensor) -> Callable[[Tensor], Tensor]:
    """Return the loss of a picture: its distance from the style and, with a small weight, from the photo."""
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
        network: maps (1, 3, H, W) to the features of four layers.
        content: (1, 3, H, W) RGB in [0, 1], at the final size.
        style: (1, 3, h, w) RGB in [0, 1], of any size.
        schedule: pairs of the longer side and the maximum number of evaluations.
    """
    image = content
    for side, evaluations in schedule:
        loss = objective(network, resized(content, side), resized(style, side))
        image = functional.interpolate(
            image, resized(content, side).shape[2:], mode="bicubic", align_corners=False
        )
        image = image.clamp(0, 1).requires_grad_(True)
        optimizer = torch.optim.LBFGS(
            [image],
            max_iter=evaluations,
            max_eval=evaluations,
            history_size=10,
            line_search_fn="strong_wolfe",
        )

        def closure(
            loss: Callable[[Tensor], Tensor] = loss,
            image: Tensor = image,
            optimizer: torch.optim.LBFGS = optimizer,
        ) -> Tensor:
            optimizer.zero_grad()
            value = loss(image) + 10 * (image - image.clamp(0, 1)).square().sum()
            value.backward()
            return value

        optimizer.step(closure)
        image = image.detach().clamp(0, 1)
    return image


def resized(image: Tensor, side: int) -> Tensor:
    """Resize (1, 3, H, W) so that its longer side is `side`."""
    height, width = image.shape[2:]
    share = side / max(height, width)
    shape = round(height * share), round(width * share)
    return functional.interpolate(image, shape, mode="bilinear", antialias=True, align_corners=False)


def picture(path: Path, side: int) -> Tensor:
    """Read a picture as (1, 3, H, W) RGB in [0, 1], with its longer side `side`."""
    with Image.open(path) as opened:
        rgb = np.asarray(opened.convert("RGB"), np.float32) / 255
    return resized(torch.from_numpy(rgb.copy()).permute(2, 0, 1)[None], side)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vgg19", type=Path, required=True)
    parser.add_argument(
        "--encoder", type=Path, nargs="+", required=True, help="npz files of training.distill"
    )
    parser.add_argument("--content", type=Path, required=True)
    parser.add_argument("--styles", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, default=Path("training/runs/evaluated"))
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--evaluations", type=int, default=80, help="evaluations at each of two scales")
    parser.add_argument("--no-reference", action="store_true", help="do not paint with VGG19")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    vgg19 = VGG19(options.vgg19)
    networks: dict[str, Network] = {} if options.no_reference else {"vgg19": vgg19}
    networks |= {path.stem: read(path).requires_grad_(False) for path in options.encoder}
    content = picture(options.content, options.side)
    schedule = [(options.side // 2, options.evaluations), (options.side, options.evaluations)]
    for path in options.styles:
        style = picture(path, options.side)
        loss = objective(vgg19, content, style)
        results, tiles = [f"photo {loss(content):.3f}"], [content]
        for name, network in networks.items():
            started = time.monotonic()
            painted = paint(network, content, style, schedule)
            with torch.no_grad():
                results.append(f"{name} {loss(painted):.4f} in {time.monotonic() - started:.0f} s")
            tiles.append(painted)
        print(f"{path.stem}: {', '.join(results)}", flush=True)
        row = torch.cat(tiles, 3)[0].permute(1, 2, 0).mul(255).round().byte().numpy()
        Image.fromarray(row).save(options.out / f"{path.stem}.png")


if __name__ == "__main__":
    main()
