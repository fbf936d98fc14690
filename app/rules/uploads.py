"""Uploads: checks, sanitizes and stores each file once, or refuses it with a sentence."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from typing import IO, Any

from flask import Request, current_app, g
from werkzeug.datastructures import FileStorage

from app.services.quota import require_space
from app.services.services import current_services
from app.wording import megabytes
from engine.errors import ImageError
from engine.recipe import MAX_STYLES, Recipe, knobs
from jobs import staging
from jobs.job import Upload

KEEP_S = 20 * 365 * 86_400.0
"""A style added on the Styles page stays until it is removed."""
ACCEPT = "image/jpeg,image/png,image/webp,image/avif"
"""The types that a file dialog offers; given these, iPhones convert HEIC to JPEG."""

MAX_FILES = 1 + MAX_STYLES
"""The maximum number of pictures in a form: the photo and every style."""
MIN_SIDE = 16
_SUFFICIENT_SIDE = int(knobs()["size"].maximum or 2048)
_MAX_SIDE = 2 * _SUFFICIENT_SIDE
"""Longer pictures are shrunk to this: twice what can be painted, so that no sharpness is lost."""
_IN_MEMORY = 512 * 1024
NOT_A_PICTURE = "not a picture that is taken"
"""The reason for a refused upload in the metrics."""
_NAME_LENGTH = 120


class CappedFile:
    """A temporary file that drops its contents when it grows over its limit.

    A form with a file that is too large can so be read to its end, without losing the rest.

    Attributes:
        overflowed: whether the file was larger than the limit.
    """

    def __init__(self, limit: int) -> None:
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
        self._left = limit
        self.overflowed = False

    def write(self, data: bytes) -> int:
        """Store the data, unless the limit is exceeded."""
        self._left -= len(data)
        if self._left < 0:
            self.overflowed = True
            self._file.truncate(0)
            self._file.seek(0)
        else:
            self._file.write(data)
        return len(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class StudioRequest(Request):
    """A request whose files never take more space than one upload may."""

    @property
    def max_content_length(self) -> int | None:
        """The maximum that is read; small without files, since that is held in memory."""
        files = self.mimetype == "multipart/form-data"
        return super().max_content_length if files else super().max_form_memory_size

    @max_content_length.setter
    def max_content_length(self, value: int | None) -> None:
        self._max_content_length = value

    def _get_file_stream(self, *_: Any, **__: Any) -> Any:
        file = CappedFile(current_app.config["MAX_UPLOAD_BYTES"])
        # A body that breaks off leaves a file that is not part of any form.
        vars(self).setdefault("_capped", []).append(file)
        return file

    def close(self) -> None:
        """Close every file of the form, and any that did not become part of it."""
        super().close()
        for file in vars(self).get("_capped", ()):
            file.close()


@dataclass(frozen=True)
class Staged:
    """A file that was accepted.

    Attributes:
        recipe: the recipe it was painted with, if it was painted here.
    """

    upload: Upload
    recipe: Recipe | None


def stage(file: FileStorage, role: str, owner: str, *, expiry_s: float | None = None) -> Staged:
    """Check a file, sanitize it, and store it for its owner under its hash.

    Without a painting it is kept for `expiry_s`, or the usual time.

    Raises:
        ImageError: the file cannot be used, and the sentence names it; or its owner has
            reached the quota.
        BusyError: too many other files are being read.
        MediaError: the storage is full or unavailable.
    """
    services = current_services()
    name = _display_name(file.filename or "picture")
    if getattr(file.stream, "overflowed", False):
        g.rejected = "too large"
        limit = megabytes(services.settings.max_upload_bytes)
        raise ImageError(
            f"“{name}” is larger than {limit}. Choose a smaller file, or save a smaller copy first.",
            code="file-too-large",
        )
    require_space(services, owner)
    try:
        picture = services.sandbox.sanitize(
            file.stream.read(), min_side=MIN_SIDE, max_side=_MAX_SIDE, sufficient_side=_SUFFICIENT_SIDE
        )
    except ImageError as exc:
        g.rejected = NOT_A_PICTURE
        raise ImageError(f"“{name}”: {exc}", code=exc.code) from exc
    upload = staging.stage(
        services.store,
        services.media,
        picture.body,
        owner=owner,
        role=role,
        name=name,
        width=picture.width,
        height=picture.height,
        suffix=picture.suffix,
        expiry_s=expiry_s or services.settings.upload_expiry_s,
    )
    return Staged(upload, picture.recipe)


def _display_name(filename: str) -> str:
    name = "".join(char for char in filename.replace("\\", "/").split("/")[-1] if char.isprintable()).strip()
    if len(name) <= _NAME_LENGTH:
        return name or "picture"
    return name[: _NAME_LENGTH - 9] + "…" + name[-8:]
