"""Films: their timing, their size, and that other libraries can read them."""

import io

import av
import numpy as np
import pytest
from PIL import Image

from engine.cli.main import main
from engine.errors import ImageError
from engine.film import timelapse
from engine.imaging.film_formats import FILM_FORMATS, MAX_SNAPSHOTS
from engine.imaging.images import encode
from tests.support.refusals import assert_says, refused


def fading(count: int, height: int = 24, width: int = 32) -> list[np.ndarray]:
    """Return frames from black to white, with noise that stays the same."""
    noise = np.random.default_rng(0).integers(0, 40, (height, width, 3))
    return [(noise + 200 * number / max(1, count - 1)).astype(np.uint8) for number in range(count)]


def decoded(data: bytes) -> list[tuple[float, np.ndarray]]:
    """Return an MP4's pictures with their times in seconds."""
    with av.open(io.BytesIO(data), "r") as container:
        return [(frame.time, frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]


def test_the_first_and_the_last_frame_are_shown_longest_and_the_middle_is_quick():
    durations_s = timelapse.frame_durations_s(60)
    assert len(durations_s) == 60
    assert durations_s[-1] == timelapse.HOLD_S
    assert sum(durations_s[:-1]) == pytest.approx(59 * timelapse.FRAME_S)
    assert durations_s[0] == pytest.approx(durations_s[-2]) == max(durations_s[:-1])
    assert durations_s[29] == min(durations_s)
    assert timelapse.frame_durations_s(1) == [timelapse.HOLD_S]


def test_many_frames_are_thinned_evenly_with_both_ends_kept():
    chosen = timelapse.pick_evenly(range(600))
    assert len(chosen) == MAX_SNAPSHOTS
    assert (chosen[0], chosen[-1]) == (0, 599)
    assert set(np.diff(chosen)) <= {10, 11}
    assert timelapse.pick_evenly([1, 2]) == [1, 2]


@pytest.mark.parametrize(
    ("size", "expected"), [((2000, 3000), (426, 640)), ((100, 75), (100, 74)), ((9, 900), (6, 640))]
)
def test_a_film_is_at_most_640_px_and_even(size, expected):
    assert timelapse.film_size(size) == expected


def test_an_mp4_begins_with_the_first_picture_and_holds_the_last():
    frames = fading(5)
    data = timelapse.encode_film(frames, "mp4")
    shown = decoded(data)
    assert shown[-1][0] == pytest.approx(4 * timelapse.FRAME_S + timelapse.HOLD_S, abs=0.1)
    assert np.abs(shown[0][1].astype(int) - frames[0]).mean() < 8
    assert np.abs(shown[-1][1].astype(int) - frames[-1]).mean() < 8
    brightness = [picture.mean() for _, picture in shown]
    assert np.all(np.diff(brightness) > -1.5), "it fades"
    assert data.index(b"moov") < data.index(b"mdat"), "it plays while it loads"
    with av.open(io.BytesIO(data), "r") as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")


@pytest.mark.parametrize("format", ["gif", "webp"])
def test_an_animation_shows_each_picture_in_turn_for_ever(format):
    frames = fading(6)
    picture = Image.open(io.BytesIO(timelapse.encode_film(frames, format)))
    assert getattr(picture, "n_frames", 1) == 6
    assert picture.info["loop"] == 0
    durations_s = []
    for number, frame in enumerate(frames):
        picture.seek(number)
        seen = np.asarray(picture.convert("RGB")).astype(int)
        assert np.abs(seen - frame).mean() < 14, number
        durations_s.append(picture.info["duration"])
    assert durations_s[-1] == 1000 * timelapse.HOLD_S
    assert sum(durations_s[:-1]) == pytest.approx(500, abs=30)


def test_pixels_that_hardly_change_cost_a_gif_nothing():
    still = fading(2)[1]
    flicker = [np.clip(still.astype(int) + (-1) ** n * 3, 0, 255).astype(np.uint8) for n in range(20)]
    moving = [np.roll(still, n, axis=1) for n in range(20)]
    assert len(timelapse.encode_film(flicker, "gif")) < len(timelapse.encode_film(moving, "gif")) / 3


@pytest.mark.parametrize("format", FILM_FORMATS)
def test_progress_rises_to_one_even_if_the_first_file_is_too_large(format, monkeypatch):
    monkeypatch.setattr(timelapse, "MAX_BYTES", 1)
    seen: list[float] = []
    timelapse.encode_film(fading(3), format, progress=seen.append)
    assert seen == sorted(set(seen))
    assert seen[-1] == 1.0


def test_no_frames_and_frames_of_different_sizes_are_refused():
    with refused(ImageError, "film-empty"):
        timelapse.encode_film([], "gif")
    with refused(ImageError, "film-sizes"):
        timelapse.encode_film([np.zeros((4, 4, 3), np.uint8), np.zeros((4, 6, 3), np.uint8)], "gif")


class TestCommand:
    def test_a_folder_becomes_a_film(self, tmp_path, capsys):
        for number in range(4):
            side = 20 if number < 2 else 40
            picture = np.full((side, side, 3), number / 4, np.float32)
            (tmp_path / f"frame-{number:04}.png").write_bytes(encode(picture, "png"))
        target = tmp_path / "film.webp"
        assert main(["film", str(tmp_path), "-o", str(target)], {}) == 0
        with Image.open(target) as film:
            assert (film.size, getattr(film, "n_frames", 1)) == ((40, 40), 4)
        assert f"{target}: 4 " in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("folder", "target", "code", "fact"),
        [
            ("", "film.avi", "film-format", "“film.avi”"),
            ("", "film.gif", "film-empty", ""),
            ("no", "a.gif", "folder-missing", "/no"),
        ],
    )
    def test_errors_are_reported(self, tmp_path, capsys, reported, folder, target, code, fact):
        assert main(["film", str(tmp_path / folder), "-o", str(tmp_path / target)], {}) == 1
        (error,) = reported
        assert_says(error, code, fact)
        assert capsys.readouterr().err == f"pastiche: {error}\n"
