"""The command line in its own process, and the engine with VGG19's real weights, if they are here."""

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import skimage.data

from engine.backbones import load_backbone
from engine.cli.paint_run import SO_FAR
from engine.cli.signals import STOPPING
from engine.imaging import images
from engine.painting import Painting
from engine.recipe import Recipe
from tests.support import speed

whole = pytest.mark.skipif(speed.leaves_out_steps(), reason=speed.LEFT_OUT)
QUICK = ["--size", "64", "--scales", "1", "--max-steps", "2", "--precision", "float32"]


@pytest.fixture
def workdir(tmp_path: Path) -> Path:
    """A folder with a photograph and a style."""
    rng = np.random.default_rng(0)
    for name, size in (("photo.png", (72, 96)), ("style.jpg", (80, 80))):
        blocks = rng.random((size[0] // 8, size[1] // 8, 3)).astype(np.float32)
        format: images.Format = "png" if name.endswith("png") else "jpeg"
        (tmp_path / name).write_bytes(images.encode(images.resize(blocks, size), format, dpi=200))
    return tmp_path


class TestProcess:
    def start(self, workdir, tiny_weights, *argv) -> subprocess.Popen[str]:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(workdir),
            "VGG19_WEIGHTS": str(tiny_weights),
            **speed.environ(),
        }
        return subprocess.Popen(
            [sys.executable, "-m", "engine", *argv],
            cwd=workdir,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def test_painting_prints_progress_and_nothing_from_tensorflow(self, workdir, tiny_weights):
        process = self.start(
            workdir, tiny_weights, "paint", "photo.png", "style.jpg", *QUICK, "-o", "out.png"
        )
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        assert out == ""
        for line in err.splitlines():
            assert line.startswith(("photo.png: ", "out.png: "))

    def test_ctrl_c_keeps_the_picture_so_far(self, workdir, tiny_weights):
        argv = ["paint", "photo.png", "style.jpg", "--size", "128", "--scales", "1", "--max-steps", "10000"]
        process = self.start(
            workdir, tiny_weights, *argv, "--precision", "float32", "--snapshots", "film", "-o", "out.png"
        )
        first, deadline = workdir / "film" / "frame-0000.png", time.monotonic() + 100
        while not first.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 130, err
        assert STOPPING in err
        assert SO_FAR in err
        assert images.read(workdir / "out-stopped.png").size == (96, 128)
        assert not (workdir / "out.png").exists()
        assert "Traceback" not in err

    def test_a_closed_pipe_leaves_no_traceback(self, workdir, tiny_weights):
        process = self.start(workdir, tiny_weights, "paint", "--help")
        process.stdout.close()
        process.wait(60)
        assert "Traceback" not in process.stderr.read()
        process.stderr.close()

    @whole
    def test_painting_a_real_photo_changes_it(self, workdir, test_data, vgg19_weights):
        photo, style = (
            test_data / "images" / name for name in ("photos/tubingen.jpg", "paintings/starry_night.jpg")
        )
        argv = ["paint", photo, style, "--size", "96", "--scales", "1", "--max-steps", "5"]
        process = self.start(
            workdir, vgg19_weights, *map(str, argv), "--precision", "float32", "-o", "out.png"
        )
        _, err = process.communicate(timeout=250)
        assert process.returncode == 0, err
        before = images.fit(images.read(photo).rgb, 96)
        after = images.read(io.BytesIO((workdir / "out.png").read_bytes()).getvalue()).rgb
        assert 0.02 < np.abs(after - before).mean() < 0.5


@whole
@pytest.mark.parametrize(("optimizer", "at"), [("lbfgs", 8), ("lbfgs", 42), ("adam", 20)])
def test_a_resumed_painting_ends_within_two_percent_of_the_loss(
    vgg19_weights: Path, test_data: Path, optimizer: str, at: int
) -> None:
    content = (skimage.data.astronaut() / np.float32(255)).astype(np.float32)
    style = images.read(test_data / "images/paintings/starry_night.jpg").rgb
    recipe = Recipe(size=96, max_steps=50, precision="float32", optimizer=optimizer)
    backbone = load_backbone(recipe, vgg19_weights)
    painting = Painting.begin(content, [style], recipe, backbone=backbone)
    for _ in range(at):
        painting.advance()
    resumed = Painting.resume(painting.checkpoint(), content, [style], backbone=backbone)
    for run in (painting, resumed):
        while not run.finished:
            run.advance()
    assert resumed.losses[-1][3] < 1.02 * painting.losses[-1][3]
    if optimizer == "adam":
        assert resumed.picture().tobytes() == painting.picture().tobytes()
