"""Encodes the film of a painting as an animated GIF, with one palette and only the pixels that change.

The later frames of a painting differ little from the ones before. So a pixel
that changes too little to be noticed is transparent in the next frame and shows
the one before, which is what keeps the file small. Dithering uses a fixed
pattern, because error diffusion flickers from frame to frame and compresses
badly.
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
"""The number of frames that the palette is chosen from."""
_TRANSPARENT = 255
"""The palette's last index, which leaves a pixel as it was in the frame before."""
_DITHER_PATTERN = (
    np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], np.float32) + 0.5
) / 16 - 0.5
"""Bayer's 4x4 thresholds."""
_LOOP_FOREVER = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
_TRAILER = b"\x3b"


@dataclass(frozen=True)
class _Settings:
    """How to encode: the better the settings, the larger the file.

    Attributes:
        colours: the size of the palette, at most 255.
        dither: the amplitude of the dither pattern, out of 255.
        tolerance: the greatest change of a pixel that is not shown, out of 255.
        scale: the factor for the height and the width.
    """

    colours: int
    dither: float
    tolerance: int
    scale: float


_BEST_FIRST = (
    _Settings(255, 12.0, 10, 1.0),
    _Settings(255, 6.0, 20, 1.0),
    _Settings(128, 0.0, 32, 1.0),
    _Settings(64, 0.0, 32, 0.7),
    _Settings(64, 0.0, 48, 0.5),
)


def encode_gif(
    frames: Sequence[Bytes], durations_s: Sequence[float], progress: Callable[[float], None]
) -> Iterator[bytes]:
    """Yield a GIF that plays for ever, each time as a smaller file.

    Args:
        frames: (H, W, 3) sRGB of one size.
        durations_s: how long each frame is shown.
        progress: called with the share of the current file that is done.
    """
    for settings in _BEST_FIRST:
        scaled = [_scaled(frame, settings.scale) for frame in frames]
        yield _encode(scaled, durations_s, settings, progress)


def _scaled(frame: Bytes, scale: float) -> Bytes:
    if scale == 1:
        return frame
    height, width = (max(2, round(side * scale)) for side in frame.shape[:2])
    return np.asarray(Image.fromarray(frame).resize((width, height), Image.Resampling.LANCZOS))


def _encode(
    frames: Sequence[Bytes],
    durations_s: Sequence[float],
    settings: _Settings,
    progress: Callable[[float], None],
) -> bytes:
    palette = _palette(frames, settings.colours)
    file = bytearray()
    for number, indices in enumerate(_indexed(frames, palette, settings)):
        header, image = _compress(indices, palette)
        if number == 0:
            file += b"GIF89a" + header[6:] + _LOOP_FOREVER
        # A GIF counts hundredths of a second, and browsers slow down frames that are shorter than 20 ms.
        hundredths = max(2, round(100 * durations_s[number]))
        # Graphic control extension: keep this frame under the next one, with a transparent index.
        file += struct.pack("<BBBBHBB", 0x21, 0xF9, 4, 0b101, hundredths, _TRANSPARENT, 0) + image
        progress(0.98 * (number + 1) / len(frames))
    return bytes(file) + _TRAILER


def _palette(frames: Sequence[Bytes], colours: int) -> Bytes:
    """Choose (256, 3) colours from a few frames; the last one counts as much as the others together."""
    chosen = np.linspace(0, len(frames) - 1, min(_SAMPLES, len(frames))).round().astype(int)
    sample = np.concatenate([frames[i][::3, ::3] for i in chosen] + [frames[-1][::3, ::3]] * len(chosen))
    values = Image.fromarray(sample).quantize(colours, Image.Quantize.FASTOCTREE).getpalette() or []
    palette = np.zeros((256, 3), np.uint8)
    palette[: len(values) // 3] = np.reshape(values[: 3 * colours], (-1, 3))
    # If there are fewer colours than asked for, the last one is repeated, so that no entry is a stray black.
    palette[len(values) // 3 :] = palette[max(0, len(values) // 3 - 1)]
    return palette


def _nearest(palette: Bytes) -> Bytes:
    """Return (32 768,) the index of the palette's nearest colour for each 15-bit colour."""
    levels = np.arange(32, dtype=np.float32) * 8 + 4
    colours = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), -1).reshape(-1, 3)
    entries = palette[:_TRANSPARENT].astype(np.float32)
    distances = np.square(entries).sum(1) - 2 * colours @ entries.T
    return np.asarray(distances.argmin(1), np.uint8)


def _indexed(frames: Sequence[Bytes], palette: Bytes, settings: _Settings) -> Iterator[Bytes]:
    """Yield each frame as (H, W) indices of the palette, `_TRANSPARENT` where too little changes."""
    height, width = frames[0].shape[:2]
    tiled = np.tile(_DITHER_PATTERN, (-(-height // 4), -(-width // 4)))
    pattern = tiled[:height, :width, None] * settings.dither
    nearest = _nearest(palette)
    shown = np.zeros((height, width, 3), np.int16)
    for number, frame in enumerate(frames):
        coarse = np.clip(frame + pattern, 0, 255).astype(np.int32) >> 3
        indices = nearest[coarse[..., 0] << 10 | coarse[..., 1] << 5 | coarse[..., 2]]
        change = np.abs(frame - shown).max(2)
        # Every pixel of the first frame is shown, and every change in the last.
        tolerance = {0: -1, len(frames) - 1: 0}.get(number, settings.tolerance)
        changed = change > tolerance
        shown[changed] = frame[changed]
        yield np.where(changed, indices, np.uint8(_TRANSPARENT))


def _compress(indices: Bytes, palette: Bytes) -> tuple[bytes, bytes]:
    """Compress one frame; return the header of its file with the palette, and its image block."""
    image = Image.fromarray(indices)
    image.putpalette(palette.tobytes())
    file = io.BytesIO()
    image.save(file, "GIF", optimize=False)
    data = file.getvalue()
    header = 13 + 3 * 256  # signature, screen descriptor and a palette of 256
    return data[:header], data[data.index(b"\x2c", header) : -1]
