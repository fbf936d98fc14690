"""Turn an uploaded file into a clean one: upright, in sRGB, no larger than needed, without metadata.

Camera metadata (location, serial number) is lost, because only the pixels are
written again. Loads numpy and Pillow only.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from PIL import Image

from engine.errors import ImageError, RecipeError
from engine.imaging.decoding import decode, eight_bit_rgb, srgb_profile, stated_dpi
from engine.imaging.metadata import find_recipe
from engine.imaging.sniff import require_readable
from engine.recipe import Recipe

_LOSSLESS_PIXELS = 1_500_000
"""Smaller pictures are stored as PNG, larger ones as JPEG of a quality that shows no artefacts."""
MAX_RATIO = 32
"""How many times as long as the shorter side the longer one may be."""
_JPEG_QUALITY = 95
_PNG_COMPRESS_LEVEL = 1
"""The zlib level: takes a fifth of the usual time, and files are a tenth larger."""


@dataclass(frozen=True)
class SanitizedImage:
    """A picture's file as it is stored.

    Attributes:
        body: the file's contents.
        suffix: ".png" or ".jpg".
        recipe: the recipe that was inside, if Pastiche painted the picture.
    """

    body: bytes
    suffix: str
    width: int
    height: int
    recipe: Recipe | None = None


def sanitize(
    data: bytes,
    *,
    max_pixels: int,
    min_side: int = 1,
    max_side: int | None = None,
    sufficient_side: int | None = None,
) -> SanitizedImage:
    """Read a picture and write its pixels into a new file.

    Args:
        data: a JPEG, PNG, WebP or AVIF file; only the first frame of an animation counts.
        max_pixels: larger pictures are refused before they are decoded.
        min_side: the fewest pixels that each side must have.
        max_side: a picture with a longer side is shrunk to it.
        sufficient_side: as in `engine.imaging.decoding.decode`.

    Raises:
        ImageError: it is not such a picture, or it is damaged, too large, too small
            or completely transparent.
    """
    image = decode(
        data,
        max_pixels=max_pixels,
        min_side=min_side,
        max_side=max_side,
        sufficient_side=sufficient_side,
        max_ratio=MAX_RATIO,
    )
    dpi = stated_dpi(image)
    colours, alpha = eight_bit_rgb(image)
    if alpha is not None:
        if alpha.getextrema()[1] == 0:
            raise ImageError(
                "This picture is completely transparent. Choose one that shows something.",
                code="picture-transparent",
            )
        # The colour under a transparent pixel is arbitrary, and would be painted.
        colours.paste((255, 255, 255), mask=alpha.point(_only_zero))
        colours.putalpha(alpha)
    body, suffix = _encode(colours, dpi)
    return SanitizedImage(body, suffix, width=colours.width, height=colours.height, recipe=_read_recipe(data))


def _read_recipe(data: bytes) -> Recipe | None:
    try:
        return find_recipe(data, require_readable(data))
    except RecipeError:
        return None  # damaged or from another version: it is a photo like any other


def _only_zero(value: int) -> int:
    return 0 if value else 255


def _encode(image: Image.Image, dpi: float | None) -> tuple[bytes, str]:
    image.info = {}
    options: dict[str, Any] = {"icc_profile": srgb_profile()}
    if dpi:
        options["dpi"] = (dpi, dpi)
    file = io.BytesIO()
    if image.mode == "RGBA" or image.width * image.height <= _LOSSLESS_PIXELS:
        image.save(file, "PNG", compress_level=_PNG_COMPRESS_LEVEL, **options)
        return file.getvalue(), ".png"
    image.save(file, "JPEG", quality=_JPEG_QUALITY, subsampling="4:4:4", **options)
    return file.getvalue(), ".jpg"
