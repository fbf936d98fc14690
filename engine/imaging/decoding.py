"""From a file's bytes to an upright picture in sRGB: the part of `engine.imaging.images` that knows Pillow.

Everything that Pillow raises or warns of over foreign files ends here, as one
`ImageError` for the person who chose the file.
"""

from __future__ import annotations

import io
import logging
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from engine.errors import ImageError
from engine.imaging.sniff import require_readable

Floats = NDArray[np.float32]

_log = logging.getLogger(__name__)
_one_at_a_time = threading.Lock()

DAMAGE = (
    *(OSError, SyntaxError, ValueError, EOFError, TypeError, LookupError, ArithmeticError),
    *(AttributeError, RuntimeError, MemoryError, struct.error, zlib.error),
)
"""What Pillow's plugins raise over damaged files."""

_ORIENTATION, _X_RESOLUTION, _RESOLUTION_UNIT = 0x0112, 0x011A, 0x0128
_CENTIMETRES = 3

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How to turn a picture upright, by EXIF's orientation."""

_PROFILE_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}


def file_bytes(source: bytes | Path) -> bytes:
    """Return a file's contents, however it was given.

    Raises:
        ImageError: it cannot be read.
    """
    try:
        return source if isinstance(source, bytes) else source.read_bytes()
    except FileNotFoundError:
        raise ImageError("There is no such file; check its name.", code="file-missing") from None
    except OSError as exc:
        reason = (exc.strerror or "unknown reason").lower()
        raise ImageError(f"This file cannot be read: {reason}.", code="file-unreadable") from exc


