"""Draw the style library: twelve original pictures, and a scene to try them on.

    python -m training.styles --out static/styles [ID …]

The same seed gives the same bytes, with the same versions of NumPy and Pillow.
"""

from __future__ import annotations

import argparse
import io
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.atelier import (
    collage,
    fluid,
    glass,
    gold,
    hatching,
    ink,
    linocut,
    mosaic,
    neon,
    oil,
    points,
    woodcut,
)
from training.atelier import scene as scenes
from training.atelier.canvas import Picture, Sheet

LARGEST_FILE = 250_000


@dataclass(frozen=True)
class Work:
    """A picture of the library: its title, and how to draw it."""

    title: str
    technique: str
    size: tuple[int, int]
    draw: Callable[[Sheet], Picture]


STYLES = {
    "evening-wind": Work("Evening Wind", "oil on canvas", (1024, 768), oil.evening_wind),
    "long-swell": Work("The Long Swell", "woodcut", (1024, 768), woodcut.long_swell),
    "vineyard-window": Work("Vineyard Window", "stained glass", (768, 1024), glass.vineyard_window),
    "golden-orchard": Work("The Golden Orchard", "gold leaf", (1024, 768), gold.golden_orchard),
    "summer-points": Work("Summer, in Points", "pointillism", (1024, 768), points.summer_points),
    "mountains-after-rain": Work(
        "Mountains after Rain", "ink on paper", (1024, 768), ink.mountains_after_rain
    ),
    "two-carp": Work("Two Carp", "mosaic", (900, 900), mosaic.koi_floor),
    "night-garden": Work("Night Garden", "linocut", (768, 1024), linocut.night_garden),
    "marbled-endpaper": Work("Marbled Endpaper", "marbling", (1024, 768), fluid.marbled_endpaper),
    "cut-garden": Work("Cut-Paper Garden", "paper collage", (1024, 768), collage.cut_garden),
    "old-harbour": Work("Old Harbour", "pen and ink", (1024, 768), hatching.old_harbour),
    "neon-coast": Work("Neon Coast", "neon", (1024, 768), neon.neon_coast),
}
SCENE = {"quiet-harbour": Work("Quiet Harbour", "a scene to paint", (1024, 768), scenes.quiet_harbour)}


def draw(name: str, seed: int = 1, scale: float = 1.0) -> NDArray[np.uint8]:
    """Draw one picture.

    Args:
        name: a key of `STYLES` or `SCENE`.
        seed: seed of the random generator.
        scale: 1 draws the picture of the library; less draws a smaller one.

    Returns:
        (H, W, 3) RGB.
    """
    work = (STYLES | SCENE)[name]
    width, height = (round(side * scale) for side in work.size)
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    picture = work.draw(Sheet(width, height, rng))
    return np.round(np.clip(picture, 0, 1) * 255).astype(np.uint8)


def encode(picture: NDArray[np.uint8]) -> bytes:
    """Encode the picture as WebP, at the best quality that keeps the file small."""
    for quality in (92, 88, 84, 80, 75, 70, 65, 60, 50):
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "WEBP", quality=quality, method=6)
        if file.tell() <= LARGEST_FILE:
            break
    return file.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("static/styles"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("names", nargs="*", help="pictures to draw (default: all)")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for name in options.names or [*STYLES, *SCENE]:
        data = encode(draw(name, options.seed))
        (options.out / f"{name}.webp").write_bytes(data)
        print(f"{name}: {len(data) // 1000} kB", flush=True)
    description = {
        part: [
            {
                "id": name,
                "title": work.title,
                "technique": work.technique,
                "width": work.size[0],
                "height": work.size[1],
            }
            for name, work in works.items()
        ]
        for part, works in (("styles", STYLES), ("scenes", SCENE))
    }
    text = json.dumps(description, indent=2, ensure_ascii=False) + "\n"
    (options.out / "styles.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
