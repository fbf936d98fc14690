import errno
import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngImageFile

from engine.errors import ImageError, MaskError, RecipeError
from engine.imaging import decoding, images
from engine.imaging.sniff import sniff
from engine.recipe import Recipe, sizes
from tests.support.refusals import assert_says, refused


def saved(image: Image.Image, format: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def gradient(height: int = 40, width: int = 60) -> Image.Image:
    """Red grows to the right and green downwards; blue is one half."""
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return Image.fromarray(np.stack([x, y, np.full_like(x, 128)], -1).round().astype(np.uint8))


def as_floats(image: Image.Image) -> np.ndarray:
    return np.asarray(image, np.float32) / 255


def png_of(chunks: list[tuple[bytes, bytes]]) -> bytes:
    data = b"\x89PNG\r\n\x1a\n"
    for chunk_type, body in chunks:
        checksum = zlib.crc32(chunk_type + body)
        data += struct.pack(">I", len(body)) + chunk_type + body + struct.pack(">I", checksum)
    return data


def png_bomb(side: int) -> bytes:
    """A valid PNG of side x side black bilevel pixels in a few kilobytes."""
    deflate = zlib.compressobj(9)
    row = bytes(1 + (side + 7) // 8)
    body = b"".join(deflate.compress(row) for _ in range(min(side, 2000))) + deflate.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return png_of([(b"IHDR", header), (b"IDAT", body), (b"IEND", b"")])


def refusal(data: bytes | Path, **options) -> ImageError:
    with pytest.raises(ImageError) as caught:
        images.read(data, **options)
    sentence = str(caught.value)
    assert sentence.endswith((".", ").")), sentence
    assert "\n" not in sentence
    return caught.value


def refusal_or_nothing(data: bytes) -> str:
    try:
        images.read(data)
    except ImageError as exc:
        return str(exc)
    return ""


class TestColours:
    @pytest.mark.parametrize(
        ("format", "options", "tolerance"),
        [
            ("PNG", {}, 0),
            ("JPEG", {"quality": 95}, 0.05),
            ("WEBP", {"lossless": True}, 0),
            ("WEBP", {"quality": 95}, 0.06),
            ("AVIF", {"quality": 95}, 0.05),
        ],
    )
    def test_each_format_is_read(self, format, options, tolerance):
        picture = images.read(saved(gradient(), format, **options))
        assert picture.rgb.dtype == np.float32
        assert picture.size == (40, 60)
        assert picture.alpha is None
        assert np.abs(picture.rgb - as_floats(gradient())).max() <= tolerance + 1e-6

    def test_the_content_decides_the_format_not_the_name(self, tmp_path):
        path = tmp_path / "holiday.jpg"
        path.write_bytes(saved(gradient(), "PNG"))
        assert images.read(path).size == (40, 60)

    def test_grey_becomes_three_equal_channels(self):
        picture = images.read(saved(gradient().convert("L"), "JPEG"))
        assert picture.rgb.shape == (40, 60, 3)
        assert np.ptp(picture.rgb, axis=-1).max() == 0

    def test_bilevel(self):
        picture = images.read(saved(gradient().convert("1"), "PNG"))
        assert set(np.unique(picture.rgb)) == {0.0, 1.0}

    def test_sixteen_bit_grey_is_scaled_not_clipped(self):
        ramp = np.linspace(0, 65535, 64 * 64).reshape(64, 64)
        data = saved(Image.fromarray(ramp.round().astype(np.uint16)), "PNG")
        assert np.allclose(images.read(data).rgb[..., 1], ramp / 65535, atol=2e-5)

    def test_sixteen_bit_colour_is_scaled_not_clipped(self):
        values = np.linspace(0, 65535, 32 * 32 * 3).reshape(32, 32, 3).round().astype(">u2")
        rows = b"".join(b"\0" + row.tobytes() for row in values)
        data = png_of(
            [
                (b"IHDR", struct.pack(">IIBBBBB", 32, 32, 16, 2, 0, 0, 0)),
                (b"IDAT", zlib.compress(rows)),
                (b"IEND", b""),
            ]
        )
        assert np.allclose(images.read(data).rgb, values / 65535, atol=1 / 255)

    def test_cmyk_without_a_profile(self):
        flat = Image.new("CMYK", (32, 32), (0, 255, 255, 0))
        picture = images.read(saved(flat, "JPEG", quality=95))
        assert np.allclose(picture.rgb.mean((0, 1)), (1, 0, 0), atol=0.05)

    def test_palette_with_transparency(self):
        indexed = Image.new("P", (32, 32), 1)
        indexed.putpalette([0, 0, 0, 255, 0, 0, 0, 0, 255])
        indexed.paste(2, (0, 0, 16, 32))
        picture = images.read(saved(indexed, "PNG", transparency=bytes([255, 255, 0])))
        assert np.array_equal(picture.rgb[0, 31], (1, 0, 0))
        assert np.array_equal(picture.alpha[0, [0, 31]], (0, 1))

    def test_one_colour_marked_as_transparent(self):
        flat = gradient()
        flat.paste((1, 2, 3), (0, 0, 30, 40))
        picture = images.read(saved(flat, "PNG", transparency=(1, 2, 3)))
        assert picture.alpha[0, 0] == 0
        assert picture.alpha[0, 59] == 1

    @pytest.mark.parametrize("format", ["PNG", "WEBP", "AVIF"])
    def test_alpha_is_separated_and_hidden_pixels_are_white(self, format):
        image = gradient().convert("RGBA")
        alpha = Image.new("L", image.size, 255)
        alpha.paste(0, (0, 0, 20, 40))
        alpha.paste(128, (20, 0, 30, 40))
        image.putalpha(alpha)
        picture = images.read(
            saved(image, format, lossless=True) if format == "WEBP" else saved(image, format)
        )
        assert picture.alpha.shape == picture.size
        assert np.allclose(picture.alpha[20, [5, 25, 50]], (0, 128 / 255, 1), atol=0.02)
        assert np.array_equal(picture.rgb[20, 5], (1, 1, 1))
        assert np.allclose(picture.rgb[20, 50], as_floats(gradient())[20, 50], atol=0.06)

    def test_grey_with_alpha(self):
        image = gradient().convert("LA")
        image.putalpha(gradient().getchannel("R"))
        picture = images.read(saved(image, "PNG"))
        assert np.allclose(picture.alpha, as_floats(gradient())[..., 0])

    def test_an_opaque_alpha_channel_is_dropped(self):
        assert images.read(saved(gradient().convert("RGBA"), "PNG")).alpha is None


class TestProfiles:
    def test_a_wide_gamut_profile_is_converted_to_srgb(self):
        flat = Image.new("RGB", (32, 32), (180, 60, 60))
        inside = images.read(saved(flat, "PNG", icc_profile=wide_gamut_profile())).rgb[0, 0]
        assert inside[0] > 180 / 255 + 0.02, "a wide-gamut red has a larger red value in sRGB"
        neutral = Image.new("RGB", (32, 32), (128, 128, 128))
        grey = images.read(saved(neutral, "PNG", icc_profile=wide_gamut_profile())).rgb[0, 0]
        assert np.ptp(grey) < 0.02

    def test_srgb_changes_nothing(self):
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        picture = images.read(saved(gradient(), "PNG", icc_profile=profile))
        assert np.allclose(picture.rgb, as_floats(gradient()))

    @pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "1", "P"])
    @pytest.mark.parametrize("profile", [b"", b"not a profile", bytes(200)])
    def test_an_unusable_profile_is_taken_for_srgb(self, mode, profile):
        picture = images.read(saved(gradient().convert(mode), "PNG", icc_profile=profile))
        assert picture.size == (40, 60)

    def test_a_colour_profile_on_a_grey_picture(self):
        picture = images.read(saved(gradient().convert("L"), "PNG", icc_profile=wide_gamut_profile()))
        assert np.ptp(picture.rgb, axis=-1).max() < 0.02

    def test_a_profile_on_sixteen_bit_grey_keeps_its_depth(self):
        ramp = np.linspace(0, 65535, 64 * 64).reshape(64, 64).round().astype(np.uint16)
        picture = images.read(saved(Image.fromarray(ramp), "PNG", icc_profile=wide_gamut_profile()))
        assert len(np.unique(picture.rgb[..., 1])) > 2000