def decode(
    data: bytes,
    *,
    max_pixels: int,
    min_side: int,
    max_side: int | None,
    enough_side: int | None = None,
    max_ratio: float | None = None,
) -> Image.Image:
    """Decode the first frame, shrunk to `max_side` and turned upright.

    The size is checked before a pixel is decoded: a few kilobytes can claim
    to be gigabytes. A JPEG may be halved while it is decoded, as often as its
    longer side keeps `enough_side` (else `max_side`), which saves most of the time.

    Raises:
        ImageError: it is no picture, damaged, too large or too small.
    """
    name = require_readable(data)
    try:
        image = open_quietly(data, name)
        _check_size(image, max_pixels, min_side, max_ratio)
        if enough := enough_side or max_side:
            # Pillow asks each side, so the shorter one needs its share.
            width, height = (max(1, enough * side // max(image.size)) for side in image.size)
            image.draft(None, (width, height))
        image.load()
        return _upright(_shrunk(image, max_side))
    except Image.DecompressionBombError as exc:
        raise ImageError(
            f"This picture has more than the {max_pixels / 1e6:g} million pixels allowed; "
            "make it smaller and try again.",
            code="picture-too-large",
        ) from exc
    except DAMAGE as exc:
        shown = "WebP" if name == "WEBP" else name
        raise ImageError(
            f"This {shown} file is damaged or incomplete; copy or export it again and try once more.",
            code="picture-damaged",
        ) from exc


def open_quietly(data: bytes, name: str) -> Image.Image:
    """Read a picture's header with Pillow's plugin of that name, without warnings."""
    with quiet():
        return Image.open(io.BytesIO(data), formats=(name,))


@contextmanager
def quiet() -> Iterator[None]:
    """Keep Pillow from warning: what matters in a picture is refused with an error instead."""
    # Up to Python 3.13 warnings are switched for all threads at once, hence one thread at a time.
    with _one_at_a_time, warnings.catch_warnings(action="ignore"):
        yield


def colours(image: Image.Image, *, managed: bool = True) -> tuple[Floats, Floats | None]:
    """Return a decoded picture's colours and what is transparent in it.

    Args:
        image: of any mode that the readable formats have.
        managed: whether to convert from the ICC profile inside to sRGB.

    Returns:
        (H, W, 3) float32 in [0, 1], and (H, W) float32 in [0, 1] or None.
    """
    profile = image.info.get("icc_profile") if managed else None
    if image.mode.startswith("I"):
        return _deep_grey(image, profile), None
    image, alpha = split_alpha(image)
    return _unit(_to_srgb(image, profile)), None if alpha is None else _unit(alpha)


def eight_bit(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Return a decoded picture's colours as sRGB in mode RGB, and its transparency in mode L, if any.

    Never as floats: of a large picture they would take four times the room.
    """
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I"):
        return Image.fromarray(np.rint(_deep_grey(image, profile) * 255).astype(np.uint8)), None
    image, alpha = split_alpha(image)
    return _to_srgb(image, profile), alpha


def dpi_of(image: Image.Image) -> float | None:
    """Return the dots an inch that a decoded picture states, where they make sense."""
    try:
        stated = image.info.get("dpi")
        dpi = float(stated[0]) if stated else _exif_dpi(image)
    except DAMAGE:
        return None
    return round(dpi, 2) if 1 <= dpi <= 10_000 else None


@cache
def srgb_profile() -> bytes:
    """Return an ICC profile of sRGB, the same bytes every time."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    # LittleCMS writes the moment of creation there; 1 January 2024 is as good.
    profile[24:36] = struct.pack(">6H", 2024, 1, 1, 0, 0, 0)
    return bytes(profile)


def _check_size(image: Image.Image, max_pixels: int, min_side: int, max_ratio: float | None) -> None:
    width, height = image.size
    if width * height > max_pixels:
        raise ImageError(
            f"This picture has {width} × {height} pixels, more than the {max_pixels / 1e6:g} million "
            "allowed; make it smaller and try again.",
            code="picture-too-large",
        )
    if min(width, height) < min_side:
        raise ImageError(
            f"This picture has only {width} × {height} pixels; each side must have at least {min_side}.",
            code="picture-too-small",
        )
    if max_ratio and max(width, height) > max_ratio * min(width, height):
        raise ImageError(
            f"This picture has {width} × {height} pixels; its longer side may be at most {max_ratio:g} times "
            "the other. Cut it and try again.",
            code="picture-too-narrow",
        )


def _shrunk(image: Image.Image, max_side: int | None) -> Image.Image:
    if not max_side or max(image.size) <= max_side:
        return image
    info, scale = image.info, max_side / max(image.size)
    # Indexed and bilevel pixels can only be picked; they are blended as what they stand for.
    if image.mode == "P" or "transparency" in info:
        image = image.convert("RGBA")
    elif image.mode == "1":
        image = image.convert("L")
    width, height = (max(1, round(side * scale)) for side in image.size)
    image = image.resize((width, height), Image.Resampling.LANCZOS)
    image.info = {key: value for key, value in info.items() if key != "transparency"}
    return image


def _upright(image: Image.Image) -> Image.Image:
    turn = _TURNS.get(_exif(image).get(_ORIENTATION, 1))
    if turn is None:
        return image
    info = image.info
    image = image.transpose(turn)
    image.info = info
    return image


def _exif(image: Image.Image) -> Image.Exif:
    """Return what is legible of the EXIF block: an odd one is no reason to refuse a picture."""
    with quiet():
        try:
            return image.getexif()
        except DAMAGE:
            return Image.Exif()


def _exif_dpi(image: Image.Image) -> float:
    exif = _exif(image)
    inches = 2.54 if exif.get(_RESOLUTION_UNIT) == _CENTIMETRES else 1.0
    return float(exif.get(_X_RESOLUTION, 0)) * inches


def split_alpha(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Return a picture without its transparency, and that in mode L; None where it is opaque."""
    if image.mode == "P" or "transparency" in image.info:
        image = image.convert("RGBA")
    if image.mode == "1":
        image = image.convert("L")
    if "A" not in image.getbands():
        return image, None
    alpha = image.getchannel("A")
    opaque = image.getchannel("L") if image.mode == "LA" else image.convert("RGB")
    return opaque, None if alpha.getextrema()[0] == 255 else alpha


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert L, RGB or CMYK to RGB, by the profile where there is a fitting one."""
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            mode = _PROFILE_MODES.get(source.profile.xcolor_space.strip(), "")
            known = (source.profile.profile_description or "").startswith("sRGB")
            if mode == "RGB" and image.mode == "L":
                image = image.convert("RGB")
            if mode == image.mode and not known:
                target = ImageCms.createProfile("sRGB")
                converted = ImageCms.profileToProfile(
                    image,
                    source,
                    target,
                    renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
                    outputMode="RGB",
                    flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
                )
                image = converted or image
        except (ImageCms.PyCMSError, *DAMAGE) as exc:
            _log.debug("Took an unusable colour profile for sRGB: %s", exc)
    return image if image.mode == "RGB" else image.convert("RGB")


def _deep_grey(image: Image.Image, profile: bytes | None) -> Floats:
    """Return 16-bit grey as RGB, scaled and not clipped, through the profile's curve if there is one."""
    grey = np.asarray(image).astype(np.float32) / np.float32(65535)
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    curve = np.asarray(_to_srgb(ramp, profile))[0].astype(np.float32) / 255
    return np.stack([np.interp(grey, np.linspace(0, 1, 256), c) for c in curve.T], -1).astype(np.float32)


def _unit(image: Image.Image) -> Floats:
    return np.asarray(image, np.uint8).astype(np.float32) / np.float32(255)
