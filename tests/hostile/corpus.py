"""Makes malicious and broken files: `python -m tests.hostile.corpus FOLDER [SEED]`.

Each has a name, its bytes, and whether it must be accepted, must be refused, or
may be either (a mutation can hit bytes that no decoder reads).
"""

from __future__ import annotations

import io
import random
import struct
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

from engine.imaging.decoding import srgb_profile

TAKEN, REFUSED, EITHER = "taken", "refused", "either"
FORMATS = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "avif": "AVIF"}
MARK = b"<script>alert('hostile')</script>"
"""Must not survive in a stored file."""
PLACE = b"48.8584N 2.2945E"
_SRGB = srgb_profile()


@dataclass(frozen=True)
class Hostile:
    """A file of the corpus."""

    name: str
    data: bytes
    fate: str


def corpus(seed: int) -> Iterator[Hostile]:
    """Yield every file; the seed determines the mutations."""
    for part in (_truncated, _bombs, _lies, _polyglots, _profiles, _exif, _odd_but_good, _texts):
        yield from part()
    yield from mutations(seed)


def _picture(width: int = 96, height: int = 64, mode: str = "RGB") -> Image.Image:
    across, down = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    planes = np.stack([across, down, 255 - across], -1).astype(np.uint8)
    return Image.fromarray(planes).convert(mode)


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, FORMATS[kind], **options)
    return file.getvalue()


