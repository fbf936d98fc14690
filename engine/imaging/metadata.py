"""The recipe and other facts inside a picture's file, beside its pixels.

A PNG keeps the recipe in a text chunk, JPEG and WebP in EXIF's user comment. The
log of its making, which may be long, is in a PNG only.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from engine.errors import RecipeError
from engine.imaging.decoding import DAMAGE, open_quietly, quiet
from engine.recipe import Recipe
from engine.recipe.history import History

KEY = "pastiche:recipe"
HISTORY_KEY = "pastiche:making"
SOFTWARE = "Pastiche"

_MAX_TEXT = 2**20
_TAG_SOFTWARE, _TAG_X_RESOLUTION, _TAG_Y_RESOLUTION, _TAG_RESOLUTION_UNIT = 0x0131, 0x011A, 0x011B, 0x0128
_IFD_EXIF, _TAG_USER_COMMENT = 0x8769, 0x9286
_INCHES = 2
_COMMENT = b"ASCII\0\0\0" + KEY.encode() + b" "


def png_texts(recipe: Recipe | None, history: History | None, texts: Mapping[str, str]) -> PngInfo:
    """Return a PNG's text chunks."""
    info = PngInfo()
    for name, text in {"Software": SOFTWARE, **texts}.items():
        info.add_itxt(name, text)
    if recipe:
        info.add_itxt(KEY, json.dumps(recipe.to_dict()))
    if history and history.eventful:
        info.add_itxt(HISTORY_KEY, json.dumps(history.to_dict()), zip=True)
    return info


def exif(recipe: Recipe | None, dpi: float | None) -> bytes:
    """Return the EXIF block of a JPEG or WebP."""
    block = Image.Exif()
    block[_TAG_SOFTWARE] = SOFTWARE
    if dpi:
        block[_TAG_X_RESOLUTION] = block[_TAG_Y_RESOLUTION] = dpi
        block[_TAG_RESOLUTION_UNIT] = _INCHES
    if recipe:
        block[_IFD_EXIF] = {_TAG_USER_COMMENT: _COMMENT + json.dumps(recipe.to_dict()).encode("ascii")}
    return block.tobytes()


def find_recipe(data: bytes, name: str) -> Recipe | None:
    """Return the recipe inside a file of the format of that name, or None.

    Raises:
        RecipeError: it is damaged, of another version, or not valid.
    """
    text = _png_text(data, KEY) if name == "PNG" else _exif_text(data, name)
    return None if text is None else parse_recipe(text)


def find_history(data: bytes, name: str) -> History | None:
    """Return the log inside a file of the format of that name; None if there is none, or no recipe.

    Raises:
        RecipeError: it or the recipe is damaged, of another version, or not valid.
    """
    text = _png_text(data, HISTORY_KEY) if name == "PNG" else None
    recipe = find_recipe(data, name)
    if text is None or recipe is None:
        return None
    try:
        values: object = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise RecipeError(
            "changes", "This picture's log of changes is damaged: it is not JSON.", code="changes-damaged"
        ) from exc
    return History.from_dict(values, recipe)


def parse_recipe(text: str | bytes) -> Recipe:
    """Read a recipe from JSON.

    Raises:
        RecipeError: it is no JSON object, of another version, or not valid.
    """
    try:
        values: Any = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise RecipeError(
            "recipe", "This recipe is damaged: it is not valid JSON.", code="recipe-damaged"
        ) from exc
    if not isinstance(values, dict):
        raise RecipeError("recipe", "This recipe is damaged: it is not a JSON object.", code="recipe-damaged")
    return Recipe.from_dict(values)


def without_texts(data: bytes) -> bytes:
    """Return a PNG without its text chunks: the same bytes for the same picture, however it was made."""
    kept, at = [data[:8]], 8
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] != b"iTXt":
            kept.append(data[at:end])
        at = end
    return b"".join(kept)


def _png_text(data: bytes, key: str) -> str | None:
    # Read by hand and not by Pillow, which would decode the whole picture for chunks behind the pixels.
    for kind, body in _png_chunks(data):
        keyword, _, rest = body.partition(b"\0")
        if kind != b"iTXt" or keyword != key.encode() or len(rest) < 2:
            continue
        compressed = rest[0]
        text = rest[2:].split(b"\0", 2)[-1]
        if compressed:
            try:
                text = zlib.decompressobj().decompress(text, _MAX_TEXT)
            except zlib.error:
                return ""
        return text[:_MAX_TEXT].decode("utf-8", "replace")
    return None


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : at + 8]
        if kind == b"iTXt":
            yield kind, data[at + 8 : at + 8 + length]
        at += 12 + length


def _exif_text(data: bytes, name: str) -> str | None:
    try:
        image = open_quietly(data, name)
        with quiet():
            comment = image.getexif().get_ifd(_IFD_EXIF).get(_TAG_USER_COMMENT)
    except (Image.DecompressionBombError, *DAMAGE):
        return None
    if not isinstance(comment, bytes) or not comment.startswith(_COMMENT):
        return None
    return comment.removeprefix(_COMMENT).decode("ascii", "replace")
