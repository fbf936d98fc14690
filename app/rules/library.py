"""The styles that the studio brings along, and a scene to try them on.

They are pictures like any other: when one is chosen it is staged among the
visitor's own uploads, so that nothing behind the form knows of a library.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.http.assets import ROOT
from app.services.quota import require_room
from app.services.services import services
from app.wording import Fault
from engine.imaging import images
from engine.imaging.sanitize import SanitizedImage, sanitize
from jobs import staging
from jobs.job import Upload

_FOLDER = ROOT / "static" / "styles"


@dataclass(frozen=True)
class Piece:
    """A picture of the library.

    Attributes:
        id: the name of its file.
        technique: in what manner it is drawn, for people and for the search.
    """

    id: str
    title: str
    technique: str
    width: int
    height: int

    @property
    def words(self) -> str:
        """What a search looks through."""
        return f"{self.title} {self.technique}".lower()

    def read(self) -> bytes:
        """Return the picture's file."""
        return (_FOLDER / f"{self.id}.webp").read_bytes()


@functools.cache
def _index() -> dict[str, tuple[Piece, ...]]:
    listed = json.loads((_FOLDER / "styles.json").read_text())
    return {kind: tuple(Piece(**piece) for piece in pieces) for kind, pieces in listed.items()}


def styles() -> tuple[Piece, ...]:
    """List the library's styles in the order of the wall."""
    return _index()["styles"]


def piece(piece_id: str) -> Piece | None:
    """Find a style or a scene."""
    every = (*_index()["styles"], *_index()["scenes"])
    return next((found for found in every if found.id == piece_id), None)


def of_upload(upload: Upload) -> Piece | None:
    """Return the picture that an upload was staged from, if it came from the library.

    It goes by the name: that of a file has an ending, and no style of a visitor's own may be called so.
    """
    return next((found for found in styles() if found.title == upload.name), None)


def name_problem(name: str) -> Fault | None:
    """Say why a style of a visitor's own cannot be called so; None where it can."""
    if not name:
        return Fault("no-name", "A style needs a name.")
    if any(found.title == name for found in styles()):
        return Fault("name-taken", f"A style of the library is called “{name}”; choose another name.")
    return None


def own_styles(uploads: Iterable[Upload]) -> list[Upload]:
    """Leave out what was staged from the library."""
    return [upload for upload in uploads if of_upload(upload) is None]


def matching(words: str, text: str) -> bool:
    """Whether every word that was searched for is somewhere in a text."""
    return all(word in text.lower() for word in words.lower().split())


def stage_piece(found: Piece, role: str, owner: str) -> Upload:
    """Put a picture of the library among a visitor's uploads.

    Raises:
        ImageError: its owner has no more room.
        MediaError: there is none at all.
    """
    here = services()
    require_room(here, owner)
    picture = _as_upload(found.id)
    return staging.stage(
        here.store,
        here.media,
        picture.body,
        owner=owner,
        role=role,
        name=found.title,
        width=found.width,
        height=found.height,
        suffix=picture.suffix,
        expiry_s=here.settings.upload_expiry_s,
    )


@functools.lru_cache(maxsize=4)
def _as_upload(piece_id: str) -> SanitizedImage:
    return sanitize((_FOLDER / f"{piece_id}.webp").read_bytes(), max_pixels=images.MAX_PIXELS)


@functools.lru_cache(maxsize=64)
def small(piece_id: str, side: int) -> bytes:
    """Return a picture of the library whose longer side is `side`, as WebP."""
    found = images.read((_FOLDER / f"{piece_id}.webp").read_bytes(), max_side=side)
    return images.encode(found.rgb, "webp", quality=80)


EXAMPLE: Sequence[str] = ("quiet-harbour", "night-garden")
"""The scene and the style that a first visitor may try with one click."""
