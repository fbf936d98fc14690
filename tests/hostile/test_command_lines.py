"""Seeded command lines: odd names, places that cannot be written, damaged inputs, signals at any moment.

Every input stays byte for byte as it was, no line ends in a traceback or in an
error that nobody foresaw, and each painting that was killed goes on to the loss
that it would have had. PASTICHE_COMMAND_LINES says how many lines (12), and
PASTICHE_SEED with which seed they begin. They share the import of TensorFlow,
except that of 100 or more each fourth runs in a process that begins with it.
"""

import contextlib
import csv
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.cli.session import ERROR, INTERRUPTED, OK, USAGE
from engine.imaging import images
from engine.recipe import Recipe
from tests.hostile.corpus import mutations
from tests.support.forked_engine import ForkedEngine

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="names and signals are Linux's")

ROOT = Path(__file__).parents[2]
LINES = int(os.environ.get("PASTICHE_COMMAND_LINES", "12"))
FIRST_SEED = int(os.environ.get("PASTICHE_SEED", "0"))
NAMES = (
    *("plain.png", "two words.png", "näme 鯨.png", "new\nline.png", "[bold]100%s{}.png", "esc\x1b[31m.png"),
    *("UPPER.PNG", os.fsdecode(b"\xff\xfe.png"), "x" * 140 + ".png", "é" * 120 + ".png", "'quoted\".png"),
)
QUICK = (
    "--size",
    "64",
    "--scales",
    "1",
    "--max-steps",
    "60",
    "--precision",
    "float32",
    "--backbone",
    "compact",
)
"""A tiny network would do for all but the last check: it is so far from its best after 60 steps that even a
painting that goes on rightly differs by more than 2 %."""
UNFORESEEN = ("Traceback", "unexpectedly", "Exception ignored", "Fatal Python error")
TOLERANCE = 0.02


@dataclass
class Line:
    """A command line.

    Attributes:
        argv: its words.
        sound: whether it must succeed if nothing interrupts it.
        target: the file that it writes, if it is sound.
        interrupt: the signal that interrupts it, and after how many seconds; None leaves it alone.
        closed: the standard streams that are closed.
        stderr: where standard error goes, if not into a file.
        encoding: of its terminal.
        whole: whether its process begins with the import of TensorFlow.
    """

    argv: list[str]
    sound: bool = False
    target: Path | None = None
    interrupt: tuple[signal.Signals, float] | None = None
    closed: list[int] = field(default_factory=list)
    stderr: str | None = None
    encoding: str = "utf-8"
    whole: bool = False


