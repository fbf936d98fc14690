"""Recognize a file's format by its first bytes, never by its name.

Besides the readable formats, this knows those that people often try, so that an
error can say what to choose instead. `engine.imaging.images` reads the pictures.
"""

from __future__ import annotations

from pathlib import Path

from engine.errors import ImageError

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF")
"""The readable formats, by Pillow's names."""

PICTURE_FORMATS = (*FORMATS, "HEIC", "GIF", "TIFF or raw", "BMP", "Photoshop", "JPEG XL", "JPEG 2000")
"""The formats of pictures, including those that cannot be read."""

_CHOOSE = "choose a JPEG, PNG, WebP or AVIF picture"

_PREFIXES = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF8", "GIF"),
    (b"II*\0", "TIFF or raw"),
    (b"MM\0*", "TIFF or raw"),
    (b"BM", "BMP"),
    (b"8BPS", "Photoshop"),
    (b"%PDF", "PDF"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
)
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
_AVIF_BRANDS = (b"avif", b"avis")


def sniff(head: bytes) -> str | None:
    """Return the name of a file's format, or None if it is unknown.

    Args:
        head: the first 64 bytes or more, or the entire file if it is shorter.
    """
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp":
        return _sniff_iso_media(head)
    if b"<svg" in head[:1024]:
        return "SVG"
    return next((name for prefix, name in _PREFIXES if head.startswith(prefix)), None)


def _sniff_iso_media(head: bytes) -> str:
    """Tell AVIF, HEIC and film apart by the brands that their shared container lists."""
    end = min(int.from_bytes(head[:4], "big"), 256)
    brands = [head[8:12], *(head[offset : offset + 4] for offset in range(16, end, 4))]
    if any(brand in _AVIF_BRANDS for brand in brands):
        return "AVIF"
    if any(brand in _HEIC_BRANDS for brand in brands):
        return "HEIC"
    return "film"


def is_picture(path: Path) -> bool:
    """Return whether a file is a readable picture, by its first bytes."""
    with path.open("rb") as file:
        return sniff(file.read(1024)) in FORMATS


def require_readable(data: bytes) -> str:
    """Return the format of a readable picture.

    Raises:
        ImageError: it is empty or has another format; the message says what to choose instead.
    """
    if not data:
        raise ImageError(f"This file is empty; {_CHOOSE}.", code="picture-empty")
    name = sniff(data[:1024])
    if name in FORMATS:
        return name
    if name == "HEIC":
        raise ImageError(
            "This is an HEIC picture, which Pastiche cannot read. Export it as JPEG and choose that file "
            "(on an iPhone: Settings, Camera, Formats, Most Compatible).",
            code="picture-format",
        )
    if name is not None:
        article = "an" if name == "SVG" else "a"
        raise ImageError(
            f"This is {article} {name} file, which Pastiche cannot read. Export it as JPEG or PNG "
            "and choose that file.",
            code="picture-format",
        )
    raise ImageError(f"This file is not a picture; {_CHOOSE}.", code="not-a-picture")
