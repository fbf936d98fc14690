"""Films of the largest size play in a real browser, in every format, and are small enough to send."""

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.film import timelapse
from engine.imaging.film_formats import FILM_FORMATS, FILM_TYPES
from engine.imaging.images import resize

pytestmark = pytest.mark.integration

COUNT, HEIGHT, WIDTH = 60, 480, 640

PLAY = """async (url) => {
  const video = Object.assign(document.createElement("video"), {src: url, muted: true});
  document.body.append(video);
  await video.play();
  while (video.currentTime <= 0.1) await new Promise((resolve) => setTimeout(resolve, 50));
  const [at, length] = [video.currentTime, video.duration];
  return {at, length, width: video.videoWidth, height: video.videoHeight};
}"""

COUNT_FRAMES = """async ([url, type]) => {
  const img = Object.assign(document.createElement("img"), {src: url});
  document.body.append(img);
  await img.decode();
  const decoder = new ImageDecoder({data: await (await fetch(url)).arrayBuffer(), type});
  await decoder.tracks.ready;
  await decoder.completed;
  const last = await decoder.decode({frameIndex: decoder.tracks.selectedTrack.frameCount - 1});
  return {
    frames: decoder.tracks.selectedTrack.frameCount,
    repeats: decoder.tracks.selectedTrack.repetitionCount,
    width: img.naturalWidth, height: img.naturalHeight, seconds: last.image.duration / 1e6,
  };
}"""


@pytest.fixture(scope="module")
def frames() -> list[timelapse.Bytes]:
    """Strokes that move about and then settle, like a painting as a compressor sees it."""
    rng = np.random.default_rng(0)

    def strokes(grain: int) -> np.ndarray:
        noise = rng.random((HEIGHT // grain, WIDTH // (3 * grain), 3), np.float32)
        return resize(noise, (HEIGHT, WIDTH))

    coarse, fine = strokes(12), strokes(2)
    frames = []
    for number in range(COUNT):
        share = number / (COUNT - 1)
        moving = strokes(4) * (0.03 + 0.25 * (1 - share) ** 2)
        frames.append(
            timelapse.film_frame(np.clip(coarse * 0.5 + fine * 0.4 * share + moving, 0, 1), (HEIGHT, WIDTH))
        )
    return frames


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_args):
        pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("films")


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    (folder / "index.html").write_text("<!doctype html><title>Films</title><body>")
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("format", FILM_FORMATS)
def test_sixty_large_frames_are_a_small_film_that_a_browser_plays(format, frames, folder, address, browser):
    data = timelapse.encode_film(frames, format)
    assert len(data) <= timelapse.MAX_BYTES == 8 * 2**20
    (folder / f"film.{format}").write_bytes(data)
    page = browser.new_page()
    page.goto(address)
    length = (COUNT - 1) * timelapse.FRAME_S + timelapse.HOLD_S
    if format == "mp4":
        seen = page.evaluate(PLAY, f"{address}/film.mp4")
        assert (seen["width"], seen["height"]) == (WIDTH, HEIGHT)
        assert seen["length"] == pytest.approx(length, abs=0.1)
        assert 0.1 < seen["at"] <= seen["length"], "it plays"
    else:
        seen = page.evaluate(COUNT_FRAMES, [f"{address}/film.{format}", FILM_TYPES[format]])
        assert (seen["width"], seen["height"], seen["frames"]) == (WIDTH, HEIGHT, COUNT)
        assert seen["repeats"] is None or seen["repeats"] > 1000, "for ever"
        assert seen["seconds"] == pytest.approx(timelapse.HOLD_S, abs=0.02)
    page.close()
