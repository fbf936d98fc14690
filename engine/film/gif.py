"""Animated GIF of a painting: one palette for all of it, and nothing sent twice.

A painting settles: later frames differ little from the ones before. So a pixel
that moved less than one would notice is left as it was, by a transparent one
in the next frame, which is what keeps a GIF of paint small. Dithering uses a
fixed pattern, because errors that are passed on from pixel to pixel flicker
from frame to frame and compress badly.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

Bytes = npt.NDArray[np.uint8]

_SAMPLES = 6
"""How many frames the palette is chosen from."""
_UNMOVED = 255
"""The palette's last number stands for "as before"."""
_PATTERN = (
    np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], np.float32) + 0.5
) / 16 - 0.5
"""Bayer's 4x4 thresholds."""
_FOR_EVER = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
_END = b"\x3b"


@dataclass(frozen=True)
class _Way:
    """How thriftily to encode.

    Attributes:
        colours: how many, at most 255.
        dither: the width of the dither's pattern, of 255.
        tolerance: the greatest change of a pixel that is not shown, of 255.
        scale: of the size.
    """

    colours: int
    dither: float
    tolerance: int
    scale: float


_WAYS = (
    _Way(255, 12.0, 10, 1.0),
    _Way(255, 6.0, 20, 1.0),
    _Way(128, 0.0, 32, 1.0),
    _Way(64, 0.0, 32, 0.7),
    _Way(64, 0.0, 48, 0.5),
)


def encode_gif(
    frames: Sequence[Bytes], stands: Sequence[float], say: Callable[[float], None]
) -> Iterator[bytes]:
    """Yield a GIF that plays for ever, each time in a smaller file.

    Args:
        frames: (H, W, 3) sRGB of one size.
        stands: seconds that each is shown.
        say: called with the share of the present attempt that is done.
    """
    for way in _WAYS:
        yield _encode([_scaled(frame, way.scale) for frame in frames], stands, way, say)


def _scaled(frame: Bytes, scale: float) -> Bytes:
    if scale == 1:
        return frame
    height, width = (max(2, round(side * scale)) for side in frame.shape[:2])
    return np.asarray(Image.fromarray(frame).resize((width, height), Image.Resampling.LANCZOS))


def _encode(
    frames: Sequence[Bytes], stands: Sequence[float], way: _Way, say: Callable[[float], None]
) -> bytes:
    palette = _palette(frames, way.colours)
    file = bytearray()
    for number, index in enumerate(_settled(frames, palette, way)):
        header, image = _parts(index, palette)
        if number == 0:
            file += b"GIF89a" + header[6:] + _FOR_EVER
        # Browsers slow down whatever is shorter than 20 ms; a GIF counts hundredths.
        hundredths = max(2, round(100 * stands[number]))
        # It stays until the next one is laid over it, and its last number is transparent.
        file += struct.pack("<BBBBHBB", 0x21, 0xF9, 4, 0b101, hundredths, _UNMOVED, 0) + image
        say(0.98 * (number + 1) / len(frames))
    return bytes(file) + _END


def _palette(frames: Sequence[Bytes], colours: int) -> Bytes:
    """Choose (256, 3) colours from a few frames; the last counts as often as the others together."""
    chosen = np.linspace(0, len(frames) - 1, min(_SAMPLES, len(frames))).round().astype(int)
    sample = np.concatenate([frames[i][::3, ::3] for i in chosen] + [frames[-1][::3, ::3]] * len(chosen))
    found = Image.fromarray(sample).quantize(colours, Image.Quantize.FASTOCTREE).getpalette() or []
    palette = np.zeros((256, 3), np.uint8)
    palette[: len(found) // 3] = np.reshape(found[: 3 * colours], (-1, 3))
    # Fewer colours than asked for: the rest repeat the last, so that none is far from all.
    palette[len(found) // 3 :] = palette[max(0, len(found) // 3 - 1)]
    return palette


def _nearest(palette: Bytes) -> Bytes:
    """Return (32 768,) the number of the colour that is nearest to each of 15 bits' colours."""
    levels = np.arange(32, dtype=np.float32) * 8 + 4
    colours = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), -1).reshape(-1, 3)
    given = palette[:_UNMOVED].astype(np.float32)
    distances = np.square(given).sum(1) - 2 * colours @ given.T
    return np.asarray(distances.argmin(1), np.uint8)


def _settled(frames: Sequence[Bytes], palette: Bytes, way: _Way) -> Iterator[Bytes]:
    """Yield each frame as (H, W) numbers of the palette, `_UNMOVED` where too little changed."""
    height, width = frames[0].shape[:2]
    pattern = np.tile(_PATTERN, (-(-height // 4), -(-width // 4)))[:height, :width, None] * way.dither
    nearest = _nearest(palette)
    shown = np.zeros((height, width, 3), np.int16)
    for number, frame in enumerate(frames):
        coarse = np.clip(frame + pattern, 0, 255).astype(np.int32) >> 3
        index = nearest[coarse[..., 0] << 10 | coarse[..., 1] << 5 | coarse[..., 2]]
        change = np.abs(frame - shown).max(2)
        # The first frame is shown whole, and the last exactly.
        least = {0: -1, len(frames) - 1: 0}.get(number, way.tolerance)
        moved = change > least
        shown[moved] = frame[moved]
        yield np.where(moved, index, np.uint8(_UNMOVED))


def _parts(index: Bytes, palette: Bytes) -> tuple[bytes, bytes]:
    """Compress one frame; return its file's header with the palette, and its image."""
    image = Image.fromarray(index)
    image.putpalette(palette.tobytes())
    file = io.BytesIO()
    image.save(file, "GIF", optimize=False)
    data = file.getvalue()
    header = 13 + 3 * 256  # signature, screen and a palette of 256
    return data[:header], data[data.index(b"\x2c", header) : -1]
