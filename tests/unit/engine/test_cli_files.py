"""What the command line may write: it takes nothing that was not asked for, and loses nothing of its work."""

import contextlib
import csv
import errno
import os
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.atomic import atomic_write
from engine.backbones import load_backbone
from engine.cli import paint_run
from engine.cli.files import batch, checkpoint_file, loss_log, targets
from engine.cli.main import main
from engine.errors import CheckpointError
from engine.imaging import images
from engine.painting import Painting
from engine.recipe import VGG19_LAYERS, Recipe
from tests.support.refusals import assert_says
from tests.support.tiny_vgg import write_tiny_vgg

QUICK = ["--size", "64", "--scales", "1", "--max-steps", "4", "--precision", "float32"]
NOT_FOR_ROOT = pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
LONGER = [*QUICK, "--max-steps", "30"]
LONG = "x" * 140


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Path:
    return write_tiny_vgg(tmp_path_factory.mktemp("weights") / "tiny.h5", VGG19_LAYERS[:9])


@pytest.fixture(scope="module", autouse=True)
def one_network(tiny):
    """Open the network once: tracing its graph takes most of the time of a call."""
    opened = {}

    def open_once(recipe, weights=None, **options):
        if recipe.precision not in opened:
            opened[recipe.precision] = load_backbone(recipe, weights, **options)
        return opened[recipe.precision]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.backbones.load_backbone", open_once)
        yield