def wide_gamut_profile() -> bytes:
    """Display P3 in ICC version 2: sRGB's profile with other primaries and another name."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    primaries = {
        b"rXYZ": (0.51512, 0.24120, -0.00105),
        b"gXYZ": (0.29198, 0.69225, 0.04189),
        b"bXYZ": (0.15710, 0.06657, 0.78407),
    }
    count = struct.unpack_from(">I", profile, 128)[0]
    for entry in range(count):
        tag, offset, size = struct.unpack_from(">4sII", profile, 132 + 12 * entry)
        if tag in primaries:
            struct.pack_into(">3i", profile, offset + 8, *(round(v * 65536) for v in primaries[tag]))
        if tag == b"desc":
            text = bytes(profile[offset : offset + size])
            profile[offset : offset + size] = text.replace(
                "sRGB".encode("utf-16-be"), "P3xx".encode("utf-16-be")
            )
    return bytes(profile)


class TestOrientation:
    @pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF"])
    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_every_orientation_comes_out_upright(self, orientation, format):
        turned = {
            1: lambda a: a,
            2: np.fliplr,
            3: lambda a: np.rot90(a, 2),
            4: np.flipud,
            5: lambda a: a.transpose(1, 0, 2),
            6: lambda a: np.rot90(a, 1),
            7: lambda a: np.rot90(a.transpose(1, 0, 2), 2),
            8: lambda a: np.rot90(a, -1),
        }[orientation](np.asarray(gradient()))
        exif = Image.Exif()
        exif[0x0112] = orientation
        data = saved(Image.fromarray(np.ascontiguousarray(turned)), format, exif=exif, quality=95)
        picture = images.read(data)
        assert picture.size == (40, 60)
        assert np.abs(picture.rgb - as_floats(gradient())).mean() < 0.02

    def test_a_broken_exif_block_is_ignored(self):
        for exif in (
            b"Exif\0\0",
            b"Exif\0\0MM\0*\0\0\0\x08\xff\xff",
            b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01",
        ):
            assert images.read(saved(gradient(), "JPEG", exif=exif)).size == (40, 60)


class TestAnimations:
    @pytest.mark.parametrize("format", ["PNG", "WEBP", "AVIF"])
    def test_the_first_frame_is_taken(self, format):
        frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue")]
        data = saved(frames[0], format, save_all=True, append_images=frames[1:], duration=100)
        assert np.allclose(images.read(data).rgb.mean((0, 1)), (1, 0, 0), atol=0.05)


class TestRefusals:
    def test_an_empty_file(self):
        assert_says(refusal(b""), "picture-empty", "JPEG", "PNG", "WebP", "AVIF")

    @pytest.mark.parametrize("data", [b"Dear diary, today I painted.\n", b"\0" * 500, b"\xff\xd8", b"RIFF"])
    def test_a_file_that_is_not_a_picture(self, data):
        assert_says(refusal(data), "not-a-picture", "JPEG", "PNG", "WebP", "AVIF")

    @pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1", b"hevc"])
    def test_heic_says_what_to_do(self, brand):
        error = refusal(b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0mif1heic" + bytes(100))
        assert_says(error, "picture-format", "HEIC", "JPEG")

    def test_avif_with_the_generic_brand_is_not_taken_for_heic(self):
        data = saved(gradient(), "AVIF")
        assert data[8:12] == b"avif"
        length = int.from_bytes(data[:4], "big")
        assert b"avif" in data[16:length]
        assert images.read(data[:8] + b"mif1" + data[12:]).size == (40, 60)

    @pytest.mark.parametrize("format", ["GIF", "TIFF", "BMP", "PDF"])
    def test_other_formats_are_named(self, format):
        assert_says(refusal(saved(gradient(), format)), "picture-format", format, "PNG")

    def test_a_vector_drawing_is_named(self):
        error = refusal(b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>')
        assert_says(error, "picture-format", "SVG")

    def test_a_video_is_named(self):
        data = b"\0\0\0\x18ftypisom\0\0\0\0isomavc1" + bytes(100)
        assert sniff(data) == "film"
        assert_says(refusal(data), "picture-format", "film")

    @pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF"])
    @pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.5, 0.8, 0.95])
    def test_a_truncated_file(self, format, share):
        noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
        data = saved(Image.fromarray(noise), format)
        assert refusal(data[: int(len(data) * share)]).code in ("picture-damaged", "not-a-picture")

    @pytest.mark.parametrize("side", [8_000, 13_000, 30_000])
    def test_a_bomb_is_refused_before_it_is_decoded(self, side):
        data = png_bomb(side)
        assert len(data) < 50_000
        assert_says(refusal(data), "picture-too-large", 50)

    def test_bombs_in_text_and_profile_chunks(self):
        pixels = saved(gradient(), "PNG")
        bomb = zlib.compress(bytes(80_000_000), 9)
        for chunk_type, body in ((b"zTXt", b"a\0\0" + bomb), (b"iCCP", b"a\0\0" + bomb)):
            checksum = zlib.crc32(chunk_type + body)
            chunk = struct.pack(">I", len(body)) + chunk_type + body + struct.pack(">I", checksum)
            assert len(refusal_or_nothing(pixels[:33] + chunk + pixels[33:])) < 200

    def test_one_pixel_is_too_small(self):
        assert_says(refusal(saved(Image.new("RGB", (1, 1)), "PNG")), "picture-too-small", "1 × 1", 16)

    def test_the_caller_sets_the_limits(self):
        data = saved(gradient(), "PNG")
        assert_says(refusal(data, max_pixels=2399), "picture-too-large", "60 × 40", "0.002399")
        assert images.read(data, max_pixels=2400).size == (40, 60)
        assert_says(refusal(data, min_side=41), "picture-too-small", "60 × 40", 41)

    def test_a_completely_transparent_picture(self):
        data = saved(Image.new("RGBA", (32, 32), (9, 9, 9, 0)), "PNG")
        assert_says(refusal(data), "picture-transparent")

    def test_a_missing_path_and_a_folder(self, tmp_path):
        assert_says(refusal(tmp_path / "none.jpg"), "file-missing")
        assert_says(refusal(tmp_path), "file-unreadable", os.strerror(errno.EISDIR).lower())

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        st.sampled_from(["JPEG", "PNG", "WEBP", "AVIF"]),
        st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=12),
    )
    def test_damage_is_survived_or_raises_an_image_error(self, format, damage):
        exif = Image.Exif()
        exif[0x0112] = 6
        data = bytearray(saved(gradient(), format, exif=exif, icc_profile=wide_gamut_profile()))
        for where, value in damage:
            data[int(where * len(data))] = value
        try:
            picture = images.read(bytes(data))
            images.read_recipe(bytes(data))
        except ImageError:
            return
        assert picture.rgb.min() >= 0
        assert picture.rgb.max() <= 1


class TestMaxSide:
    @pytest.mark.parametrize("mode", ["RGB", "L", "1", "P", "RGBA", "LA", "I;16"])
    def test_a_large_picture_is_shrunk_while_it_is_decoded(self, mode):
        image = gradient(400, 600)
        image = (
            Image.fromarray(np.asarray(image)[..., 0].astype(np.uint16) * 257)
            if mode == "I;16"
            else image.convert(mode)
        )
        picture = images.read(saved(image, "PNG"), max_side=60)
        assert picture.size == (40, 60)
        red = picture.rgb[20, :, 0]
        if mode != "1":
            assert red[-5] > red[5]

    def test_a_jpeg_turned_on_its_side(self):
        exif = Image.Exif()
        exif[0x0112] = 6
        assert images.read(saved(gradient(800, 1200), "JPEG", exif=exif), max_side=100).size == (100, 67)

    def test_a_small_picture_keeps_its_size(self):
        assert images.read(saved(gradient(), "PNG"), max_side=60).size == (40, 60)


class TestResize:
    def test_a_flat_picture_stays_flat(self):
        assert np.allclose(images.resize(np.full((40, 60, 3), 0.3, np.float32), (17, 91)), 0.3, atol=1e-6)

    def test_shrinking_does_not_alias(self):
        stripes = np.tile(np.array([[0, 1]], np.float32), (64, 64))[..., None].repeat(3, -1)
        small = images.resize(stripes, (16, 30))
        assert np.abs(small[:, 2:-2] - 0.5).max() < 0.05

    def test_edges_do_not_overshoot(self):
        edge = np.zeros((32, 32, 3), np.float32)
        edge[:, 16:] = 1
        grown = images.resize(edge, (96, 96))
        assert grown.dtype == np.float32
        assert grown.min() >= 0
        assert grown.max() <= 1

    def test_resizing_keeps_the_mean(self):
        noise = np.random.default_rng(0).uniform(0.2, 0.8, (64, 96, 3)).astype(np.float32)
        assert np.allclose(images.resize(noise, (32, 48)).mean((0, 1)), noise.mean((0, 1)), atol=0.005)

    def test_a_plane(self):
        assert images.resize(np.ones((40, 60), np.float32), (20, 30)).shape == (20, 30)

    @pytest.mark.parametrize(
        ("size", "longer_side", "fitted"),
        [
            ((480, 640), 512, (384, 512)),
            ((640, 480), 512, (512, 384)),
            ((100, 50), 512, (512, 256)),
            ((5000, 16), 64, (64, 1)),
        ],
    )
    def test_fitted_size(self, size, longer_side, fitted):
        assert sizes.fitted_size(size, longer_side) == fitted
        assert images.fit(np.zeros((*size, 3), np.float32), longer_side).shape == (*fitted, 3)


class TestEncode:
    recipe = Recipe(size=321, strength=61, style_weights=(1, 2), max_steps=7)

    def rgb(self) -> np.ndarray:
        return as_floats(gradient())

    @pytest.mark.parametrize(("format", "tolerance"), [("png", 1e-6), ("jpeg", 0.06), ("webp", 0.08)])
    def test_an_encoded_picture_can_be_read(self, format, tolerance):
        data = images.encode(self.rgb(), format, dpi=300, recipe=self.recipe)
        picture = images.read(data)
        assert np.abs(picture.rgb - self.rgb()).max() <= tolerance
        assert picture.dpi == 300
        assert images.read_recipe(data) == self.recipe
        assert ImageCms.getProfileDescription(
            ImageCms.ImageCmsProfile(io.BytesIO(Image.open(io.BytesIO(data)).info["icc_profile"]))
        ).startswith("sRGB")

    @pytest.mark.parametrize("format", ["png", "jpeg", "webp"])
    def test_equal_input_gives_equal_bytes(self, format):
        decoding.srgb_profile.cache_clear()
        first = images.encode(self.rgb(), format, recipe=self.recipe)
        decoding.srgb_profile.cache_clear()
        assert images.encode(self.rgb(), format, recipe=self.recipe) == first

    @pytest.mark.parametrize("format", ["png", "webp"])
    def test_alpha_is_kept(self, format):
        alpha = self.rgb()[..., 0].copy()
        alpha[:, 0] = 0
        assert np.allclose(
            images.read(images.encode(self.rgb(), format, alpha=alpha)).alpha, alpha, atol=0.01
        )

    def test_jpeg_puts_transparency_over_white(self):
        picture = images.read(
            images.encode(np.zeros((32, 32, 3), np.float32), "jpeg", alpha=np.zeros((32, 32), np.float32))
        )
        assert picture.rgb.min() > 0.98

    def test_values_out_of_range_are_clipped_and_others_rounded(self):
        picture = images.read(images.encode(np.full((16, 16, 3), 1.7, np.float32), "png"))
        assert picture.rgb.min() == 1
        half = images.encode(np.full((16, 16, 3), 0.5, np.float32), "png")
        assert np.allclose(images.read(half).rgb, 128 / 255)

    def test_png_texts(self):
        data = images.encode(self.rgb(), "png", recipe=self.recipe, texts={"Title": "Katze, träumend"})
        text = PngImageFile(io.BytesIO(data)).text
        assert text["Software"] == "Pastiche"
        assert text["Title"] == "Katze, träumend"
        assert '"size": 321' in text["pastiche:recipe"]


class TestReadRecipe:
    def test_a_picture_without_one(self):
        for format in ("PNG", "JPEG", "WEBP", "AVIF"):
            assert images.read_recipe(saved(gradient(), format)) is None

    def test_a_comment_of_another_program_is_ignored(self):
        exif = Image.Exif()
        exif[0x8769] = {0x9286: b"ASCII\0\0\0made by another program"}
        assert images.read_recipe(saved(gradient(), "JPEG", exif=exif)) is None

    def test_it_is_found_after_the_pixels_and_compressed(self):
        data = images.encode(as_floats(gradient()), "png")
        body = b"pastiche:recipe\0\x01\0\0\0" + zlib.compress(b'{"version": 1, "size": 99}')
        chunk = struct.pack(">I", len(body)) + b"iTXt" + body + struct.pack(">I", zlib.crc32(b"iTXt" + body))
        assert images.read_recipe(data[:-12] + chunk + data[-12:]) == Recipe(size=99)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "nonsense",
            "[]",
            "[" * 100_000,
            '{"size": 1}',
            '{"version": 2}',
            '{"colour": "red"}',
            '{"size": 1' + "0" * 400 + "}",
            '{"style_layers": {"a": 1}}',
            '{"strength": NaN}',
        ],
    )
    def test_a_bad_one_is_a_recipe_error(self, text):
        body = b"pastiche:recipe\0\0\0\0\0" + text.encode()
        data = png_of([(b"IHDR", bytes(13)), (b"iTXt", body), (b"IEND", b"")])
        with pytest.raises(RecipeError):
            images.read_recipe(data)

    def test_not_a_picture(self):
        with pytest.raises(ImageError):
            images.read_recipe(b"{}")


class TestMasks:
    def test_white_covers_and_black_does_not(self):
        mask = Image.new("L", (60, 40), 0)
        mask.paste(255, (0, 0, 30, 40))
        read = images.read_mask(saved(mask, "PNG"))
        assert read.shape == (40, 60)
        assert read.dtype == np.float32
        assert np.array_equal(read[0, [0, 59]], (1, 0))

    def test_transparent_does_not_cover(self):
        mask = Image.new("RGBA", (60, 40), (255, 255, 255, 0))
        mask.paste((255, 255, 255, 255), (0, 0, 30, 40))
        assert np.allclose(images.read_mask(saved(mask, "PNG"))[0, [0, 59]], (1, 0))

    def test_greys_are_shares(self):
        assert np.allclose(images.read_mask(saved(Image.new("L", (8, 8), 51), "PNG")), 0.2)

    def test_sixteen_bits(self):
        mask = Image.fromarray(np.full((8, 8), 13107, np.uint16))
        assert np.allclose(images.read_mask(saved(mask, "PNG")), 0.2, atol=1e-4)

    @pytest.mark.parametrize("mask", [Image.new("L", (8, 8)), Image.new("RGBA", (8, 8), (255, 255, 255, 0))])
    def test_an_empty_mask_is_refused(self, mask):
        with refused(MaskError, "mask-empty"):
            images.read_mask(saved(mask, "PNG"))
