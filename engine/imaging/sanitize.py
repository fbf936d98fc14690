"""Makes of somebody's file a plain one: upright, in sRGB, no larger than is of use, and nothing else in it.

What a camera writes into a file (where it was taken, its serial number) does
not survive, since only pixels are written again. Loads numpy and Pillow only.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from PIL import Image

from engine.errors import ImageError, RecipeError
from engine.imaging.decoding import decode, dpi_of, eight_bit, srgb_profile
from engine.imaging.metadata import find_recipe
from engine.imaging.sniff import require_readable
from engine.recipe import Recipe

_LOSSLESS_PIXELS = 1_500_000
"""Small pictures are kept as PNG; larger ones as JPEG of a quality at which nothing shows."""
MAX_RATIO = 32
"""How many times longer than the other one side may be."""
_QUALITY = 95
_QUICK = 1
"""zlib's level: a fifth of the time of the usual one, for files that are a tenth larger."""


@dataclass(frozen=True)
class SanitizedImage:
    """A picture's file as it is kept.

    Attributes:
        body: the file.
        suffix: its ending, ".png" or ".jpg".
        recipe: what the picture was painted by, if that was here.
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
    enough_side: int | None = None,
) -> SanitizedImage:
    """Read a picture and write it plainly; one wholly transparent is refused.

    Args:
        data: a JPEG, PNG, WebP or AVIF file; of an animation the first frame counts.
        max_pixels: larger pictures are refused before they are decoded.
        min_side: the fewest pixels that each side must have.
        max_side: longer pictures are shrunk to it.
        enough_side: as in `engine.imaging.decoding.decode`.

    Raises:
        ImageError: it is no such picture, damaged, too large or too small.
    """
    image = decode(
        data,
        max_pixels=max_pixels,
        min_side=min_side,
        max_side=max_side,
        enough_side=enough_side,
        max_ratio=MAX_RATIO,
    )
    dpi = dpi_of(image)
    colours, alpha = eight_bit(image)
    if alpha is not None:
        if alpha.getextrema()[1] == 0:
            raise ImageError(
                "This picture is wholly transparent; choose one that shows something.",
                code="picture-transparent",
            )
        # What a transparent pixel hides is arbitrary, and would be painted.
        colours.paste((255, 255, 255), mask=alpha.point(_only_zero))
        colours.putalpha(alpha)
    body, suffix = _written(colours, dpi)
    return SanitizedImage(
        body, suffix, width=colours.width, height=colours.height, recipe=_recipe_inside(data)
    )


def _recipe_inside(data: bytes) -> Recipe | None:
    try:
        return find_recipe(data, require_readable(data))
    except RecipeError:
        return None  # of another version: it serves as a photo like any other


def _only_zero(value: int) -> int:
    return 0 if value else 255


def _written(image: Image.Image, dpi: float | None) -> tuple[bytes, str]:
    image.info = {}
    options: dict[str, Any] = {"icc_profile": srgb_profile()}
    if dpi:
        options["dpi"] = (dpi, dpi)
    file = io.BytesIO()
    if image.mode == "RGBA" or image.width * image.height <= _LOSSLESS_PIXELS:
        image.save(file, "PNG", compress_level=_QUICK, **options)
        return file.getvalue(), ".png"
    image.save(file, "JPEG", quality=_QUALITY, subsampling="4:4:4", **options)
    return file.getvalue(), ".jpg"
