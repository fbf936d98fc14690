"""The library: the built-in styles, and an example photo to try them on.

They are ordinary pictures: choosing one stages it among the visitor's own
uploads, so that nothing behind the form has to know about the library.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.http.assets import ROOT
from app.services.quota import require_space
from app.services.services import current_services
from app.wording import Fault
from engine.imaging import images
from engine.imaging.sanitize import SanitizedImage, sanitize
from jobs import staging
from jobs.job import Upload

_FOLDER = ROOT / "static" / "styles"


@dataclass(frozen=True)
class LibraryPicture:
    """A picture in the library.

    Attributes:
        id: the name of its file, without the ending.
        technique: how it is made, such as "woodcut"; shown to people and searched.
    """

    id: str
    title: str
    technique: str
    width: int
    height: int

    @property
    def words(self) -> str:
        """The words that a search looks through."""
        return f"{self.title} {self.technique}".lower()

    def read(self) -> bytes:
        """Return the picture's file."""
        return (_FOLDER / f"{self.id}.webp").read_bytes()


@functools.cache
def _index() -> dict[str, tuple[LibraryPicture, ...]]:
    listed = json.loads((_FOLDER / "styles.json").read_text())
    return {
        section: tuple(LibraryPicture(**picture) for picture in pictures)
        for section, pictures in listed.items()
    }


def styles() -> tuple[LibraryPicture, ...]:
    """List the library's styles in the order of the page."""
    return _index()["styles"]


def find(picture_id: str) -> LibraryPicture | None:
    """Return the style or the example photo of that id, or None."""
    every = (*_index()["styles"], *_index()["scenes"])
    return next((picture for picture in every if picture.id == picture_id), None)


def source_of(upload: Upload) -> LibraryPicture | None:
    """Return the library picture that an upload was staged from, or None.

    The name decides: a file's name has an ending, and a visitor's own style may not
    have the title of a library style.
    """
    return next((picture for picture in styles() if picture.title == upload.name), None)


def name_problem(name: str) -> Fault | None:
    """Return why a visitor's own style cannot have a name; None if it can."""
    if not name:
        return Fault("no-name", "A style needs a name.")
    if any(picture.title == name for picture in styles()):
        return Fault(
            "name-taken", f"The library already has a style called “{name}”. Please choose another name."
        )
    return None


def own_styles(uploads: Iterable[Upload]) -> list[Upload]:
    """Leave out the uploads that were staged from the library."""
    return [upload for upload in uploads if source_of(upload) is None]


def matching(words: str, text: str) -> bool:
    """Whether a text contains every word of a search."""
    return all(word in text.lower() for word in words.lower().split())


def stage_picture(source: LibraryPicture, role: str, owner: str) -> Upload:
    """Stage a library picture as one of a visitor's uploads.

    Raises:
        ImageError: its owner has reached the quota.
        MediaError: the storage is full or unavailable.
    """
    services = current_services()
    require_space(services, owner)
    picture = _as_upload(source.id)
    return staging.stage(
        services.store,
        services.media,
        picture.body,
        owner=owner,
        role=role,
        name=source.title,
        width=source.width,
        height=source.height,
        suffix=picture.suffix,
        expiry_s=services.settings.upload_expiry_s,
    )


@functools.lru_cache(maxsize=4)
def _as_upload(picture_id: str) -> SanitizedImage:
    return sanitize((_FOLDER / f"{picture_id}.webp").read_bytes(), max_pixels=images.MAX_PIXELS)


@functools.lru_cache(maxsize=64)
def small(picture_id: str, side: int) -> bytes:
    """Return a library picture whose longer side is `side`, as WebP."""
    picture = images.read((_FOLDER / f"{picture_id}.webp").read_bytes(), max_side=side)
    return images.encode(picture.rgb, "webp", quality=80)


EXAMPLE: Sequence[str] = ("quiet-harbour", "night-garden")
"""The photo and the style of the example that a new visitor can try with one click."""