def _good(kind: str) -> bytes:
    return _saved(_picture(), kind)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png(
    width: int, height: int, rows: bytes, *, depth: int = 8, colour: int = 2, extra: bytes = b""
) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    chunks = _chunk(b"IHDR", head) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def _zeros(count: int) -> bytes:
    pack = zlib.compressobj(9)
    block = bytes(2**20)
    parts = [pack.compress(block) for _ in range(count // 2**20)]
    return b"".join([*parts, pack.compress(bytes(count % 2**20)), pack.flush()])


def _with_chunk(extra: bytes) -> bytes:
    whole = _good("png")
    return whole[:33] + extra + whole[33:]


def _truncated() -> Iterator[Hostile]:
    for kind in FORMATS:
        whole = _good(kind)
        for part in range(1, 13):
            cut = max(1, len(whole) * part // 13)
            yield Hostile(f"cut-{part}-of-13.{kind}", whole[:cut], REFUSED if part < 12 else EITHER)


def _bombs() -> Iterator[Hostile]:
    yield Hostile("bomb-100-megapixels.png", _png(10_000, 10_000, _zeros(10_000 * 30_001)), REFUSED)
    yield Hostile("bomb-claims-gigapixels.png", _png(2**31 - 1, 2**31 - 1, _zeros(1000)), REFUSED)
    yield Hostile("bomb-just-under.png", _png(7000, 7000, _zeros(7000 * 7001), colour=0), TAKEN)
    yield Hostile("bomb-sixteen-bit.png", _png(3000, 3000, _zeros(3000 * 24_001), depth=16, colour=6), EITHER)
    yield Hostile("bomb-too-many-rows.png", _png(64, 64, _zeros(64 * 2**20)), EITHER)
    yield Hostile("bomb-one-row.png", _png(2_000_000, 1, _zeros(6_000_001)), REFUSED)
    yield Hostile("bomb-sliver.png", _png(64_000, 16, _zeros(16 * 192_001)), REFUSED)
    jpeg = bytearray(_good("jpg"))
    at = jpeg.index(b"\xff\xc0")
    jpeg[at + 5 : at + 9] = struct.pack(">HH", 65_500, 65_500)
    yield Hostile("bomb-claims-4-gigapixels.jpg", bytes(jpeg), REFUSED)
    jpeg[at + 5 : at + 9] = struct.pack(">HH", 7000, 7000)
    yield Hostile("bomb-claims-49-megapixels.jpg", bytes(jpeg), EITHER)
    yield Hostile("bomb-60-megapixels.jpg", _saved(Image.new("L", (10_000, 6_000)), "jpg"), REFUSED)
    for width in (2**14 - 1, 9000):
        small = (width - 1).to_bytes(3, "little")
        head = b"VP8X" + struct.pack("<I", 10) + bytes(4) + small + small
        body = b"WEBP" + head + _good("webp")[12:]
        yield Hostile(f"bomb-claims-{width}.webp", b"RIFF" + struct.pack("<I", len(body)) + body, REFUSED)
    avif = bytearray(_good("avif"))
    at = avif.index(b"ispe") + 8
    for width in (30_000, 65_000, 2**31):
        avif[at : at + 8] = struct.pack(">II", width, width)
        yield Hostile(f"bomb-claims-{width}.avif", bytes(avif), REFUSED)


def _lies() -> Iterator[Hostile]:
    for claimed in FORMATS:
        for real in FORMATS:
            if claimed != real:
                yield Hostile(f"truly-{real}.{claimed}", _good(real), TAKEN)
    heads = {
        "empty": b"",
        "one-byte": b"\xff",
        "text": b"Dear studio, please paint this.\n" * 20,
        "html": b"<!doctype html>" + MARK,
        "svg": b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'>" + MARK + b"</svg>",
        "gif": b"GIF89a" + bytes(200),
        "tiff": b"II*\0" + bytes(200),
        "bmp": b"BM" + bytes(200),
        "psd": b"8BPS" + bytes(200),
        "pdf": b"%PDF-1.7\n" + bytes(200),
        "heic": b"\0\0\0\x18ftypheic\0\0\0\0heicmif1" + bytes(200),
        "film": b"\0\0\0\x18ftypisom\0\0\0\0isomavc1" + bytes(200),
        "zip": b"PK\x03\x04" + bytes(200),
        "program": b"\x7fELF" + bytes(200),
        "zeros": bytes(100_000),
        "jpeg-head-only": b"\xff\xd8\xff" + bytes(1000),
        "png-head-only": b"\x89PNG\r\n\x1a\n" + bytes(1000),
        "webp-head-only": b"RIFF\xff\xff\xff\x7fWEBPVP8 " + bytes(1000),
        "avif-head-only": b"\0\0\0\x18ftypavif\0\0\0\0avifmif1" + bytes(1000),
        "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n" + bytes(200),
    }
    for name, data in heads.items():
        yield Hostile(f"{name}.png", data, REFUSED)
    yield Hostile("too-large.jpg", _good("jpg") + bytes(25 * 2**20), REFUSED)
    whole = _good("png")
    for colour, depth in ((7, 8), (2, 3), (3, 16)):
        yield Hostile(
            f"colour-{colour}-depth-{depth}.png",
            _png(64, 64, _zeros(9000), depth=depth, colour=colour),
            REFUSED,
        )
    yield Hostile("no-palette.png", _png(64, 64, _zeros(65 * 64), colour=3), EITHER)
    yield Hostile("no-size.png", _png(0, 0, _zeros(10)), REFUSED)
    yield Hostile("two-heads.png", whole[:33] + whole[8:33] + whole[33:], EITHER)
    yield Hostile("endless-chunk.png", whole[:33] + b"\x7f\xff\xff\xffIDAT" + whole[41:], EITHER)
    yield Hostile("../../etc/passwd\0.png", whole, TAKEN)
    yield Hostile("n" * 4000 + ".png", whole, TAKEN)


def _polyglots() -> Iterator[Hostile]:
    for kind in ("jpg", "png", "webp"):
        yield Hostile(f"archive-behind.{kind}", _good(kind) + b"PK\x03\x04" + bytes(60) + MARK, TAKEN)
        yield Hostile(f"page-behind.{kind}", _good(kind) + b"<html>" + MARK, TAKEN)
    yield Hostile("comment.jpg", _saved(_picture(), "jpg", comment=MARK), TAKEN)
    yield Hostile("text.png", _with_chunk(_chunk(b"tEXt", b"Comment\0" + MARK)), TAKEN)
    yield Hostile("unknown-chunk.png", _with_chunk(_chunk(b"haCk", MARK)), TAKEN)
    yield Hostile("xmp.webp", _saved(_picture(), "webp", xmp=MARK), TAKEN)


def _profiles() -> Iterator[Hostile]:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    cmyk_named = bytearray(_SRGB)
    cmyk_named[16:20] = b"CMYK"
    many_tags = bytearray(_SRGB)
    many_tags[128:132] = b"\xff\xff\xff\xff"
    odd = {
        "noise": random.Random(1).randbytes(600),
        "cut": _SRGB[:90],
        "of-cmyk": bytes(cmyk_named),
        "of-four-billion-tags": bytes(many_tags),
        "of-nothing": b"",
        "large": _SRGB + bytes(3 * 2**20),
        "lab": lab[:24] + bytes(12) + lab[36:],  # without its creation time
    }
    for name, profile in odd.items():
        for kind in ("jpg", "png", "webp"):
            if len(profile) < 2**20 or kind != "png":
                yield Hostile(f"profile-{name}.{kind}", _saved(_picture(), kind, icc_profile=profile), TAKEN)
    bomb = _chunk(b"iCCP", b"bomb\0\0" + _zeros(64 * 2**20))
    yield Hostile("profile-bomb.png", _with_chunk(bomb), EITHER)


def _exif() -> Iterator[Hostile]:
    def block(count: int, entries: bytes) -> bytes:
        return b"Exif\0\0MM\0*\0\0\0\x08" + struct.pack(">H", count) + entries

    placed = Image.Exif()
    placed[0x010E] = PLACE.decode()
    placed.get_ifd(0x8825)[29] = PLACE.decode()
    odd = {
        "loop": block(1, struct.pack(">HHII", 0x8769, 4, 1, 8) + struct.pack(">I", 8)),
        "many": block(65_535, b"\0" * 24),
        "far": block(1, struct.pack(">HHII", 0x010E, 2, 2**31, 2**31)),
        "orientation-99": block(1, struct.pack(">HHIHH", 0x0112, 3, 1, 99, 0)),
        "orientation-text": block(1, struct.pack(">HHI4s", 0x0112, 2, 4, b"up!\0")),
        "dpi-of-nothing": block(1, struct.pack(">HHII", 0x011A, 5, 1, 26) + bytes(8)),
        "noise": b"Exif\0\0" + random.Random(2).randbytes(500),
        "cut": b"Exif\0\0MM",
        "place": placed.tobytes(),
    }
    for name, exif in odd.items():
        for kind in ("jpg", "png", "webp"):
            yield Hostile(f"exif-{name}.{kind}", _saved(_picture(), kind, exif=exif), TAKEN)


def _odd_but_good() -> Iterator[Hostile]:
    frames = [_picture().rotate(angle) for angle in (0, 90, 180)]
    for kind in ("png", "webp", "avif"):
        moving = _saved(frames[0], kind, save_all=True, append_images=frames[1:])
        yield Hostile(f"animated.{kind}", moving, TAKEN)
    many = _saved(
        frames[0].resize((16, 16)),
        "webp",
        save_all=True,
        append_images=[f.resize((16, 16)) for f in frames] * 300,
    )
    yield Hostile("twelve-hundred-frames.webp", many, TAKEN)
    deep = (np.arange(96 * 64) * 10 % 65536).astype(np.uint16).reshape(64, 96)
    yield Hostile("sixteen-bit-grey.png", _saved(Image.fromarray(deep), "png"), TAKEN)
    for colour, samples in ((2, 3), (4, 2), (6, 4)):
        rows = zlib.compress((b"\0" + bytes(range(128)) * samples) * 64)
        yield Hostile(f"sixteen-bit-{samples}.png", _png(64, 64, rows, depth=16, colour=colour), EITHER)
    yield Hostile("cmyk.jpg", _saved(_picture(mode="CMYK"), "jpg"), TAKEN)
    yield Hostile("cmyk-with-rgb-profile.jpg", _saved(_picture(mode="CMYK"), "jpg", icc_profile=_SRGB), TAKEN)
    for mode in ("1", "L", "LA", "P", "RGBA"):
        yield Hostile(f"mode-{mode}.png", _saved(_picture(mode=mode), "png"), TAKEN)
    yield Hostile("progressive.jpg", _saved(_picture(), "jpg", progressive=True), TAKEN)
    yield Hostile("wholly-transparent.png", _saved(Image.new("RGBA", (64, 64)), "png"), REFUSED)
    yield Hostile("tiny.png", _saved(_picture(15, 15), "png"), REFUSED)


def _texts() -> Iterator[Hostile]:
    packed = _zeros(80 * 2**20)
    yield Hostile("text-bomb-ztxt.png", _with_chunk(_chunk(b"zTXt", b"c\0\0" + packed)), EITHER)
    yield Hostile("text-bomb-itxt.png", _with_chunk(_chunk(b"iTXt", b"c\0\1\0\0\0" + packed)), EITHER)
    yield Hostile(
        "text-of-20-megabytes.png", _with_chunk(_chunk(b"tEXt", b"c\0" + b"x" * 20 * 2**20)), EITHER
    )
    yield Hostile("ten-thousand-texts.png", _with_chunk(_chunk(b"tEXt", b"c\0" + b"x" * 90) * 10_000), EITHER)
    recipe = _chunk(b"iTXt", b"pastiche:recipe\0\0\0\0\0" + b"[" * 200_000)
    yield Hostile("recipe-of-brackets.png", _with_chunk(recipe), TAKEN)


def mutations(seed: int) -> Iterator[Hostile]:
    """Yield files with a few random changes."""
    dice = random.Random(seed)
    for number in range(48):
        kind = list(FORMATS)[number % 4]
        data = bytearray(_good(kind))
        for _ in range(dice.choice((1, 3, 20))):
            at = dice.randrange(len(data))
            match dice.randrange(4):
                case 0:
                    data[at] ^= 1 << dice.randrange(8)
                case 1:
                    data[at] = dice.choice((0, 255))
                case 2:
                    del data[at : at + dice.randrange(1, 9)]
                case _:
                    data[at:at] = dice.randbytes(dice.randrange(1, 9))
        yield Hostile(f"mutation-{seed}-{number}.{kind}", bytes(data), EITHER)


def main() -> int:
    """Write the corpus into a folder."""
    folder, seed = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    folder.mkdir(parents=True, exist_ok=True)
    for number, hostile in enumerate(corpus(seed)):
        kept = "".join(char if char.isalnum() or char in "-." else "_" for char in hostile.name)[-60:]
        (folder / f"{number:03}-{hostile.fate}-{kept}").write_bytes(hostile.data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
