"""Pack what training needs into one small folder, to take to a machine with a GPU.

    python -m training.pack --vgg19 VGG19.h5 --photos DIR --paintings DIR --out training/runs/pack

Photographs are scaled down and VGG19 is stored in half precision: about 40 MB in
all. The folder is for training only; never commit or distribute it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.vgg19 import read

SHORT_SIDE = 288


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("vgg19", "photos", "paintings", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, NDArray[np.float16 | np.float32]] = {}
    for name, (kernel, bias) in read(options.vgg19).items():
        arrays[f"{name}/kernel"], arrays[f"{name}/bias"] = kernel.astype(np.float16), bias
    with (options.out / "vgg19.npz").open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    for folder, source, short_side, quality in (
        ("photos", options.photos, SHORT_SIDE, 85),
        ("paintings", options.paintings, 800, 88),
    ):
        target = options.out / folder
        target.mkdir(exist_ok=True)
        for path in sorted(source.glob("*.jpg")):
            with Image.open(path) as opened:
                picture = opened.convert("RGB")
            share = min(1.0, short_side / min(picture.size))
            size = round(picture.width * share), round(picture.height * share)
            picture.resize(size, Image.Resampling.LANCZOS).save(target / path.name, quality=quality)


if __name__ == "__main__":
    main()
