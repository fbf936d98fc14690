"""Training and applying one-pass styles by the command line, with tiny networks."""

import csv
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.cli.main import main
from engine.cli.session import ERROR, INTERRUPTED, OK
from engine.cli.training import GOES_ON, RESUMED
from engine.feedforward.styles import NETWORK_TYPE, FeedforwardStyles
from engine.pretrained.archive import read_network
from tests.support.tiny_vgg import write_tiny_vgg

ROOT = Path(__file__).parents[2]
TINY = ["--side", "32", "--batch", "2", "--widths", "4,4,6", "--blocks", "1", "--style-sides", "64"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two styles, a few photographs and a tiny VGG19."""
    folder = tmp_path_factory.mktemp("training")
    rng = np.random.default_rng(0)
    (folder / "photos").mkdir()
    names = ["waves.png", "night.png", *(f"photos/{n}.jpg" for n in range(4))]
    for name in names:
        coarse = rng.integers(0, 256, (9, 12, 3), np.uint8)
        Image.fromarray(coarse).resize((96, 72), Image.Resampling.BICUBIC).save(folder / name)
    (folder / "photos" / "notes.txt").write_text("Dear diary")
    write_tiny_vgg(folder / "vgg.h5")
    return folder


INTERRUPTED_IN_STEP_31 = textwrap.dedent(
    """
    import os, signal, sys
    from engine.__main__ import run
    from engine.feedforward.training import FeedforwardTraining

    advance = FeedforwardTraining.advance

    def interrupt_and_advance(self):
        if self.step == 30:
            os.kill(os.getpid(), signal.SIGTERM)
        return advance(self)

    FeedforwardTraining.advance = interrupt_and_advance
    sys.exit(run())
    """
)


def training(output: str, *more: str) -> list[str]:
    """Return the command line of a training."""
    network = ["--network", "vgg19", "--weights", "vgg.h5", "--precision", "float32"]
    pictures = ["waves.png", "night.png", "--photos", "photos", "-o", output]
    return ["feedforward", "train", *pictures, *network, *TINY, *more]


@pytest.fixture
def call(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Run a command line in the folder; return what it wrote to stderr."""
    monkeypatch.chdir(folder)

    def call(*argv: str, code: int = OK) -> str:
        exit_code = main(argv, {"XDG_CACHE_HOME": str(folder / "cache")})
        stderr = capsys.readouterr().err
        assert exit_code == code, stderr
        return stderr

    return call


def interrupt(folder: Path, *argv: str) -> str:
    """Run a command line in a process of its own, which is interrupted in step 31; return its stderr."""
    ran = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_IN_STEP_31, *argv],
        cwd=folder, env=os.environ | {"XDG_CACHE_HOME": str(folder / "cache"), "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert ran.returncode == INTERRUPTED, ran.stderr
    return ran.stderr


def losses(run: Path) -> list[dict[str, float]]:
    with (run / "losses.csv").open(newline="") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


def test_a_training_is_logged_previewed_exported_and_applied(folder: Path, call: Callable[..., str]) -> None:
    stderr = call(*training("both.npz", "--steps", "120", "--preview-every", "60", "--rate", "0.01"))
    last = stderr.splitlines()[-1]
    assert last.startswith("both.npz: ")
    assert {"waves", "night", "120"} <= set(re.findall(r"\w+", last))
    rows = losses(folder / "both-training")
    assert [row["step"] for row in rows] == list(range(20, 121, 20))
    assert rows[-1]["total"] < 0.8 * rows[0]["total"]
    assert sorted(path.name for path in (folder / "both-training/previews").iterdir()) == [
        "step-000060.jpg",
        "step-000120.jpg",
    ]
    description, arrays = read_network(folder / "both.npz", NETWORK_TYPE)
    assert (description["steps"], description["norm"], description["backbone"]) == (120, "instance", "vgg19")
    assert all(np.isfinite(array).all() for array in arrays.values())
    assert FeedforwardStyles.load(folder / "both.npz").titles == ("Waves", "Night")

    mixed = ["--style", "waves=1", "--style", "night=3", "--size", "80", "-o", "mixed.png"]
    assert "80 × 60" in call("feedforward", "apply", "both.npz", "photos/0.jpg", *mixed)
    with Image.open(folder / "mixed.png") as mixed_picture:
        assert mixed_picture.size == (80, 60)
    call("feedforward", "apply", "both.npz", "photos", "--style", "night", "-o", "painted")
    assert sorted(path.name for path in (folder / "painted").iterdir()) == [f"{n}.png" for n in range(4)]
    stderr = call("feedforward", "apply", "both.npz", "photos/0.jpg", "--style", "fog", code=ERROR)
    last = stderr.splitlines()[-1]
    assert last.startswith("pastiche: ")
    assert all(fact in last for fact in ("“fog”", "waves, night"))


def test_an_interrupted_training_resumes_to_the_same_network(folder: Path, call: Callable[..., str]) -> None:
    options = ["--steps", "60", "--norm", "batch", "--minutes", "60"]
    call(*training("whole.npz", *options))
    assert GOES_ON in interrupt(folder, *training("parts.npz", *options))
    assert not (folder / "parts.npz").exists(), "an unfinished network replaces no finished one"
    step = read_network(folder / "parts-stopped.npz", NETWORK_TYPE)[0]["steps"]
    assert step == 31
    assert RESUMED.format(step=step) in call(*training("parts.npz", *options))
    (_, uninterrupted), (_, resumed) = (
        read_network(folder / f"{name}.npz", NETWORK_TYPE) for name in ("whole", "parts")
    )
    for name, array in uninterrupted.items():
        np.testing.assert_allclose(resumed[name], array, rtol=0.05, atol=0.02)
    assert [row["step"] for row in losses(folder / "parts-training")] == [20, 40, 60]
    stderr = call(*training("parts.npz", "--steps", "60", "--seed", "1", "--norm", "batch"), code=ERROR)
    assert re.search(r"\bseed\b.*--work", stderr.splitlines()[-1])


def test_a_damaged_checkpoint_of_a_training_is_refused(folder: Path, call: Callable[..., str]) -> None:
    options = ["--steps", "2"]
    call(*training("damaged.npz", *options))
    checkpoint = folder / "damaged-training" / "checkpoint.npz"
    with np.load(checkpoint) as file:
        arrays = {name: file[name] for name in file.files}
    weights = next(name for name in arrays if name.startswith("weights/"))
    np.savez(checkpoint, **(arrays | {weights: np.full_like(arrays[weights], np.nan)}))
    last = call(*training("damaged.npz", *options), code=ERROR).splitlines()[-1]
    assert last.startswith("pastiche: ")
    assert "checkpoint.npz" in last


def test_photographs_that_cannot_be_read_are_left_out(folder: Path, call: Callable[..., str]) -> None:
    photos = folder / "mixed"
    photos.mkdir()
    (photos / "0-cut.jpg").write_bytes((folder / "photos" / "0.jpg").read_bytes()[:300])
    (photos / "1-empty.jpg").touch()
    (photos / "2-gone.jpg").symlink_to("nowhere.jpg")
    (photos / "3-good.jpg").write_bytes((folder / "photos" / "1.jpg").read_bytes())
    more = ["--steps", "2", "--photos", "mixed", "--log", "logged.csv"]
    call(*training("mixed.npz", *more))
    assert read_network(folder / "mixed.npz", NETWORK_TYPE)[0]["steps"] == 2
    assert (folder / "logged.csv").exists()