class Desk:
    """A folder with good and bad inputs, and good and bad places."""

    def __init__(self, folder: Path, full: Path | None, rng: random.Random) -> None:
        self.folder, self.full, self.rng = folder, full, rng
        (folder / "in").mkdir()
        noise = np.random.default_rng(rng.randrange(2**32))
        picture = images.resize(noise.random((6, 8, 3)).astype(np.float32), (72, 96))
        self.png = images.encode(picture, "png", recipe=Recipe(size=64, scales=1, max_steps=3))
        self.photo = self.put(rng.choice(NAMES), self.png)
        style = images.encode(images.resize(picture[::-1, ::-1], (80, 80)), "png")
        self.style = self.put("style " + rng.choice(NAMES)[-100:], style)
        bad = rng.choice(list(mutations(rng.randrange(2**32))))
        self.damaged = self.put("damaged." + bad.name.rpartition(".")[2], bad.data)
        self.empty = self.put("empty.jpg", b"")
        self.heic = self.put("phone.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
        self.recipe = self.put("recipe.json", rng.choice([b"{}", b'{"strength": 40}', b"[" * 9, b"\xff"]))
        self.batch = folder / "in" / "batch"
        self.batch.mkdir()
        for path in (self.photo, self.damaged, self.empty, self.heic):
            shutil.copy(path, self.batch)
        Image.new("RGB", (64, 64)).save(self.batch / "moving.gif")
        (folder / "read only").mkdir(mode=0o555)
        (folder / "link.png").symlink_to(self.photo)
        (folder / "earlier.png").write_bytes(self.png)

    def put(self, name: str, data: bytes) -> Path:
        path = self.folder / "in" / name
        path.write_bytes(data)
        return path

    def good_target(self) -> Path:
        return self.folder / self.rng.choice(["out.png", "earlier.png", *NAMES[:6], "out.jpg"])

    def bad_target(self) -> Path:
        nowhere = [self.folder / "nowhere/x.png", self.folder / "in", Path("/proc/x.png")]
        too_long = Path("y" * 300 + ".png")
        inputs = [self.photo, self.style, self.folder / "link.png", self.batch / "moving.gif"]
        full = [self.full / "x.png"] * 4 if self.full else []
        return self.rng.choice([*nowhere, too_long, *inputs, *full, self.folder / "read only" / "x.png"])

    def inputs(self) -> dict[str, str]:
        return {
            str(path): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted((self.folder / "in").rglob("*"))
            if path.is_file()
        }


def write_line(desk: Desk, *, whole: bool) -> Line:
    """Make up a command line."""
    rng = desk.rng
    command = rng.choice(["paint"] * 8 + ["draft", "film", "apply", "replay", "inspect"])
    good = rng.random() < 0.7
    photo = (
        desk.photo
        if good
        else rng.choice([desk.damaged, desk.empty, desk.heic, desk.batch, Path("none.png")])
    )
    target = desk.good_target() if rng.random() < 0.7 else desk.bad_target()
    sound = good and target.parent == desk.folder and target.name not in ("link.png", "in")
    output = ["-o", str(target)]
    match command:
        case "paint":
            line = Line(["paint", str(photo), str(desk.style), *output, *QUICK], sound, target)
            line.argv += ["--optimizer", rng.choice(["adam", "lbfgs"]), "--save-every", "5"]
            if not good:
                line.argv += rng.choice([[], ["--recipe", str(desk.recipe)], ["--log", str(desk.photo)]])
            if rng.random() < 0.5:
                line.argv += ["--snapshots", str(desk.folder / "kept")]
        case "draft":
            line = Line(["draft", str(photo), str(desk.style), "--size", "64", *output], sound, target)
        case "film":
            film = desk.folder / rng.choice(["film.mp4", "in/batch/film.webp", "film.gif", "nowhere/x.gif"])
            line = Line(["film", str(desk.batch), "-o", str(film)])
        case "apply":
            apply = ["feedforward", "apply", "built-in", str(photo), "--size", "64"]
            line = Line([*apply, *output], sound, target)
        case "replay":
            pictures = [str(desk.photo), str(photo), str(desk.style)]
            line = Line(["replay", *pictures, *output], sound, target)
        case _:
            line = Line(["inspect", str(rng.choice([photo, desk.photo, desk.recipe]))])
    if rng.random() < 0.4:
        number = rng.choice([signal.SIGKILL, signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
        line.interrupt = number, rng.uniform(0.0, 8.0 if whole else 2.5)
    line.whole = whole
    line.closed = rng.choice([[], [], [], [2], [1], [0, 1, 2]])
    line.encoding = rng.choice(["utf-8", "utf-8", "latin-1", "ascii"])
    line.stderr = rng.choice([None, None, None, "/dev/full"])
    return line


class Runner:
    """Runs command lines, in processes of their own."""

    def __init__(self, home: Path) -> None:
        self._environ = {
            **{name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ},
            "HOME": str(home),
            "PYTHONPATH": str(ROOT),
            "TF_NUM_INTRAOP_THREADS": "1",
            "TF_NUM_INTEROP_THREADS": "1",
        }
        self._forked = ForkedEngine()

    def run(
        self, line: Line, folder: Path, more: tuple[str, ...] = (), *, alone: bool = False
    ) -> tuple[int, str]:
        """Run a line with more words, `alone` without its signal; return the exit code and what was said."""
        said = folder / "said"
        said.unlink(missing_ok=True)
        places = {"stdout": str(folder / "printed"), "stderr": line.stderr or str(said)}
        environ = self._environ | {"PYTHONIOENCODING": line.encoding}
        if not line.whole:
            process = self._forked.start(
                [*line.argv, *more], environ, cwd=str(folder), closed=line.closed, **places
            )
            wait = self._forked.wait
        else:
            redirections = " ".join(f"{number}>&-" for number in line.closed)
            opened = " ".join(f'{number}>>"${name}"' for number, name in ((1, "stdout"), (2, "stderr")))
            script = f'exec "$@" {opened} {redirections}'
            started = subprocess.Popen(
                ["bash", "-c", script, "bash", sys.executable, "-m", "engine", *line.argv, *more],
                cwd=folder,
                env=environ | places,
                start_new_session=True,
            )
            process, wait = started.pid, started.wait
        if line.interrupt and not alone:
            number, moment = line.interrupt
            time.sleep(moment)
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, number)
        code = wait()
        return code, said.read_text("utf-8", "replace") if said.is_file() else ""

    def close(self) -> None:
        self._forked.close()


@pytest.fixture(scope="module")
def runner(tmp_path_factory) -> Iterator[Runner]:
    runner = Runner(tmp_path_factory.mktemp("home"))
    yield runner
    runner.close()


@pytest.fixture(scope="module")
def full_disk(tmp_path_factory) -> Iterator[Path | None]:
    """A full disk, if one may be mounted here."""
    folder = tmp_path_factory.mktemp("full")
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, check=False, capture_output=True).returncode:
        yield None
        return
    with contextlib.suppress(OSError):
        (folder / "ballast").write_bytes(bytes(2**16))
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + LINES))
def test_nothing_is_lost_and_nothing_surprises(seed, runner, full_disk, tmp_path):
    desk = Desk(tmp_path, full_disk, random.Random(seed))
    line = write_line(desk, whole=LINES >= 100 and seed % 4 == 0)
    before = desk.inputs()
    code, said = runner.run(line, tmp_path)
    about = f"{line}\nexit code {code}\n{said}"
    assert desk.inputs() == before, about
    check_words(said, about)
    # Python ends itself with SIGINT if KeyboardInterrupt came while it ran a string, as named tuples do. To
    # a shell that is 130, too.
    ends = (-line.interrupt[0], -signal.SIGINT, INTERRUPTED) if line.interrupt else ()
    assert code in (OK, ERROR, USAGE, *ends), about
    if line.sound and code not in ends:
        assert code == OK, about
        assert images.read(line.target).size == (48, 64)
    if line.sound and line.argv[0] == "paint" and line.interrupt:
        check_resumed(line, runner, tmp_path, about)
        assert desk.inputs() == before, about


def check_resumed(line: Line, runner: Runner, folder: Path, about: str) -> None:
    """Check that an interrupted painting goes on, to the loss of one that was not interrupted."""
    line.stderr, line.closed = None, []
    code, said = runner.run(line, folder, ("--resume", "--log", "resumed.csv"), alone=True)
    check_words(said, about)
    assert code == OK, about + said
    assert images.read(line.target).size == (48, 64)
    whole = [word for word in line.argv if word != "--snapshots" and not word.endswith("/kept")]
    whole[whole.index("-o") + 1] = str(folder / "whole.png")
    reference = Line(whole, encoding=line.encoding)
    assert runner.run(reference, folder, ("--log", "whole.csv"), alone=True)[0] == OK
    resumed, uninterrupted = last_loss(folder / "resumed.csv"), last_loss(folder / "whole.csv")
    assert resumed <= uninterrupted * (1 + TOLERANCE), about + said


def last_loss(log: Path) -> float:
    with log.open(newline="", encoding="utf-8", errors="surrogateescape") as file:
        return float(list(csv.DictReader(file))[-1]["total"])


def check_words(said: str, about: str) -> None:
    assert not [word for word in UNFORESEEN if word in said], about
