"""The gate for files: checked, made plain and stored once, or refused with a sentence."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from typing import IO, Any

from flask import Request, current_app, g
from werkzeug.datastructures import FileStorage

from app.services.quota import require_room
from app.services.services import services
from app.wording import megabytes
from engine.errors import ImageError
from engine.recipe import MAX_STYLES, Recipe, knobs
from jobs import staging
from jobs.job import Upload

KEPT_S = 20 * 365 * 86_400.0
"""A style that was added here stays until it is removed."""


ACCEPT = "image/jpeg,image/png,image/webp,image/avif"
"""What a file dialog offers; iPhones turn HEIC into JPEG when they read it."""

MAX_FILES = 1 + MAX_STYLES
"""The most that a form sends: the photo and every style."""
MIN_SIDE = 16
_SUFFICIENT_SIDE = int(knobs()["size"].maximum or 2048)
_MAX_SIDE = 2 * _SUFFICIENT_SIDE
"""Longer pictures are shrunk to it: twice what can be painted, so that no sharpness is lost."""
_IN_MEMORY = 512 * 1024
NOT_TAKEN = "not a picture that is taken"
"""Why an upload was rejected, as the metrics say it."""
_NAME_LENGTH = 120


class CappedFile:
    """A temporary file that forgets itself when it grows over its limit.

    So a form with a file too large is read to its end, and nothing else in it is lost.

    Attributes:
        overflowed: whether more came than is taken.
    """

    def __init__(self, limit: int) -> None:
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
        self._room = limit
        self.overflowed = False

    def write(self, data: bytes) -> int:
        """Keep the data unless the limit is passed."""
        self._room -= len(data)
        if self._room < 0:
            self.overflowed = True
            self._file.truncate(0)
            self._file.seek(0)
        else:
            self._file.write(data)
        return len(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class StudioRequest(Request):
    """A request whose files never take more room than one upload may."""

    @property
    def max_content_length(self) -> int | None:
        """The most that is read; little where there are no files, since that is held in memory."""
        files = self.mimetype == "multipart/form-data"
        return super().max_content_length if files else super().max_form_memory_size

    @max_content_length.setter
    def max_content_length(self, value: int | None) -> None:
        self._max_content_length = value

    def _get_file_stream(self, *_: Any, **__: Any) -> Any:
        file = CappedFile(current_app.config["MAX_UPLOAD_BYTES"])
        # A body that breaks off leaves a file that no form knows of.
        vars(self).setdefault("_capped", []).append(file)
        return file

    def close(self) -> None:
        """Close every file of the form, and those that never became part of one."""
        super().close()
        for file in vars(self).get("_capped", ()):
            file.close()


@dataclass(frozen=True)
class Staged:
    """A file that was taken.

    Attributes:
        recipe: what it was painted by, if that was here.
    """

    upload: Upload
    recipe: Recipe | None


def stage(file: FileStorage, role: str, owner: str, *, expiry_s: float | None = None) -> Staged:
    """Check a file, normalise it, and store it for its owner under its hash.

    It is kept for the usual time without a painting, or for `expiry_s`.

    Raises:
        ImageError: it is no picture that can be painted, and the sentence names the file; or its owner has
            no more room.
        BusyError: too many others are being read.
        MediaError: there is no room for it.
    """
    here = services()
    name = _shown(file.filename or "picture")
    if getattr(file.stream, "overflowed", False):
        g.rejected = "too large"
        limit = megabytes(here.settings.max_upload_bytes)
        raise ImageError(
            f"“{name}” is larger than {limit}; choose a smaller file, or save it smaller first.",
            code="file-too-large",
        )
    require_room(here, owner)
    try:
        picture = here.sandbox.sanitize(
            file.stream.read(), min_side=MIN_SIDE, max_side=_MAX_SIDE, sufficient_side=_SUFFICIENT_SIDE
        )
    except ImageError as exc:
        g.rejected = NOT_TAKEN
        raise ImageError(f"“{name}”: {exc}", code=exc.code) from exc
    upload = staging.stage(
        here.store,
        here.media,
        picture.body,
        owner=owner,
        role=role,
        name=name,
        width=picture.width,
        height=picture.height,
        suffix=picture.suffix,
        expiry_s=expiry_s or here.settings.upload_expiry_s,
    )
    return Staged(upload, picture.recipe)


def _shown(filename: str) -> str:
    name = "".join(char for char in filename.replace("\\", "/").split("/")[-1] if char.isprintable()).strip()
    if len(name) <= _NAME_LENGTH:
        return name or "picture"
    return name[: _NAME_LENGTH - 9] + "…" + name[-8:]
