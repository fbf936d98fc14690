"""Animated GIF of a painting: one palette for all of it, and nothing sent twice.

A painting settles: later frames differ little from the ones before. So where a
pixel moved less than one would notice it is left as it was, which is what keeps
a GIF of paint small. Dithering uses a fixed pattern, because errors that are
passed on from pixel to pixel flicker from frame to frame and compress badly.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

Bytes = npt.NDArray[np.uint8]

_SAMPLES = 8
"""How many frames the palette is chosen from."""
_COLOURS = 255
"""One of the 256 stands for "as before"."""
_PATTERN = (
    np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], np.float32) + 0.5
) / 16 - 0.5
"""Bayer's 4x4 thresholds."""


@dataclass(frozen=True)
class _Way:
    """How thriftily to encode: a pixel's least change that is shown, the dither's width, and the size."""

    tolerance: int
    dither: float
    scale: float


_WAYS = (
    _Way(10, 12.0, 1.0),
    _Way(20, 8.0, 1.0),
    _Way(28, 0.0, 0.8),
    _Way(40, 0.0, 0.6),
    _Way(56, 0.0, 0.45),
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
        yield _encode(frames, stands, way, say)


def _encode(
    frames: Sequence[Bytes], stands: Sequence[float], way: _Way, say: Callable[[float], None]
) -> bytes:
    sized = [_scaled(frame, way.scale) for frame in frames]
    palette = _palette(sized)
    indices = list(_settled(sized, palette, way, say))
    images = [_with_palette(index, palette) for index in indices]
    file = io.BytesIO()
    images[0].save(
        file,
        "GIF",
        save_all=True,
        append_images=images[1:],
        # Browsers slow down whatever is shorter than 20 ms; a GIF counts hundredths.
        duration=[max(20, 10 * round(100 * stand)) for stand in stands],
        loop=0,
        disposal=1,
        optimize=False,
    )
    return file.getvalue()


def _scaled(frame: Bytes, scale: float) -> Bytes:
    if scale == 1:
        return frame
    height, width = (max(2, round(side * scale)) for side in frame.shape[:2])
    return np.asarray(Image.fromarray(frame).resize((width, height), Image.Resampling.LANCZOS))


def _palette(frames: Sequence[Bytes]) -> Image.Image:
    """Choose the colours from a few frames, the last of which counts as often as the others together."""
    chosen = np.linspace(0, len(frames) - 1, min(_SAMPLES, len(frames))).round().astype(int)
    sample = np.concatenate([frames[i][::2, ::2] for i in chosen] + [frames[-1][::2, ::2]] * len(chosen))
    return Image.fromarray(sample).quantize(_COLOURS, Image.Quantize.MEDIANCUT, kmeans=1)


def _settled(
    frames: Sequence[Bytes], palette: Image.Image, way: _Way, say: Callable[[float], None]
) -> Iterator[Bytes]:
    """Yield each frame's colours as numbers of the palette, unmoved where too little changed."""
    height, width = frames[0].shape[:2]
    pattern = np.tile(_PATTERN, (-(-height // 4), -(-width // 4)))[:height, :width, None] * way.dither
    shown: Bytes | None = None
    index: Bytes | None = None
    for number, frame in enumerate(frames):
        say(0.98 * number / len(frames))
        wanted = np.clip(np.rint(frame + pattern), 0, 255).astype(np.uint8)
        fresh = np.asarray(Image.fromarray(wanted).quantize(palette=palette, dither=Image.Dither.NONE))
        if shown is None or index is None or (number == len(frames) - 1 and way.tolerance < 20):
            shown, index = frame, fresh
        else:
            moved = np.abs(frame.astype(np.int16) - shown).max(2) > way.tolerance
            shown = np.where(moved[..., None], frame, shown)
            index = np.where(moved, fresh, index)
        yield index


def _with_palette(index: Bytes, palette: Image.Image) -> Image.Image:
    image = Image.fromarray(index, "P")
    image.putpalette(palette.getpalette() or [])
    return image
