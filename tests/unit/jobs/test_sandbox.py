"""Helper processes that read pictures, and what happens when one fails."""

from __future__ import annotations

import io
import os

import pytest
from PIL import Image

from engine.errors import ImageError
from jobs.sandbox import BusyError, Sandbox
from tests.support.refusals import refused

BOUNDS = {"min_side": 16, "max_side": 4096, "sufficient_side": 2048}


def saved(image, kind="PNG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(helpers=1, max_pixels=4_000_000) as sandbox:
        yield sandbox


def test_a_picture_comes_back_sanitized(sandbox):
    placed = Image.Exif()
    placed.get_ifd(0x8825)[29] = "48.8584N"
    placed[0x0112] = 6
    made = sandbox.sanitize(saved(Image.new("RGB", (60, 40)), "JPEG", exif=placed.tobytes()), **BOUNDS)
    assert (made.suffix, made.width, made.height) == (".png", 40, 60)
    assert b"48.8584" not in made.body
    assert Image.open(io.BytesIO(made.body)).size == (40, 60)


def test_transparency_is_kept_and_hides_nothing(sandbox):
    image = Image.new("RGBA", (40, 40), (9, 99, 200, 0))
    image.paste((10, 20, 30, 128), (0, 0, 20, 40))
    made = Image.open(io.BytesIO(sandbox.sanitize(saved(image), **BOUNDS).body))
    assert made.getpixel((30, 5)) == (255, 255, 255, 0)
    assert made.getpixel((5, 5)) == (10, 20, 30, 128)


def test_a_large_jpeg_is_halved_while_it_is_read(sandbox):
    made = sandbox.sanitize(
        saved(Image.new("RGB", (2400, 1600)), "JPEG"), **BOUNDS | {"sufficient_side": 1000}
    )
    assert (made.width, made.height, made.suffix) == (1200, 800, ".png")


def test_large_pictures_are_kept_as_jpeg(sandbox):
    made = sandbox.sanitize(saved(Image.new("RGB", (1600, 1200))), **BOUNDS)
    assert (made.width, made.suffix) == (1600, ".jpg")


@pytest.mark.parametrize(
    ("size", "code", "bound"),
    [
        ((3000, 2000), "picture-too-large", 4),
        ((15, 40), "picture-too-small", 16),
        ((800, 20), "picture-too-narrow", 32),
    ],
)
def test_a_picture_out_of_bounds_is_refused(sandbox, size, code, bound):
    with refused(ImageError, code, bound):
        sandbox.sanitize(saved(Image.new("RGB", size)), **BOUNDS)


def test_a_picture_that_takes_too_long_ends_only_its_helper():
    good = saved(Image.new("RGB", (40, 40)))
    with Sandbox(helpers=1, max_pixels=4_000_000, wall_s=0.001) as sandbox:
        with refused(ImageError, "decoder-limits"):
            sandbox.sanitize(good, **BOUNDS)
        sandbox._wall_s = 30
        assert sandbox.sanitize(good, **BOUNDS).width == 40


def test_without_a_free_helper_in_time_a_picture_is_refused():
    sandbox = Sandbox(helpers=1, max_pixels=4_000_000, wait_s=0.01)
    with sandbox._helper(), refused(BusyError, "busy"):
        sandbox.sanitize(b"", **BOUNDS)


def test_a_helper_that_was_killed_while_idle_is_replaced_before_its_next_picture(sandbox):
    good = saved(Image.new("RGB", (40, 40)))
    sandbox.sanitize(good, **BOUNDS)
    process = sandbox._helpers[0]._process
    process.kill()
    # It is dead, but its `Popen` does not know that before it waits for it.
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert sandbox.sanitize(good, **BOUNDS).width == 40
