"""Reads the pictures of a job from media, and encodes what is made of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.imaging import images
from engine.recipe import Recipe
from engine.recipe.history import History
from engine.recipe.paper import result_dpi
from jobs.job import THUMBNAIL_SIDE, Job, Upload
from jobs.media import Media, MissingError

Floats = npt.NDArray[np.float32]

PREVIEW_SIDE = 1024
_MAX_PIXELS = 200_000_000
"""Uploads are checked when they arrive; this only keeps a damaged file from taking all memory."""


@dataclass(frozen=True)
class Originals:
    """The photo and the styles of a job, with their masks, and the picture to start from."""

    content: images.Picture
    styles: tuple[Floats, ...]
    masks: tuple[Floats | None, ...]
    content_mask: Floats | None
    start: Floats | None


def fetch(media: Media, job: Job) -> Originals:
    """Read a job's pictures.

    Raises:
        MissingError: one is gone; the sentence says which.
        ImageError: one cannot be read.
    """
    masks, content_mask = fetch_masks(media, job)
    return Originals(
        content=_read(media, job.content, "photo"),
        styles=tuple(_read(media, style, "style").rgb for style in job.styles),
        masks=masks,
        content_mask=content_mask,
        start=_read(media, job.start, "picture to start from").rgb if job.start else None,
    )


def fetch_masks(media: Media, job: Job) -> tuple[tuple[Floats | None, ...], Floats | None]:
    """Read the masks of a job's styles and the mask of its photo; raises like `fetch`."""
    masks = [None if mask is None else images.read_mask(_get(media, mask, "mask")) for mask in job.masks]
    content = job.content_mask
    return tuple(masks), images.read_mask(_get(media, content, "mask")) if content else None


def _read(media: Media, upload: Upload, part: str) -> images.Picture:
    return images.read(_get(media, upload, part), max_pixels=_MAX_PIXELS)


def _get(media: Media, upload: Upload, part: str) -> bytes:
    try:
        return media.get(upload.key)
    except MissingError as exc:
        raise MissingError(
            f"The {part} “{upload.name}” is not there any more; send it again.", code="upload-missing"
        ) from exc


def preview(picture: Floats) -> bytes:
    """Encode a small preview as JPEG, which takes a tenth of WebP's time."""
    if max(picture.shape[:2]) > PREVIEW_SIDE:
        picture = images.fit(picture, PREVIEW_SIDE)
    return images.encode(picture, "jpeg", quality=85)


def tones(picture: Floats) -> str:
    """Return the mean colours of a picture's nine parts, row by row, with three hexadecimal digits each."""
    small = images.resize(picture, (3, 3)).reshape(-1)
    return "".join(f"{digit:x}" for digit in np.clip(np.rint(15 * small), 0, 15).astype(int))


def result(
    picture: Floats, content: images.Picture, recipe: Recipe, history: History, title: str
) -> tuple[bytes, bytes]:
    """Encode the final picture as a PNG with its recipe and history, and its thumbnail as WebP."""
    alpha = None
    if content.alpha is not None:
        alpha = images.resize(content.alpha, (picture.shape[0], picture.shape[1]))
    texts = {"Title": title} if title else {}
    png = images.encode(
        picture,
        "png",
        alpha=alpha,
        dpi=result_dpi(recipe, content.dpi),
        recipe=recipe,
        history=history,
        texts=texts,
    )
    side = min(THUMBNAIL_SIDE, max(picture.shape[:2]))
    small_alpha = None if alpha is None else images.fit(alpha, side)
    return png, images.encode(images.fit(picture, side), "webp", alpha=small_alpha, quality=80)
