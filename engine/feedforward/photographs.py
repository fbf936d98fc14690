"""The photographs that one-pass styles are trained on: random crops, the same for the same seed and step."""

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
"""Decoded photographs are kept in memory, at a small size, up to this many bytes."""
_MIN_CROP_SHARE = 0.6
"""The side of a crop is at least this share of a photograph's shorter side."""

_log = logging.getLogger(__name__)


class Photographs:
    """The pictures of a folder, each decoded when it is first used."""

    def __init__(self, folder: Path, side: int, seed: int) -> None:
        """List the pictures of a folder.

        Args:
            folder: with JPEG, PNG, WebP or AVIF pictures.
            side: the crops' height and width.
            seed: of the order and the crops.

        Raises:
            PasticheError: there is no picture in it, or no such folder.
        """
        if not folder.is_dir():
            raise PasticheError(f"There is no folder {folder} of photographs.", code="folder-missing")
        self.paths = sorted(path for path in folder.iterdir() if _is_readable_picture(path))
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
        rng = np.random.default_rng((self._seed, step))
        return np.stack([self._crop(rng) for _ in range(count)])

    def _crop(self, rng: np.random.Generator) -> Array:
        photo = self._photo(int(rng.integers(len(self.paths))))
        height, width = photo.shape[:2]
        side = min(height, width) * rng.uniform(_MIN_CROP_SHARE, 1)
        top, left = rng.uniform(0, height - side), rng.uniform(0, width - side)
        box = (left, top, left + side, top + side)
        crop = Image.fromarray(photo).resize((self._side, self._side), Image.Resampling.BILINEAR, box)
        values = np.asarray(crop, np.float32) / np.float32(255)
        return values[:, ::-1] if rng.uniform() < 0.5 else values

    def _photo(self, number: int) -> npt.NDArray[np.uint8]:
        """Return a photograph in 8 bits, no larger than crops can use; the next one if it cannot be read."""
        for offset in range(len(self.paths)):
            index = (number + offset) % len(self.paths)
            if index in self._kept:
                return self._kept[index]
            photo = self._decode(self.paths[index])
            if photo is None:
                continue
            if self._kept_bytes + photo.nbytes <= _KEPT_BYTES:
                self._kept[index] = photo
                self._kept_bytes += photo.nbytes
            return photo
        raise PasticheError("None of the photographs can be read.", code="no-photographs")

    def _decode(self, path: Path) -> npt.NDArray[np.uint8] | None:
        """Decode and shrink a photograph; return None if it cannot be read."""
        try:
            rgb = images.read(path).rgb
        except ImageError as exc:
            _log.warning("left out %s: %s", path.name, exc)
            return None
        shorter, limit = min(rgb.shape[:2]), self._side / _MIN_CROP_SHARE
        if shorter > limit:
            sizes = [max(1, round(length * limit / shorter)) for length in rgb.shape[:2]]
            rgb = images.resize(rgb, (sizes[0], sizes[1]))
        return (np.clip(rgb, 0, 1) * 255 + 0.5).astype(np.uint8)


def _is_readable_picture(path: Path) -> bool:
    try:
        return path.is_file() and is_picture(path)
    except OSError as exc:
        _log.warning("left out %s: %s", path.name, exc.strerror)
        return False


def scaled_styles(style: Array, sides: Sequence[int]) -> list[Array]:
    """Return a style resized to each of several longer sides."""
    return [images.resize(style, fitted_size(style.shape[:2], side)) for side in sides]
