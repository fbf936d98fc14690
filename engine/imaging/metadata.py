"""The recipe and other metadata in a picture's file.

A PNG stores the recipe in a text chunk, JPEG and WebP in the EXIF user comment.
The history of the painting, which may be long, is stored in PNG only.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from engine.errors import RecipeError
from engine.imaging.decoding import DECODING_ERRORS, open_without_warnings, without_warnings
from engine.recipe import Recipe
from engine.recipe.history import History

RECIPE_KEY = "pastiche:recipe"
HISTORY_KEY = "pastiche:making"
SOFTWARE = "Pastiche"

_MAX_TEXT_BYTES = 2**20
_TAG_SOFTWARE, _TAG_X_RESOLUTION, _TAG_Y_RESOLUTION, _TAG_RESOLUTION_UNIT = 0x0131, 0x011A, 0x011B, 0x0128
_IFD_EXIF, _TAG_USER_COMMENT = 0x8769, 0x9286
_INCHES = 2
_COMMENT_PREFIX = b"ASCII\0\0\0" + RECIPE_KEY.encode() + b" "


def png_texts(recipe: Recipe | None, history: History | None, texts: Mapping[str, str]) -> PngInfo:
    """Return a PNG's text chunks."""
    info = PngInfo()
    for name, text in {"Software": SOFTWARE, **texts}.items():
        info.add_itxt(name, text)
    if recipe:
        info.add_itxt(RECIPE_KEY, json.dumps(recipe.to_dict()))
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
        block[_IFD_EXIF] = {_TAG_USER_COMMENT: _COMMENT_PREFIX + json.dumps(recipe.to_dict()).encode("ascii")}
    return block.tobytes()


def find_recipe(data: bytes, format_name: str) -> Recipe | None:
    """Return the recipe inside a file, or None if there is none.

    Args:
        data: the file.
        format_name: its format, by Pillow's name.

    Raises:
        RecipeError: the recipe is damaged, has another version, or is not valid.
    """
    text = _png_text(data, RECIPE_KEY) if format_name == "PNG" else _exif_text(data, format_name)
    return None if text is None else parse_recipe(text)


def find_history(data: bytes, format_name: str) -> History | None:
    """Return the history inside a file, or None if it or the recipe is missing.

    Args:
        data: the file.
        format_name: its format, by Pillow's name.

    Raises:
        RecipeError: the history or the recipe is damaged, has another version, or is not valid.
    """
    text = _png_text(data, HISTORY_KEY) if format_name == "PNG" else None
    recipe = find_recipe(data, format_name)
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
        RecipeError: it is not a JSON object, has another version, or is not valid.
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


def strip_texts(data: bytes) -> bytes:
    """Return a PNG without its text chunks, so that equal pictures have equal bytes whatever their recipe."""
    kept, offset = [data[:8]], 8
    while offset + 12 <= len(data):
        end = offset + 12 + int.from_bytes(data[offset : offset + 4], "big")
        if data[offset + 4 : offset + 8] != b"iTXt":
            kept.append(data[offset:end])
        offset = end
    return b"".join(kept)


def _png_text(data: bytes, key: str) -> str | None:
    # Pillow would decode the entire picture to reach chunks after the pixels, so read the chunks here.
    for body in _text_chunks(data):
        keyword, _, rest = body.partition(b"\0")
        if keyword != key.encode() or len(rest) < 2:
            continue
        compressed = rest[0]
        text = rest[2:].split(b"\0", 2)[-1]
        if compressed:
            try:
                text = zlib.decompressobj().decompress(text, _MAX_TEXT_BYTES)
            except zlib.error:
                return ""
        return text[:_MAX_TEXT_BYTES].decode("utf-8", "replace")
    return None


def _text_chunks(data: bytes) -> Iterator[bytes]:
    offset = 8
    while offset + 12 <= len(data):
        length = int.from_bytes(data[offset : offset + 4], "big")
        if data[offset + 4 : offset + 8] == b"iTXt":
            yield data[offset + 8 : offset + 8 + length]
        offset += 12 + length


def _exif_text(data: bytes, format_name: str) -> str | None:
    try:
        image = open_without_warnings(data, format_name)
        with without_warnings():
            comment = image.getexif().get_ifd(_IFD_EXIF).get(_TAG_USER_COMMENT)
    except (Image.DecompressionBombError, *DECODING_ERRORS):
        return None
    if not isinstance(comment, bytes) or not comment.startswith(_COMMENT_PREFIX):
        return None
    return comment.removeprefix(_COMMENT_PREFIX).decode("ascii", "replace")
