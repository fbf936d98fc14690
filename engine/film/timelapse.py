"""Encodes snapshots of a painting as a film: MP4, GIF or WebP.

The first and the last frames are shown longer than those between, as viewers
look at them most, and the film stops at the last. Each format is tried with its
best settings first and then with ones that make smaller files, until the file
is small enough to be sent. Loads NumPy and Pillow, PyAV only to write an MP4,
and no TensorFlow.
"""

from __future__ import annotations

import io
import math
import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from PIL import Image

from engine.errors import ImageError
from engine.film.gif import encode_gif
from engine.imaging.decoding import Floats
from engine.imaging.film_formats import MAX_SNAPSHOTS, SNAPSHOT_SIDE, FilmFormat
from engine.imaging.images import resize
from engine.recipe.sizes import fitted_size

MAX_BYTES = 8 * 2**20
HOLD_S = 2.0
"""How long the finished picture is shown at the end."""
FRAME_S = 0.1
"""How long the other frames are shown on average."""

_FPS = 30
_CRFS = (20, 26, 32, 38)
_WEBP_QUALITIES = (76, 60, 44, 28)

Bytes = npt.NDArray[np.uint8]
Progress = Callable[[float], None]
T = TypeVar("T")


def encode_film(frames: Sequence[Bytes], format: FilmFormat, *, progress: Progress | None = None) -> bytes:
    """Encode a film.

    Args:
        frames: (H, W, 3) sRGB, all of one size, in the order in which they were painted.
        format: "mp4" is H.264 with cross-fades; the others show one frame after the other.
        progress: called with the share that is done, in [0, 1]; it never falls.

    Returns:
        A file of at most `MAX_BYTES`, unless it is larger even with the lowest settings.

    Raises:
        ImageError: there are no frames, or they differ in size.
    """
    if not frames:
        raise ImageError("There are no pictures to make a film of.", code="film-empty")
    if len({frame.shape for frame in frames}) != 1:
        raise ImageError("The pictures of a film must all have the same size.", code="film-sizes")
    shown = pick_evenly(frames)
    report = _only_rising(progress)
    for data in _ever_smaller(shown, format, report):
        if len(data) <= MAX_BYTES:
            break
    report(1.0)
    return data


def film_frame(picture: Floats, size: tuple[int, int]) -> Bytes:
    """Turn a picture into a frame of a film's size, (h, w, 3) sRGB in 8 bits.

    Args:
        picture: (H, W, 3) float32 in [0, 1].
        size: the film's (height, width), as `film_size` gives it.
    """
    return np.rint(resize(picture, size) * 255).astype(np.uint8)


def film_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return the (height, width) of a picture's film, at most `SNAPSHOT_SIDE` and even, as H.264 needs."""
    height, width = fitted_size(size, min(SNAPSHOT_SIDE, max(size)))
    return max(2, height - height % 2), max(2, width - width % 2)


def pick_evenly(items: Sequence[T], count: int = MAX_SNAPSHOTS) -> list[T]:
    """Pick at most `count` items at even distances, including the first and the last."""
    if len(items) <= count:
        return list(items)
    return [items[round(number * (len(items) - 1) / (count - 1))] for number in range(count)]


def frame_durations_s(count: int) -> list[float]:
    """Return how long each of `count` frames is shown: eased in and out, and the last one held."""
    if count == 1:
        return [HOLD_S]
    moves = count - 1
    # The inverse of (1 - cos πt) / 2, by which the film speeds up and slows down again.
    times = [math.acos(1 - 2 * number / moves) / math.pi for number in range(count)]
    total_s = moves * FRAME_S
    return [(b - a) * total_s for a, b in pairwise(times)] + [HOLD_S]


def _ever_smaller(frames: list[Bytes], format: FilmFormat, report: Progress) -> Iterator[bytes]:
    """Yield the film in ever smaller files."""
    durations_s = frame_durations_s(len(frames))
    if format == "mp4":
        yield from (_mp4(frames, durations_s, crf, report) for crf in _CRFS)
    elif format == "webp":
        yield from (_webp(frames, durations_s, quality, report) for quality in _WEBP_QUALITIES)
    else:
        yield from encode_gif(frames, durations_s, report)


def _only_rising(progress: Progress | None) -> Progress:
    """Pass on only a share that is greater than before, since each new file begins at 0."""
    most = 0.0

    def report(share: float) -> None:
        nonlocal most
        if progress is not None and share > most:
            most = share
            progress(share)

    return report


def _mp4(frames: list[Bytes], durations_s: Sequence[float], crf: int, report: Progress) -> bytes:
    """Encode H.264 that every browser plays; each frame fades into the next."""
    import av  # noqa: PLC0415  (loads FFmpeg, which only this format needs)

    height, width = frames[0].shape[:2]
    total = sum(durations_s) * _FPS
    # A file, since "faststart" reads it again to put the index in front, so that it plays while it loads.
    with tempfile.TemporaryDirectory(prefix="pastiche-film-") as folder:
        path = Path(folder) / "film.mp4"
        with av.open(path, "w", options={"movflags": "faststart"}) as container:
            options = {"crf": str(crf), "preset": "fast"}
            stream: Any = container.add_stream("libx264", rate=_FPS, options=options)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            for number, picture in enumerate(_cross_faded(frames, durations_s)):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
                report(0.98 * min(1.0, number / total))
            container.mux(stream.encode())
        return path.read_bytes()


def _cross_faded(frames: list[Bytes], durations_s: Sequence[float]) -> Iterator[Bytes]:
    """Yield the pictures of a film at `_FPS`, each a mixture of two successive frames."""
    starts = np.concatenate([[0.0], np.cumsum(durations_s)])
    for number in range(round(starts[-1] * _FPS)):
        now = number / _FPS
        index = min(len(frames) - 1, int(np.searchsorted(starts, now, side="right")) - 1)
        if index == len(frames) - 1:
            yield frames[-1]
            continue
        share = (now - starts[index]) / durations_s[index]
        mixed = frames[index] * np.float32(1 - share) + frames[index + 1] * np.float32(share)
        yield np.rint(mixed).astype(np.uint8)


def _webp(frames: list[Bytes], durations_s: Sequence[float], quality: int, report: Progress) -> bytes:
    """Encode an animated WebP that plays for ever."""

    def images() -> Iterator[Image.Image]:
        for number, frame in enumerate(frames):
            report(0.98 * number / len(frames))
            yield Image.fromarray(frame)

    file = io.BytesIO()
    first, *rest = images()
    first.save(
        file,
        "WEBP",
        save_all=True,
        append_images=rest,
        duration=[round(1000 * duration_s) for duration_s in durations_s],
        loop=0,
        quality=quality,
        method=2,
    )
    return file.getvalue()
