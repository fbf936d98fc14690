"""Training a brush, and drafting, by the command line, with tiny networks."""

import csv
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.cli.training import GOES_ON, RESUMED
from engine.feedforward.styles import KIND, FeedforwardStyles
from engine.pretrained.archive import read_network
from tests.support.tiny_vgg import write_tiny_vgg

ROOT = Path(__file__).parents[2]
TINY = ["--side", "32", "--batch", "2", "--widths", "4,4,6", "--blocks", "1", "--style-sides", "64"]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two styles, a few photographs and a tiny VGG19."""
    desk = tmp_path_factory.mktemp("desk")
    rng = np.random.default_rng(0)
    (desk / "photos").mkdir()
    names = ["waves.png", "night.png", *(f"photos/{n}.jpg" for n in range(4))]
    for name in names:
        coarse = rng.integers(0, 256, (9, 12, 3), np.uint8)
        Image.fromarray(coarse).resize((96, 72), Image.Resampling.BICUBIC).save(desk / name)
    (desk / "photos" / "notes.txt").write_text("Dear diary")
    write_tiny_vgg(desk / "vgg.h5")
    return desk


def engine(desk: Path, *argv: str) -> subprocess.Popen[str]:
    environ = os.environ | {"XDG_CACHE_HOME": str(desk / "cache"), "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    command = [sys.executable, "-m", "engine", *argv]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=desk, env=environ, stdout=pipe, stderr=pipe, text=True)


def train(desk: Path, output: str, *more: str) -> subprocess.Popen[str]:
    judge = ["--network", "vgg19", "--weights", "vgg.h5", "--precision", "float32"]
    pictures = ["waves.png", "night.png", "--photos", "photos", "-o", output]
    return engine(desk, "feedforward", "train", *pictures, *judge, *TINY, *more)


def done(process: subprocess.Popen[str], code: int = 0) -> str:
    _, told = process.communicate(timeout=200)
    assert process.returncode == code, told
    return told


def losses(folder: Path) -> list[dict[str, float]]:
    with (folder / "losses.csv").open(newline="") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


def test_training_learns_is_logged_shown_and_applied(desk: Path) -> None:
    told = done(train(desk, "both.npz", "--steps", "120", "--preview-every", "60", "--rate", "0.01"))
    last = told.splitlines()[-1]
    assert last.startswith("both.npz: ")
    assert {"waves", "night", "120"} <= set(re.findall(r"\w+", last))
    rows = losses(desk / "both-training")
    assert [row["step"] for row in rows] == list(range(20, 121, 20))
    assert rows[-1]["total"] < 0.8 * rows[0]["total"]
    assert sorted(path.name for path in (desk / "both-training/previews").iterdir()) == [
        "step-000060.jpg",
        "step-000120.jpg",
    ]
    description, arrays = read_network(desk / "both.npz", KIND)
    assert (description["steps"], description["norm"], description["backbone"]) == (120, "instance", "vgg19")
    assert all(np.isfinite(array).all() for array in arrays.values())
    assert FeedforwardStyles.load(desk / "both.npz").titles == ("Waves", "Night")

    mixed = ["--style", "waves=1", "--style", "night=3", "--size", "80", "-o", "mixed.png"]
    assert "80 × 60" in done(engine(desk, "feedforward", "apply", "both.npz", "photos/0.jpg", *mixed))
    with Image.open(desk / "mixed.png") as mixed_picture:
        assert mixed_picture.size == (80, 60)
    done(engine(desk, "feedforward", "apply", "both.npz", "photos", "--style", "night", "-o", "painted"))
    assert sorted(path.name for path in (desk / "painted").iterdir()) == [f"{n}.png" for n in range(4)]
    told = done(engine(desk, "feedforward", "apply", "both.npz", "photos/0.jpg", "--style", "fog"), code=1)
    last = told.splitlines()[-1]
    assert last.startswith("pastiche: ")
    assert all(fact in last for fact in ("“fog”", "waves, night"))


def test_an_interrupted_training_goes_on_to_the_same_brush(desk: Path) -> None:
    whole = ["--steps", "60", "--norm", "batch", "--minutes", "60"]
    done(train(desk, "whole.npz", *whole))
    process = train(desk, "parts.npz", *whole)
    log = desk / "parts-training" / "losses.csv"
    for _ in range(600):
        if log.exists() and log.read_text().count("\n") >= 2:
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    told = done(process, code=130)
    assert GOES_ON in told
    step = read_network(desk / "parts.npz", KIND)[0]["steps"]
    assert 20 <= step < 60
    assert RESUMED.format(step=step) in done(train(desk, "parts.npz", *whole))
    (_, once), (_, twice) = (read_network(desk / f"{name}.npz", KIND) for name in ("whole", "parts"))
    for name, array in once.items():
        np.testing.assert_allclose(twice[name], array, rtol=0.05, atol=0.02)
    assert [row["step"] for row in losses(desk / "parts-training")] == [20, 40, 60]
    told = done(train(desk, "parts.npz", "--steps", "60", "--seed", "1", "--norm", "batch"), code=1)
    assert re.search(r"\bseed\b.*--work", told.splitlines()[-1])
