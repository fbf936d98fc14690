"""Photographs to train a brush on: crops of them, the same for the same seed and step."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from engine.backbones import Array
from engine.errors import ImageError, PasticheError
from engine.imaging import images
from engine.imaging.sniff import is_picture
from engine.recipe.sizes import fitted_size

_KEPT_BYTES = 500_000_000
"""Photographs are decoded once and kept small, up to so many bytes of them."""
_LEAST_SHARE = 0.6
"""A crop has at least this share of a photograph's shorter side."""

_log = logging.getLogger(__name__)


class Photographs:
    """The pictures of a folder, decoded when they are first wanted."""

    def __init__(self, folder: Path, side: int, seed: int) -> None:
        """Look into a folder.

        Args:
            folder: with JPEG, PNG, WebP or AVIF pictures.
            side: the crops' height and width.
            seed: of the order and the crops.

        Raises:
            PasticheError: there is no picture in it, or no such folder.
        """
        if not folder.is_dir():
            raise PasticheError(f"There is no folder {folder} of photographs.", code="folder-missing")
        self.paths = sorted(path for path in folder.iterdir() if path.is_file() and is_picture(path))
        if not self.paths:
            raise PasticheError(
                f"There is no JPEG, PNG, WebP or AVIF picture in {folder}.", code="no-photographs"
            )
        self._side, self._seed = side, seed
        self._kept: dict[int, npt.NDArray[np.uint8]] = {}
        self._kept_bytes = 0

    def batch(self, step: int, count: int) -> Array:
        """Return (count, side, side, 3) float32 in [0, 1]: the crops of one step.

        Raises:
            PasticheError: none of the pictures can be read.
        """
        chance = np.random.default_rng((self._seed, step))
        return np.stack([self._crop(chance) for _ in range(count)])

    def _crop(self, chance: np.random.Generator) -> Array:
        photo = self._photo(int(chance.integers(len(self.paths))))
        height, width = photo.shape[:2]
        side = min(height, width) * chance.uniform(_LEAST_SHARE, 1)
        top, left = chance.uniform(0, height - side), chance.uniform(0, width - side)
        box = (left, top, left + side, top + side)
        crop = Image.fromarray(photo).resize((self._side, self._side), Image.Resampling.BILINEAR, box)
        values = np.asarray(crop, np.float32) / np.float32(255)
        return values[:, ::-1] if chance.uniform() < 0.5 else values

    def _photo(self, index: int) -> npt.NDArray[np.uint8]:
        """Return a photograph in 8 bits, its shorter side no longer than crops can use."""
        for offset in range(len(self.paths)):
            place = (index + offset) % len(self.paths)
            if place in self._kept:
                return self._kept[place]
            photo = self._decoded(self.paths[place])
            if photo is None:
                continue
            if self._kept_bytes + photo.nbytes <= _KEPT_BYTES:
                self._kept[place] = photo
                self._kept_bytes += photo.nbytes
            return photo
        raise PasticheError("None of the photographs can be read.", code="no-photographs")

    def _decoded(self, path: Path) -> npt.NDArray[np.uint8] | None:
        try:
            rgb = images.read(path).rgb
        except ImageError as exc:
            _log.warning("left out %s: %s", path.name, exc)
            return None
        shorter, wanted = min(rgb.shape[:2]), self._side / _LEAST_SHARE
        if shorter > wanted:
            sizes = [max(1, round(length * wanted / shorter)) for length in rgb.shape[:2]]
            rgb = images.resize(rgb, (sizes[0], sizes[1]))
        return (np.clip(rgb, 0, 1) * 255 + 0.5).astype(np.uint8)


def scaled_styles(style: Array, sides: Sequence[int]) -> list[Array]:
    """Return a style with its longer side at each of several lengths."""
    return [images.resize(style, fitted_size(style.shape[:2], side)) for side in sides]
