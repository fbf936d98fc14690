"""Decode a file into an upright picture in sRGB, with Pillow.

Pillow's many errors and warnings about damaged files end here: they become one
`ImageError` with a message for the person who chose the file.
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
_warnings_lock = threading.Lock()

DECODING_ERRORS = (
    *(OSError, SyntaxError, ValueError, EOFError, TypeError, LookupError, ArithmeticError),
    *(AttributeError, RuntimeError, MemoryError, struct.error, zlib.error),
)
"""The errors that Pillow's plugins raise for damaged files."""

_ORIENTATION, _X_RESOLUTION, _RESOLUTION_UNIT = 0x0112, 0x011A, 0x0128
_CENTIMETRES = 3

_TRANSPOSE_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""The EXIF orientations, and how to turn each upright."""

_PROFILE_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}


def file_bytes(source: bytes | Path) -> bytes:
    """Return the contents of a file, given as bytes or as a path.

    Raises:
        ImageError: the file cannot be read.
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
    sufficient_side: int | None = None,
    max_ratio: float | None = None,
) -> Image.Image:
    """Decode the first frame, shrink it to `max_side` and turn it upright.

    The size is checked before any pixel is decoded, since a few kilobytes can claim
    to be gigabytes. A JPEG may be halved while it is decoded, as long as its longer
    side keeps `sufficient_side` (by default `max_side`), which saves most of the time.

    Raises:
        ImageError: it is not a picture, or it is damaged, too large, too small or too narrow.
    """
    format_name = require_readable(data)
    try:
        image = open_without_warnings(data, format_name)
        _check_size(image, max_pixels, min_side, max_ratio)
        if target := sufficient_side or max_side:
            # Pillow compares both sides, so scale the shorter one too.
            width, height = (max(1, target * side // max(image.size)) for side in image.size)
            image.draft(None, (width, height))
        image.load()
        return _turn_upright(_shrink(image, max_side))
    except Image.DecompressionBombError as exc:
        raise ImageError(
            f"This picture has more than the {max_pixels / 1e6:g} million pixels allowed. "
            "Make it smaller and try again.",
            code="picture-too-large",
        ) from exc
    except DECODING_ERRORS as exc:
        shown = "WebP" if format_name == "WEBP" else format_name
        raise ImageError(
            f"This {shown} file is damaged or incomplete. Copy or export it again, then try once more.",
            code="picture-damaged",
        ) from exc


def open_without_warnings(data: bytes, format_name: str) -> Image.Image:
    """Read a picture's header with Pillow's plugin for this format, without warnings."""
    with without_warnings():
        return Image.open(io.BytesIO(data), formats=(format_name,))


@contextmanager
def without_warnings() -> Iterator[None]:
    """Silence Pillow's warnings: every problem that matters raises an error instead."""
    # Up to Python 3.13 this setting applies to all threads, so only one thread may change it at a time.
    with _warnings_lock, warnings.catch_warnings(action="ignore"):
        yield


def float_rgb(image: Image.Image, *, managed: bool = True) -> tuple[Floats, Floats | None]:
    """Return the colours and the transparency of a decoded picture as floats.

    Args:
        image: a picture in any mode that the readable formats have.
        managed: whether to convert from the ICC profile inside to sRGB.

    Returns:
        (H, W, 3) float32 in [0, 1], and (H, W) float32 in [0, 1] or None.
    """
    profile = image.info.get("icc_profile") if managed else None
    if image.mode.startswith("I"):
        return _deep_grey(image, profile), None
    image, alpha = split_alpha(image)
    return _unit_floats(_to_srgb(image, profile)), None if alpha is None else _unit_floats(alpha)


def eight_bit_rgb(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Return the sRGB colours of a decoded picture in mode RGB, and its transparency in mode L, if any.

    Floats would take four times the memory.
    """
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I"):
        return Image.fromarray(np.rint(_deep_grey(image, profile) * 255).astype(np.uint8)), None
    image, alpha = split_alpha(image)
    return _to_srgb(image, profile), alpha


def stated_dpi(image: Image.Image) -> float | None:
    """Return the dots per inch that a decoded picture states, or None if they make no sense."""
    try:
        stated = image.info.get("dpi")
        dpi = float(stated[0]) if stated else _exif_dpi(image)
    except DECODING_ERRORS:
        return None
    return round(dpi, 2) if 1 <= dpi <= 10_000 else None


@cache
def srgb_profile() -> bytes:
    """Return an sRGB ICC profile, the same bytes every time."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    # LittleCMS stores the time of creation here; replace it with a fixed date.
    profile[24:36] = struct.pack(">6H", 2024, 1, 1, 0, 0, 0)
    return bytes(profile)


def _check_size(image: Image.Image, max_pixels: int, min_side: int, max_ratio: float | None) -> None:
    width, height = image.size
    if width * height > max_pixels:
        raise ImageError(
            f"This picture has {width} × {height} pixels, more than the {max_pixels / 1e6:g} million "
            "allowed. Make it smaller and try again.",
            code="picture-too-large",
        )
    if min(width, height) < min_side:
        raise ImageError(
            f"This picture has only {width} × {height} pixels; each side needs at least {min_side}.",
            code="picture-too-small",
        )
    if max_ratio and max(width, height) > max_ratio * min(width, height):
        raise ImageError(
            f"This picture has {width} × {height} pixels; its longer side may be at most {max_ratio:g} times "
            "as long as the shorter one. Crop it and try again.",
            code="picture-too-narrow",
        )


def _shrink(image: Image.Image, max_side: int | None) -> Image.Image:
    if not max_side or max(image.size) <= max_side:
        return image
    info, scale = image.info, max_side / max(image.size)
    # Indexed and bilevel pixels cannot be blended, so convert them to real colours first.
    if image.mode == "P" or "transparency" in info:
        image = image.convert("RGBA")
    elif image.mode == "1":
        image = image.convert("L")
    width, height = (max(1, round(side * scale)) for side in image.size)
    image = image.resize((width, height), Image.Resampling.LANCZOS)
    image.info = {key: value for key, value in info.items() if key != "transparency"}
    return image


def _turn_upright(image: Image.Image) -> Image.Image:
    method = _TRANSPOSE_UPRIGHT.get(_exif(image).get(_ORIENTATION, 1))
    if method is None:
        return image
    info = image.info
    image = image.transpose(method)
    image.info = info
    return image


def _exif(image: Image.Image) -> Image.Exif:
    """Return the EXIF block, or an empty one if it is damaged, which is no reason to refuse a picture."""
    with without_warnings():
        try:
            return image.getexif()
        except DECODING_ERRORS:
            return Image.Exif()


def _exif_dpi(image: Image.Image) -> float:
    exif = _exif(image)
    units_per_inch = 2.54 if exif.get(_RESOLUTION_UNIT) == _CENTIMETRES else 1.0
    return float(exif.get(_X_RESOLUTION, 0)) * units_per_inch


def split_alpha(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Split a picture into its colours and its transparency in mode L, or None if it is opaque."""
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
    """Convert L, RGB or CMYK to sRGB, using the profile if it fits."""
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            mode = _PROFILE_MODES.get(source.profile.xcolor_space.strip(), "")
            is_srgb = (source.profile.profile_description or "").startswith("sRGB")
            if mode == "RGB" and image.mode == "L":
                image = image.convert("RGB")
            if mode == image.mode and not is_srgb:
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
        except (ImageCms.PyCMSError, *DECODING_ERRORS) as exc:
            _log.debug("Ignored an unusable colour profile: %s", exc)
    return image if image.mode == "RGB" else image.convert("RGB")


def _deep_grey(image: Image.Image, profile: bytes | None) -> Floats:
    """Return 16-bit grey as float RGB, scaled instead of clipped, with the profile's curve applied."""
    grey = np.asarray(image).astype(np.float32) / np.float32(65535)
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    curve = np.asarray(_to_srgb(ramp, profile))[0].astype(np.float32) / 255
    return np.stack([np.interp(grey, np.linspace(0, 1, 256), c) for c in curve.T], -1).astype(np.float32)


def _unit_floats(image: Image.Image) -> Floats:
    return np.asarray(image, np.uint8).astype(np.float32) / np.float32(255)
