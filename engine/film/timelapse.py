"""From pictures of how it was painted to a film: MP4, GIF or WebP.

The first and the last pictures stand longer than those between, since that is
where one looks; the last is held. Each kind is tried with its best settings
first and then with thriftier ones, until the file is small enough to be sent.
Loads numpy and Pillow, PyAV where it writes an MP4, and no TensorFlow.
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
"""How long the finished picture stands at the end."""
FRAME_S = 0.1
"""How long the others stand on average."""

_FPS = 30
_CRFS = (20, 26, 32, 38)
_WEBP_QUALITIES = (76, 60, 44, 28)

Bytes = npt.NDArray[np.uint8]
Progress = Callable[[float], None]
T = TypeVar("T")


def film(frames: Sequence[Bytes], format: FilmFormat, *, progress: Progress | None = None) -> bytes:
    """Make a film.

    Args:
        frames: (H, W, 3) sRGB, all of one size, in the order in which they were painted.
        format: "mp4" is H.264 with cross-fades; the others show the pictures as they are.
        progress: called with the share that is done, in [0, 1]; it never falls.

    Returns:
        A file of at most `MAX_BYTES`, unless even the thriftiest way takes more.

    Raises:
        ImageError: there are no frames, or they differ in size.
    """
    if not frames:
        raise ImageError("There are no pictures to make a film of.", code="film-empty")
    if len({frame.shape for frame in frames}) != 1:
        raise ImageError("The pictures of a film must all have the same size.", code="film-sizes")
    shown = evenly(frames)
    say = _rising(progress)
    for data in _attempts(shown, format, say):
        if len(data) <= MAX_BYTES:
            break
    say(1.0)
    return data


def frame_of(picture: Floats, size: tuple[int, int]) -> Bytes:
    """Bring a picture to a film's size.

    Args:
        picture: (H, W, 3) float32 in [0, 1].
        size: the film's (height, width), as `film_size` gives it.
    """
    return np.rint(resize(picture, size) * 255).astype(np.uint8)


def film_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return the (height, width) of a picture's film: at most `SNAPSHOT_SIDE`, and even for H.264."""
    height, width = fitted_size(size, min(SNAPSHOT_SIDE, max(size)))
    return max(2, height - height % 2), max(2, width - width % 2)


def evenly(items: Sequence[T], most: int = MAX_SNAPSHOTS) -> list[T]:
    """Choose at most so many items, evenly, the first and the last among them."""
    if len(items) <= most:
        return list(items)
    return [items[round(place * (len(items) - 1) / (most - 1))] for place in range(most)]


def durations_s(count: int) -> list[float]:
    """Return how long each of so many frames stands: eased in and out, and the last held."""
    if count == 1:
        return [HOLD_S]
    moves = count - 1
    # The inverse of (1 - cos πt) / 2, by which the film gains speed and loses it again.
    reached = [math.acos(1 - 2 * place / moves) / math.pi for place in range(count)]
    whole_s = moves * FRAME_S
    return [(b - a) * whole_s for a, b in pairwise(reached)] + [HOLD_S]


def _attempts(frames: list[Bytes], format: FilmFormat, say: Progress) -> Iterator[bytes]:
    """Yield the film in ever smaller files."""
    stands = durations_s(len(frames))
    if format == "mp4":
        yield from (_mp4(frames, stands, crf, say) for crf in _CRFS)
    elif format == "webp":
        yield from (_webp(frames, stands, quality, say) for quality in _WEBP_QUALITIES)
    else:
        yield from encode_gif(frames, stands, say)


def _rising(progress: Progress | None) -> Progress:
    """Pass on only what is more than before, since a second attempt begins at nothing."""
    most = 0.0

    def say(share: float) -> None:
        nonlocal most
        if progress is not None and share > most:
            most = share
            progress(share)

    return say


def _mp4(frames: list[Bytes], stands: Sequence[float], crf: int, say: Progress) -> bytes:
    """Encode H.264 that every browser plays; each frame fades into the next."""
    import av  # noqa: PLC0415  (brings FFmpeg along, which nothing else here needs)

    height, width = frames[0].shape[:2]
    total = sum(stands) * _FPS
    # To put the index in front, so that it plays while it loads, the file is read again while it is written.
    with tempfile.TemporaryDirectory(prefix="pastiche-film-") as folder:
        path = Path(folder) / "film.mp4"
        with av.open(path, "w", options={"movflags": "faststart"}) as container:
            options = {"crf": str(crf), "preset": "fast"}
            stream: Any = container.add_stream("libx264", rate=_FPS, options=options)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            for number, picture in enumerate(_faded(frames, stands)):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
                say(0.98 * min(1.0, number / total))
            container.mux(stream.encode())
        return path.read_bytes()


def _faded(frames: list[Bytes], stands: Sequence[float]) -> Iterator[Bytes]:
    """Yield a film's pictures at `_FPS`: between two frames, their mixture."""
    begins = np.concatenate([[0.0], np.cumsum(stands)])
    for number in range(round(begins[-1] * _FPS)):
        now = number / _FPS
        place = min(len(frames) - 1, int(np.searchsorted(begins, now, side="right")) - 1)
        if place == len(frames) - 1:
            yield frames[-1]
            continue
        share = (now - begins[place]) / stands[place]
        mixed = frames[place] * np.float32(1 - share) + frames[place + 1] * np.float32(share)
        yield np.rint(mixed).astype(np.uint8)


def _webp(frames: list[Bytes], stands: Sequence[float], quality: int, say: Progress) -> bytes:
    """Encode an animated WebP that plays for ever."""

    def images() -> Iterator[Image.Image]:
        for number, frame in enumerate(frames):
            say(0.98 * number / len(frames))
            yield Image.fromarray(frame)

    file = io.BytesIO()
    first, *rest = images()
    first.save(
        file,
        "WEBP",
        save_all=True,
        append_images=rest,
        duration=[round(1000 * stand) for stand in stands],
        loop=0,
        quality=quality,
        method=2,
    )
    return file.getvalue()
