"""Read, resize and encode pictures.

Inside Pastiche a picture is float32 (H, W, 3) RGB in [0, 1], in sRGB. A file that
cannot become one raises an error with a message for the person who chose it.
Loads numpy and Pillow only: the web process imports this.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image

from engine.errors import ImageError, MaskError
from engine.imaging.decoding import Floats, decode, file_bytes, float_rgb, srgb_profile, stated_dpi
from engine.imaging.metadata import exif, find_history, find_recipe, png_texts
from engine.imaging.sniff import FORMATS, require_readable
from engine.recipe import Recipe
from engine.recipe.history import History
from engine.recipe.sizes import fitted_size

__all__ = [
    "FORMATS",
    "MAX_PIXELS",
    "MIN_STYLE_SIDE",
    "Format",
    "Picture",
    "encode",
    "fit",
    "read",
    "read_history",
    "read_mask",
    "read_recipe",
    "resize",
]

Format = Literal["png", "jpeg", "webp"]

MIN_STYLE_SIDE = 64
"""The fewest pixels of each side of a style: a smaller one has nothing to learn from."""
MAX_PIXELS = 50_000_000
"""The most pixels of a picture, unless the caller allows more."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded picture.

    Attributes:
        rgb: (H, W, 3) float32 in [0, 1], sRGB; white where it is completely transparent.
        alpha: (H, W) float32 in [0, 1], or None if it is opaque.
        dpi: dots per inch as the file states them, or None.
    """

    rgb: Floats
    alpha: Floats | None = None
    dpi: float | None = None

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.rgb.shape[0], self.rgb.shape[1]


def read(
    source: bytes | Path,
    *,
    max_pixels: int = MAX_PIXELS,
    min_side: int = 16,
    max_side: int | None = None,
) -> Picture:
    """Decode a JPEG, PNG, WebP or AVIF picture, or the first frame of an animation.

    Args:
        source: the file's contents, or its path.
        max_pixels: larger pictures are refused before they are decoded.
        min_side: the fewest pixels that each side must have.
        max_side: a picture with a longer side is shrunk to it while it is decoded,
            which takes far less memory; None keeps the size.

    Raises:
        ImageError: it is not such a picture, or it is damaged, too large, too small
            or completely transparent.
    """
    data = file_bytes(source)
    image = decode(data, max_pixels=max_pixels, min_side=min_side, max_side=max_side)
    rgb, alpha = float_rgb(image)
    if alpha is not None:
        if not alpha.any():
            raise ImageError(
                "This picture is completely transparent. Choose one that shows something.",
                code="picture-transparent",
            )
        # The colour under a transparent pixel is arbitrary, and would be painted.
        rgb[alpha == 0] = 1.0
    return Picture(rgb, alpha, stated_dpi(image))


def read_mask(source: bytes | Path, *, max_pixels: int = MAX_PIXELS) -> Floats:
    """Decode a mask: white where it applies, black or transparent elsewhere.

    Returns:
        (H, W) float32 in [0, 1].

    Raises:
        ImageError: as in `read`.
        MaskError: it is black all over.
    """
    data = file_bytes(source)
    image = decode(data, max_pixels=max_pixels, min_side=1, max_side=None)
    rgb, alpha = float_rgb(image, managed=False)  # a mask holds shares, not colours
    mask = rgb @ np.asarray((0.299, 0.587, 0.114), np.float32)
    if alpha is not None:
        mask *= alpha
    if not mask.any():
        raise MaskError(
            "This mask is black all over, so it covers nothing. Paint white where it applies.",
            code="mask-empty",
        )
    return np.clip(mask, 0, 1)


def read_recipe(source: bytes | Path) -> Recipe | None:
    """Return the recipe inside a picture that Pastiche made, or None if there is none.

    Raises:
        ImageError: it is not a picture.
        RecipeError: the recipe is damaged, has another version, or is not valid.
    """
    data = file_bytes(source)
    return find_recipe(data, require_readable(data))


def read_history(source: bytes | Path) -> History | None:
    """Return the history inside a PNG that Pastiche made, or None if there is none.

    Raises:
        ImageError: it is not a picture.
        RecipeError: the history is damaged, has another version, or is not valid.
    """
    data = file_bytes(source)
    return find_history(data, require_readable(data))


def resize(image: Floats, size: tuple[int, int]) -> Floats:
    """Resize a picture or mask with an antialiasing Lanczos filter, in float32.

    Args:
        image: (H, W, C) or (H, W) float32 in [0, 1].
        size: the new (height, width).

    Returns:
        An array of the same rank, clipped to [0, 1], since Lanczos overshoots at edges.
    """
    if image.shape[:2] == tuple(size):
        return image
    if image.ndim == 2:
        plane = Image.fromarray(np.ascontiguousarray(image, np.float32))
        resized = plane.resize((size[1], size[0]), Image.Resampling.LANCZOS)
        return np.clip(np.asarray(resized, np.float32), 0, 1)
    return np.stack([resize(image[..., channel], size) for channel in range(image.shape[2])], axis=-1)


def fit(image: Floats, longer_side: int) -> Floats:
    """Resize (H, W, C) or (H, W) so that the longer side is `longer_side`."""
    return resize(image, fitted_size((image.shape[0], image.shape[1]), longer_side))


def encode(
    rgb: Floats,
    format: Format,
    *,
    alpha: Floats | None = None,
    dpi: float | None = None,
    recipe: Recipe | None = None,
    history: History | None = None,
    texts: Mapping[str, str] | None = None,
    quality: int = 92,
) -> bytes:
    """Encode a picture with an sRGB profile; the same input always gives the same bytes.

    Args:
        rgb: (H, W, 3) float32 in [0, 1].
        format: JPEG has no transparency, so it gets the picture over white.
        alpha: (H, W) float32 in [0, 1].
        dpi: dots per inch.
        recipe: stored inside the file, for `read_recipe`.
        history: stored inside a PNG if it shows more than the recipe.
        texts: more text chunks for a PNG, such as {"Title": …}.
        quality: for JPEG and WebP, up to 100.
    """
    image = _to_pillow(rgb, alpha, opaque=format == "jpeg")
    options: dict[str, Any] = {"icc_profile": srgb_profile()}
    if format == "png":
        options |= {"pnginfo": png_texts(recipe, history, texts or {})}
    else:
        options |= {"quality": quality, "exif": exif(recipe, dpi)}
    if format == "jpeg":
        options |= {"subsampling": "4:4:4", "optimize": True}
    if dpi:
        options |= {"dpi": (dpi, dpi)}
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def _to_pillow(rgb: Floats, alpha: Floats | None, *, opaque: bool) -> Image.Image:
    if alpha is not None and opaque:
        rgb, alpha = rgb * alpha[..., None] + (1 - alpha[..., None]), None
    planes = rgb if alpha is None else np.concatenate([rgb, alpha[..., None]], axis=-1)
    return Image.fromarray(np.rint(np.clip(planes, 0, 1) * 255).astype(np.uint8))