@pytest.fixture
def workdir(tmp_path, monkeypatch) -> Path:
    """A folder to work in, with a style and a folder of two photographs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    (tmp_path / "photos").mkdir()
    rng = np.random.default_rng(0)
    for name in ("style.png", "photos/a.png", "photos/b.jpg"):
        blocks = rng.random((9, 12, 3)).astype(np.float32)
        format = targets.FORMATS[Path(name).suffix]
        (tmp_path / name).write_bytes(images.encode(images.resize(blocks, (72, 96)), format))
    shutil.copy(tmp_path / "photos/a.png", tmp_path / "photo.png")
    return tmp_path


@pytest.fixture
def call(workdir, tiny, capsys):
    """Run the command line; return the exit code and what it said."""

    def run(*argv):
        environment = {"VGG19_WEIGHTS": str(tiny), "XDG_CACHE_HOME": str(workdir / "cache")}
        code = main([str(arg) for arg in argv], environment)
        said = capsys.readouterr().err
        assert "Traceback" not in said
        return code, said

    return run


@pytest.fixture
def paint(call):
    return lambda *argv: call("paint", *argv, *QUICK)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def stopping_after(monkeypatch, steps: int, number=signal.SIGINT) -> None:
    """Send a signal to this process after a number of steps."""
    advance = Painting.advance

    def advance_and_stop(self):
        report = advance(self)
        if report.step == steps:
            os.kill(os.getpid(), number)
        return report

    monkeypatch.setattr(Painting, "advance", advance_and_stop)


def steps_in(log: str) -> list[int]:
    with Path(log).open(newline="") as file:
        return [int(row["step"]) for row in csv.DictReader(file)]


class TestInputsAreNeverOverwritten:
    @pytest.mark.parametrize(
        "argv",
        [
            ["photo.png", "style.png", "-o", "photo.png"],
            ["photo.png", "style.png", "-o", "style.png"],
            ["photo.png", "style.png", "-o", "./photos/../photo.png"],
            ["photo.png", "style.png", "-o", "link.png"],
            ["photo.png", "style.png", "-o", "hard.png"],
            ["photo.png", "style.png", "--mask", "photos/a.png", "-o", "photos/a.png"],
            ["photo.png", "style.png", "--start-image", "photos/a.png", "-o", "photos/a.png"],
            ["photo.png", "style.png", "--recipe", "r.json", "--save-recipe", "r.json", "-o", "out.png"],
            ["photo.png", "style.png", "--log", "photo.png", "-o", "out.png"],
            ["photo.png", "style.png", "--save-recipe", "photo.png", "-o", "out.png"],
            ["photos", "style.png", "-o", "photos"],
            ["photos", "style.png", "-o", "photos/../photos/"],
            ["photos", "photos/a.png", "-o", "linked"],
            ["photos", "painted/a.png", "-o", "painted"],
        ],
    )
    def test_by_a_painting(self, argv, call, paint, workdir, reported):
        (workdir / "link.png").symlink_to("photo.png")
        (workdir / "hard.png").hardlink_to(workdir / "photo.png")
        (workdir / "linked").symlink_to("photos")
        (workdir / "painted").mkdir()
        shutil.copy("style.png", "painted/a.png")
        (workdir / "r.json").write_text('{"strength": 60}')
        before = contents(workdir)
        assert paint(*argv)[0] == 1
        (error,) = reported
        assert error.code == "output-is-input"
        assert contents(workdir) == before

    @pytest.mark.parametrize(
        "argv",
        [
            ["draft", "photo.png", "style.png", "-o", "photo.png"],
            ["draft", "photo.png", "style.png", "-o", "style.png"],
            ["replay", "photo.png", "photo.png", "style.png", "-o", "photo.png"],
            ["film", "kept", "-o", "kept/frame-0001.webp"],
            ["feedforward", "apply", "built-in", "photo.png", "-o", "photo.png"],
            ["feedforward", "apply", "built-in", "photos", "-o", "photos"],
            ["feedforward", "train", "style.png", "--photos", "photos", "-o", "photos/net.npz"],
            ["feedforward", "train", "style.png", "--photos", "photos", "--log", "style.png", "-o", "n.npz"],
        ],
    )
    def test_by_another_command(self, argv, call, workdir, reported, tiny):
        shutil.copy("photo.png", "photos/net.npz")
        (workdir / "kept").mkdir()
        Image.open("photo.png").save("kept/frame-0001.webp")
        Path("photo.png").write_bytes(
            images.encode(images.read(Path("photo.png")).rgb, "png", recipe=Recipe(size=64))
        )
        before = contents(workdir)
        assert call(*argv)[0] == 1
        (error,) = reported
        assert error.code == "output-is-input"
        assert contents(workdir) == before

    def test_two_results_need_two_names(self, paint, reported):
        assert paint("photo.png", "style.png", "--log", "x.csv", "--save-recipe", "x.csv")[0] == 1
        assert reported[0].code == "output-twice"

    def test_a_link_to_another_file_stays_a_link(self, paint, workdir):
        (workdir / "elsewhere").mkdir()
        (workdir / "out.png").symlink_to("elsewhere/real.png")
        assert paint("photo.png", "style.png", "-o", "out.png")[0] == 0
        assert (workdir / "out.png").is_symlink()
        assert images.read(workdir / "elsewhere/real.png").size == (48, 64)


class TestBatch:
    def test_what_is_done_is_skipped_unless_it_may_be_overwritten(self, paint, workdir):
        (workdir / "painted").mkdir()
        (workdir / "painted/a.png").write_text("mine")
        code, said = paint("photos", "style.png", "-o", "painted")
        assert code == 0
        assert batch.DONE_BEFORE.format(target="painted/a.png") in said
        assert batch.SUMMARY.format(painted=1, done=1, failed=0) in said
        assert (workdir / "painted/a.png").read_text() == "mine"
        before = (workdir / "painted/b.png").stat().st_mtime_ns
        assert paint("photos", "style.png", "-o", "painted", "--overwrite")[0] == 0
        assert images.read(workdir / "painted/a.png").size == (48, 64)
        assert (workdir / "painted/b.png").stat().st_mtime_ns > before

    def test_what_cannot_be_read_is_named_and_passed_over(self, paint, workdir, reported, monkeypatch):
        photos = workdir / "photos"
        (photos / "iphone.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
        Image.new("RGB", (64, 64)).save(photos / "moving.gif")
        (photos / "empty.jpg").touch()
        (photos / "gone.jpg").symlink_to("nowhere.jpg")
        (photos / "notes.txt").write_text("not a photo")
        (photos / "._a.png").write_bytes(b"notes of a Mac about a.png")
        (photos / f"{LONG}é.png").write_bytes((photos / "a.png").read_bytes())
        shutil.copy(photos / "a.png", photos / "locked.png")
        lock(monkeypatch, photos / "locked.png")
        assert paint("photos", "style.png", "-o", "painted")[0] == 1
        *problems, last = reported
        assert [(Path(str(problem).split(": ")[0]).name, problem.code) for problem in problems] == [
            ("empty.jpg", "picture-empty"),
            ("gone.jpg", "file-missing"),
            ("iphone.heic", "picture-format"),
            ("locked.png", "file-unreadable"),
            ("moving.gif", "picture-format"),
        ]
        assert_says(last, "photographs-failed", 5, 8)
        assert sorted(path.name for path in (workdir / "painted").iterdir()) == [
            "a.png",
            "b.png",
            f"{LONG}é.png",
        ]

    @pytest.mark.parametrize("fails", [False, True])
    def test_a_signal_ends_it(self, fails, paint, workdir, monkeypatch, reported):
        """Even where the picture so far cannot be written to its place."""
        stopping_after(monkeypatch, 2)
        if fails:
            fail_in(monkeypatch, workdir / "painted")
        assert paint("photos", "style.png", "-o", "painted")[0] == 130
        assert [error.code for error in reported] == ["kept-elsewhere"] * fails
        assert not list((workdir / "painted").glob("b*"))

    def test_an_interrupt_that_a_library_swallows_ends_it(self, paint, monkeypatch, reported):
        def fail(*_, **__):
            try:
                os.kill(os.getpid(), signal.SIGINT)
            except KeyboardInterrupt as exc:
                raise ImportError from exc

        monkeypatch.setattr(images, "read", fail)
        assert paint("photo.png", "style.png")[0] == 130
        assert not reported

    def test_an_unforeseen_error_concerns_one_photograph(self, paint, workdir, monkeypatch, reported):
        read = images.read

        def fail_once(source, **options):
            if str(source).endswith("a.png"):
                raise ValueError("odd")
            return read(source, **options)

        monkeypatch.setattr(images, "read", fail_once)
        assert paint("photos", "style.png", "-o", "painted")[0] == 1
        assert [error.code for error in reported] == ["unexpected", "photographs-failed"]
        assert "a.png" in str(reported[0])
        assert (workdir / "painted/b.png").exists()

    def test_no_two_photographs_share_a_target(self, tmp_path):
        for name in ("a.jpg", "a.png", "a.jpg.png", "b.jpg", "b.jpg.png", "c.webp"):
            (tmp_path / name).write_bytes(b"\xff\xd8\xff")
        found = batch.batch_targets(tmp_path, tmp_path / "out")
        assert len({target.name for target in found.values()}) == len(found) == 6
        assert found[tmp_path / "c.webp"].name == "c.png"

    @pytest.mark.parametrize("words", [["draft"], ["paint", *QUICK], ["feedforward", "apply", "built-in"]])
    def test_long_names_are_shortened(self, words, call, workdir):
        for name in (f"{LONG}.png", f"{LONG}y.png"):
            shutil.copy("photo.png", name)
        command, *options = words
        if command == "feedforward":
            argv = ["feedforward", "apply", "built-in", f"{LONG}.png", "--size", "64"]
        else:
            argv = [command, f"{LONG}.png", f"{LONG}y.png", *(options or ["--size", "64"])]
        assert call(*argv)[0] == 0
        (made,) = (path for path in workdir.glob("xx*.png") if path.name.startswith(f"{LONG}-"))
        assert images.read(made).size == (48, 64)

    def test_a_folder_painted_in_one_pass_follows_the_same_rules(self, call, workdir, reported):
        (workdir / "photos/empty.jpg").touch()
        apply = ["feedforward", "apply", "built-in", "photos", "--size", "64", "-o", "painted"]
        assert call(*apply)[0] == 1
        assert [error.code for error in reported] == ["picture-empty", "photographs-failed"]
        (workdir / "painted/a.png").write_text("mine")
        _, said = call(*apply)
        assert batch.DONE_BEFORE.format(target="painted/b.png") in said
        assert (workdir / "painted/a.png").read_text() == "mine"


def lock(monkeypatch, locked: Path) -> None:
    """Make a file unreadable, even for root, since tests may run as root."""
    real = Path.open

    def refuse(path, *args, **options):
        if path == locked or path.name == locked.name:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return real(path, *args, **options)

    monkeypatch.setattr(Path, "open", refuse)


class TestNothingElseIsOverwritten:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_a_stopped_picture_goes_beside_the_finished_one(self, number, paint, workdir, monkeypatch):
        (workdir / "out.png").write_text("an earlier picture")
        (workdir / "out-stopped.png").write_text("another that was stopped")
        stopping_after(monkeypatch, 2, number)
        code, said = paint("photo.png", "style.png", "-o", "out.png")
        assert code == 130
        assert (workdir / "out.png").read_text() == "an earlier picture"
        assert (workdir / "out-stopped.png").read_text() == "another that was stopped"
        assert images.read_history(workdir / "out-stopped-2.png").stopped == 2
        assert "out-stopped-2.png" in said

    def test_a_film_without_a_name_gets_a_free_one(self, call, workdir):
        (workdir / "film.mp4").write_text("a holiday")
        assert call("film", "photos")[0] == 0
        assert (workdir / "film.mp4").read_text() == "a holiday"
        assert (workdir / "film-2.mp4").stat().st_size > 1000

    def test_snapshots_go_beside_those_of_another_painting(self, paint, workdir):
        for _ in range(2):
            assert paint("photo.png", "style.png", "--snapshots", "kept", "-o", "out.png")[0] == 0
        first, second = (sorted(path.name for path in Path(name).iterdir()) for name in ("kept", "kept-2"))
        assert first == second

    def test_a_log_keeps_the_rows_of_other_paintings_and_other_files_stay(self, paint, workdir, reported):
        for name in ("one.png", "two.png", "one.png"):
            assert paint("photo.png", "style.png", "--log", "losses.csv", "-o", name)[0] == 0
        assert steps_in("losses.csv") == [1, 2, 3, 4] * 2
        (workdir / "diary.csv").write_text("day,weather\n1,rain\n")
        assert paint("photo.png", "style.png", "--log", "diary.csv", "-o", "three.png")[0] == 1
        assert reported[-1].code == "not-a-log"
        assert (workdir / "diary.csv").read_text() == "day,weather\n1,rain\n"


class TestPlaces:
    @pytest.mark.parametrize("option", ["-o", "--log", "--save-recipe"])
    @pytest.mark.parametrize(
        ("place", "code"),
        [
            ("nowhere/x.png", "folder-missing"),
            ("photos.png", "output-is-folder"),
            ("pipe.png", "output-not-a-file"),
            ("y" * 260 + ".png", "unwritable"),
            ("/proc/x.png", "unwritable"),
        ],
    )
    def test_a_place_is_tried_before_the_network_is_opened(
        self, option, place, code, paint, workdir, reported, monkeypatch
    ):
        (workdir / "photos.png").mkdir()
        os.mkfifo(workdir / "pipe.png")
        monkeypatch.setattr("engine.cli.inputs.open_network", None)
        assert paint("photo.png", "style.png", option, place)[0] == 1
        assert [error.code for error in reported] == [code]

    @NOT_FOR_ROOT
    def test_a_read_only_picture_is_not_replaced(self, paint, workdir, reported):
        (workdir / "out.png").write_text("keep")
        (workdir / "out.png").chmod(0o444)
        assert paint("photo.png", "style.png", "-o", "out.png")[0] == 1
        assert reported[0].code == "unwritable"

    def test_a_full_disk_is_noticed_before_the_painting(self, paint, workdir, reported, monkeypatch):
        def full(descriptor, offset, size):
            if size > 5000:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, "posix_fallocate", full)
        monkeypatch.setattr(Painting, "begin", None)
        assert paint("photo.png", "style.png", "-o", "out.png")[0] == 1
        assert_says(reported[0], "unwritable", "out.png", os.strerror(errno.ENOSPC).lower())

    @pytest.mark.parametrize(
        "argv",
        [
            ["paint", "photo.png", "style.png", *QUICK, "-o", "there/out.png"],
            ["draft", "photo.png", "style.png", "--size", "64", "-o", "there/out.png"],
            ["feedforward", "apply", "built-in", "photo.png", "--size", "64", "-o", "there/out.png"],
            ["film", "photos", "-o", "there/out.webp"],
        ],
    )
    def test_a_result_whose_place_fails_is_kept_elsewhere(self, argv, call, workdir, monkeypatch, reported):
        (workdir / "there").mkdir()
        before = set(workdir.iterdir())
        fail_in(monkeypatch, workdir / "there")
        assert call(*argv)[0] == 1
        (error,) = reported
        (kept,) = set(workdir.glob("out*")) - before
        assert_says(error, "kept-elsewhere", argv[-1], kept)
        assert kept.stat().st_size > 100

    def test_what_a_painting_can_do_without_does_not_end_it(self, paint, workdir, monkeypatch):
        """The checkpoint, the log, snapshots and the picture so far."""
        (workdir / "kept").mkdir()
        real = atomic_write

        def fail(path, **options):
            if path.name != "out.png":
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(path, **options)

        monkeypatch.setattr(targets, "atomic_write", fail)
        more = ["--snapshots", "kept", "--log", "losses.csv", "--save-every", "1"]
        code, said = paint("photo.png", "style.png", *more, "-o", "out.png")
        assert code == 0, said
        assert images.read(workdir / "out.png").size == (48, 64)
        assert said.count(os.strerror(errno.ENOSPC).lower()) == 4, "each is said once"


def fail_in(monkeypatch, folder: Path) -> None:
    """Let writing to a folder fail, although it was possible when it was tried."""
    real = atomic_write

    def fail(path, **options):
        if path.parent == folder:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(path, **options)

    monkeypatch.setattr(targets, "atomic_write", fail)


class TestResume:
    def losses(self, log: str) -> list[float]:
        with Path(log).open(newline="") as file:
            return [float(row["total"]) for row in csv.DictReader(file)]

    @pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
    def test_a_killed_painting_goes_on_to_the_same_loss(self, optimizer, call, workdir, monkeypatch):
        argv = ["paint", "photo.png", "style.png", *LONGER, "--optimizer", optimizer]
        assert call(*argv, "--log", "whole.csv", "-o", "whole.png")[0] == 0
        with monkeypatch.context() as patch:
            kill_after(patch, 12)
            more = ["--save-every", "5", "--snapshots", "kept", "-o", "out.png"]
            with pytest.raises(Killed):
                call(*argv, *more)
        assert (workdir / "out.png.checkpoint").exists()
        assert images.read(workdir / "out-so-far.png").size == (48, 64)
        assert not (workdir / "out.png").exists()
        code, said = call(*argv, *more, "--log", "parts.csv", "--resume")
        assert code == 0
        assert paint_run.RESUMED.split("{progress")[0].format(target="out.png") in said
        whole, parts = self.losses("whole.csv"), self.losses("parts.csv")
        assert parts[:10] == pytest.approx(whole[:10], rel=1e-4), "the log goes on, too"
        assert parts[-1] == pytest.approx(whole[-1], rel=0.02)
        left = {path.name for path in workdir.glob("out*")}
        assert left == {"out.png"}, "checkpoint and picture so far are removed"
        assert not (workdir / "kept-2").exists()
        names = sorted(path.name for path in (workdir / "kept").iterdir())
        assert names == [f"frame-{number:04}.png" for number in range(len(names))]

    def test_a_stopped_painting_without_a_name_goes_on(self, paint, workdir, monkeypatch):
        (workdir / "photo-style.png").write_text("an earlier one")
        with monkeypatch.context() as patch:
            stopping_after(patch, 2)
            assert paint("photo.png", "style.png")[0] == 130
        assert checkpoint_file.exists_for(workdir / "photo-style-2.png")
        assert paint("photo.png", "style.png", "--resume")[0] == 0
        assert images.read_history(workdir / "photo-style-2.png").resumed == (2,)
        assert (workdir / "photo-style.png").read_text() == "an earlier one"

    def test_a_batch_goes_on_where_it_was_stopped(self, paint, workdir, monkeypatch):
        with monkeypatch.context() as patch:
            stopping_after(patch, 2)
            assert paint("photos", "style.png", "-o", "painted")[0] == 130
        assert not (workdir / "painted/b.png").exists()
        assert paint("photos", "style.png", "-o", "painted", "--resume")[0] == 0
        assert images.read_history(workdir / "painted/a.png").resumed == (2,)
        assert images.read(workdir / "painted/b.png").size == (48, 64)

    def test_a_stopped_replay_goes_on_with_its_changes(self, call, workdir, monkeypatch, tiny):
        content, style = images.read(Path("photo.png")), images.read(Path("style.png")).rgb
        recipe = Recipe(size=64, scales=1, max_steps=8, precision="float32", optimizer="adam")
        painting = Painting.begin(content.rgb, [style], recipe, backbone=load_backbone(recipe, tiny))
        while not painting.finished:
            painting.advance()
            if painting.step in (2, 5):
                painting.steer(painting.recipe.changed(strength=80 + painting.step))
        Path("first.png").write_bytes(
            images.encode(painting.picture(), "png", recipe=painting.recipe, history=painting.history)
        )
        argv = ["replay", "first.png", "photo.png", "style.png", "-o", "again.png"]
        with monkeypatch.context() as patch:
            stopping_after(patch, 3)
            assert call(*argv)[0] == 130
        assert call(*argv, "--resume")[0] == 0
        again = images.read_history(Path("again.png"))
        assert [change.step for change in again.changes] == [2, 5]
        assert np.allclose(images.read(Path("again.png")).rgb, images.read(Path("first.png")).rgb, atol=0.01)

    @pytest.mark.parametrize(
        ("change", "facts"),
        [
            (["photos/b.jpg", "style.png"], ["photo"]),
            (["photo.png", "photos/b.jpg"], ["styles"]),
            (["photo.png", "style.png", "--strength", "90"], ["recipe: strength"]),
        ],
    )
    def test_another_painting_is_not_resumed(self, change, facts, paint, workdir, monkeypatch, reported):
        with monkeypatch.context() as patch:
            stopping_after(patch, 2)
            paint("photo.png", "style.png", "-o", "out.png")
        before = (workdir / "out.png.checkpoint").read_bytes()
        assert paint(*change, "-o", "out.png", "--resume")[0] == 1
        assert_says(reported[0], "checkpoint-other-painting", "out.png.checkpoint", *facts)
        assert (workdir / "out.png.checkpoint").read_bytes() == before

    def test_beginning_again_sets_the_checkpoint_aside(self, paint, workdir, monkeypatch):
        with monkeypatch.context() as patch:
            stopping_after(patch, 2)
            paint("photo.png", "style.png", "-o", "out.png")
            before = (workdir / "out.png.checkpoint").read_bytes()
            _, said = paint("photo.png", "style.png", "--strength", "90", "-o", "out.png")
        assert paint_run.INTERRUPTED_BEFORE.format(path="out.png.checkpoint") in said
        assert (workdir / "out.png.checkpoint.old").read_bytes() == before
        assert paint("photo.png", "style.png", "-o", "out.png")[0] == 0
        assert not list(workdir.glob("*.checkpoint*"))

    def test_a_damaged_checkpoint_begins_again(self, paint, workdir, monkeypatch):
        with monkeypatch.context() as patch:
            stopping_after(patch, 2)
            paint("photo.png", "style.png", "-o", "out.png")
        whole = (workdir / "out.png.checkpoint").read_bytes()
        rng = np.random.default_rng(0)
        for damage in range(40):
            data = bytearray(whole[: int(rng.integers(len(whole)))] if damage % 2 else whole)
            for place in rng.integers(0, max(len(data), 1), 8 if data else 0):
                data[place] = int(rng.integers(256))
            (workdir / "out.png.checkpoint").write_bytes(data)
            file = checkpoint_file.CheckpointFile(workdir / "out.png", {})
            with contextlib.suppress(CheckpointError):  # nothing else comes out
                file.load()
        code, _ = paint("photo.png", "style.png", "-o", "out.png", "--resume")
        assert code == 0


class Killed(BaseException):
    """Ends the process of a test at once, as far as it can be ended."""


def kill_after(monkeypatch, steps: int) -> None:
    advance = Painting.advance

    def advance_or_die(self):
        if self.step == steps:
            raise Killed
        return advance(self)

    monkeypatch.setattr(Painting, "advance", advance_or_die)


class TestLossLog:
    def test_a_row_that_was_cut_off_is_dropped(self, tmp_path):
        path = tmp_path / "losses.csv"
        path.write_text(",".join(loss_log.COLUMNS) + "\nold.png,1,2,3,4\nold.png,2,")
        log = loss_log.LossLog(path, Path("new.png"))
        log.update([(1, 5.0, 6.0, 7.0)])
        log.update([(1, 5.0, 6.0, 7.0), (2, 0.5, 0.6, 0.7)])
        assert path.read_text().split() == [
            ",".join(loss_log.COLUMNS),
            "old.png,1,2,3,4",
            "new.png,1,5,6,7",
            "new.png,2,0.5,0.6,0.7",
        ]
