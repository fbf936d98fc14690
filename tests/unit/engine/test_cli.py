import json
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from engine.backbones import load_backbone, require_layers, weights
from engine.backbones.weights import resolve
from engine.cli.commands import bench, inspect
from engine.cli.commands import weights as cli_weights
from engine.cli.files.targets import FORMATS
from engine.cli.main import main
from engine.cli.paint_run import REPLAYED_TO
from engine.cli.progress import Snapshots
from engine.errors import RecipeError
from engine.imaging import images
from engine.imaging.film_formats import MAX_SNAPSHOTS
from engine.painting import Painting
from engine.recipe import VGG19_LAYERS, Recipe, knobs
from tests.support.refusals import assert_says, refused
from tests.support.shelf import BODY, serving
from tests.support.tiny_vgg import write_tiny_vgg

ROOT = Path(__file__).parents[3]
QUICK = ["--size", "64", "--scales", "1", "--max-steps", "2", "--precision", "float32"]

STEERED = Recipe(size=64, scales=1, max_steps=9, precision="float32")
INVALID_START = '{"version": 1, "begun": {"size": 900}, "changes": [], "resumed": [], "stopped": null}'
NEGATIVE_STEP = '{"version": 1, "begun": {}, "changes": [], "resumed": [-1], "stopped": null}'


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Path:
    # Up to block4_conv1: fewer layers are faster to trace, and every call traces them again.
    return write_tiny_vgg(tmp_path_factory.mktemp("weights") / "tiny.h5", VGG19_LAYERS[:9])


@pytest.fixture
def workdir(tmp_path, monkeypatch) -> Path:
    """A folder to work in, with a photograph and two styles."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for name, size in (("photo.png", (72, 96)), ("style.jpg", (80, 80)), ("other.webp", (64, 100))):
        blocks = rng.random((size[0] // 8, size[1] // 8, 3)).astype(np.float32)
        format = FORMATS[Path(name).suffix]
        (tmp_path / name).write_bytes(images.encode(images.resize(blocks, size), format, dpi=200))
    return tmp_path


@pytest.fixture(scope="module", autouse=True)
def kept_networks():
    """Open each network once: tracing its graph takes most of the time of a call."""
    opened = {}

    def open_once(recipe, weights=None, **options):
        source = resolve(recipe.backbone, weights, cache=options.get("cache"))
        key = source.path, recipe.pooling, recipe.precision
        if recipe.precision == "auto":
            return load_backbone(recipe, weights, **options)
        if key not in opened:
            opened[key] = load_backbone(recipe, weights, **options)
        require_layers(opened[key], recipe.style_layers + recipe.content_layers + recipe.patch_layers)
        return opened[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.backbones.load_backbone", open_once)
        yield


@pytest.fixture
def call(workdir, tiny, capsys):
    """Run the command line in the working folder; return the exit code, stdout and stderr."""

    def run(*argv, **environ):
        environment = {"VGG19_WEIGHTS": str(tiny), "XDG_CACHE_HOME": str(workdir / "cache")} | environ
        code = main([str(arg) for arg in argv], environment)
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return code, captured.out, captured.err

    return run


def write_mask(path: Path, size=(72, 96), half="left") -> Path:
    mask = np.zeros(size, np.uint8)
    mask[:, slice(0, size[1] // 2) if half == "left" else slice(size[1] // 2, None)] = 255
    Image.fromarray(mask).save(path)
    return path


def format_of(name: str) -> str | None:
    with Image.open(name) as image:
        return image.format


class TestPaint:
    def test_a_painting_has_its_recipe_inside(self, call):
        code, out, err = call("paint", "photo.png", "style.jpg", *QUICK, "-o", "out.png")
        assert (code, out) == (0, "")
        assert re.search(r"^out\.png: 64 × 48, .* \d+\.\d s$", err, re.MULTILINE)
        picture = images.read(Path("out.png"))
        assert picture.size == (48, 64)
        assert picture.dpi == 200
        recipe = images.read_recipe(Path("out.png"))
        assert recipe == Recipe(size=64, scales=1, max_steps=2, precision="float32")

    def test_a_default_name_overwrites_nothing(self, call, workdir):
        (workdir / "photo-style.png").write_text("mine")
        assert call("paint", "photo.png", "style.jpg", *QUICK)[0] == 0
        assert (workdir / "photo-style.png").read_text() == "mine"
        assert images.read(workdir / "photo-style-2.png").size == (48, 64)

    def test_all_options_together(self, call, workdir):
        write_mask(workdir / "left.png")
        write_mask(workdir / "right.png", half="right")
        code, _, err = call(
            *("paint", "photo.png", "style.jpg", "other.webp", *QUICK, "--strength", "70"),
            *("--mask", "left.png", "--mask", "-", "--content-mask", "right.png"),
            *("--start-image", "other.webp", "--style-weights", "1,3", "--keep-colors", "30"),
            *("--snapshots", "kept", "--save-recipe", "recipe.json", "-o", "out.png"),
        )
        assert code == 0, err
        saved = Recipe.from_dict(json.loads(Path("recipe.json").read_text()))
        assert saved == images.read_recipe(Path("out.png"))
        assert (saved.start, saved.style_weights, saved.keep_colours) == ("image", (1, 3), 30)
        kept = sorted((workdir / "kept").iterdir())
        assert [path.name for path in kept] == ["frame-0000.png", "frame-0001.png"]
        assert images.read(kept[0]).size == (48, 64)

    def test_a_long_painting_keeps_no_more_snapshots_than_a_film_shows(self, tmp_path):
        snapshots = Snapshots(tmp_path / "kept", (8, 8))
        for step in range(501):
            shade = np.full((8, 8, 3), step / 500, np.float32)
            snapshots.keep(SimpleNamespace(progress=step / 500, picture=lambda shade=shade: shade))
        kept = sorted((tmp_path / "kept").iterdir())
        assert len(kept) == MAX_SNAPSHOTS
        assert images.read(kept[0], min_side=8).rgb.max() == 0
        assert images.read(kept[-1], min_side=8).rgb.min() == 1

    def test_alpha_is_kept(self, call, workdir):
        image = Image.open("photo.png").convert("RGBA")
        image.putalpha(Image.open(write_mask(workdir / "mask.png")))
        image.save("cut.png")
        assert call("paint", "cut.png", "style.jpg", *QUICK, "-o", "out.webp")[0] == 0
        assert format_of("out.webp") == "WEBP"
        assert np.allclose(images.read(Path("out.webp")).alpha[24, [5, 60]], (1, 0), atol=0.02)

    def test_options_take_precedence_over_a_recipe_from_a_file(self, call):
        given = {"size": 80, "scales": 1, "max_steps": 1, "strength": 90, "tv_weight": 3}
        Path("recipe.json").write_text(json.dumps(given))
        argv = ["--recipe", "recipe.json", "--size", "64", "--tv-weight", "", "-o", "o.JPEG"]
        assert call("paint", "photo.png", "style.jpg", *argv)[0] == 0
        assert images.read_recipe(Path("o.JPEG")) == Recipe(size=64, scales=1, max_steps=1, strength=90)
        assert format_of("o.JPEG") == "JPEG"


class TestReplay:
    def test_the_same_recipe_gives_the_same_file_unless_options_change_it(self, call):
        noise = ["--start", "noise", "--seed", "7"]
        assert call("paint", "photo.png", "style.jpg", *QUICK, *noise, "-o", "first.png")[0] == 0
        assert call("replay", "first.png", "photo.png", "style.jpg", "-o", "again.png")[0] == 0
        assert Path("again.png").read_bytes() == Path("first.png").read_bytes()
        argv = ["photo.png", "style.jpg", "--size", "72", "-o", "larger.png"]
        assert call("replay", "first.png", *argv)[0] == 0
        assert images.read(Path("larger.png")).size == (54, 72)

    def test_changes_resumptions_and_the_stop_are_repeated(self, call, tiny):
        content, style = images.read(Path("photo.png")), images.read(Path("style.jpg")).rgb
        backbone = load_backbone(STEERED, tiny)
        painting = Painting.begin(content.rgb, [style], STEERED, backbone=backbone)
        for step in range(1, 8):
            painting.advance()
            if step == 2:
                painting = Painting.resume(painting.checkpoint(), content.rgb, [style], backbone=backbone)
            if step in (3, 7):
                painting.steer(painting.recipe.changed(strength=90, keep_colours=10 * step))
        data = images.encode(
            painting.picture(), "png", dpi=content.dpi, recipe=painting.recipe, history=painting.history
        )
        Path("steered.png").write_bytes(data)

        code, _, err = call("replay", "steered.png", "photo.png", "style.jpg", "-o", "again.png")
        assert code == 0, err
        assert REPLAYED_TO.format(target="again.png", step=7) in err
        assert Path("again.png").read_bytes() == Path("steered.png").read_bytes()

        _, out, _ = call("inspect", "steered.png")
        assert out.splitlines()[-5:] == [
            inspect.STARTED.format(choices="--strength 50 %, --keep-colours 0 %"),
            inspect.AFTER.format(step=2, what=inspect.RESUMED),
            inspect.AFTER.format(step=3, what="--strength 90 %, --keep-colours 30 %"),
            inspect.AFTER.format(step=7, what="--keep-colours 70 %"),
            inspect.AFTER.format(step=7, what=inspect.STOPPED),
        ]
        options = ["--strength", "20", "-o", "other.png"]
        assert call("replay", "steered.png", "photo.png", "style.jpg", *options)[0] == 0
        other = images.read_history(Path("other.png"))
        assert other.initial_recipe == STEERED.changed(strength=20)
        assert [(change.step, change.values) for change in other.changes] == [
            (3, {"keep_colours": 30.0}),
            (7, {"keep_colours": 70.0}),
        ]
        assert (other.resumed, other.stopped) == ((), None)

    @pytest.mark.parametrize(
        ("damage", "code"),
        [
            ("{", "changes-damaged"),
            ("[]", "changes-version"),
            ('{"version": 1}', "changes-damaged"),
            ('{"version": 9}', "changes-version"),
            (INVALID_START, "not-steerable"),
            (NEGATIVE_STEP, "changes-damaged"),
        ],
    )
    def test_a_damaged_history_is_refused(self, damage, code, call, reported):
        info = PngInfo()
        info.add_itxt("pastiche:recipe", json.dumps(Recipe().to_dict()))
        info.add_itxt("pastiche:making", damage)
        Image.new("RGB", (64, 64)).save("odd.png", pnginfo=info)
        exit_code, _, err = call("replay", "odd.png", "photo.png", "style.jpg")
        assert exit_code == 1
        (error,) = reported
        assert (error.field, error.code) == ("changes", code)
        assert err == f"pastiche: {error}\n"

    def test_a_picture_without_a_recipe_is_refused(self, call, reported):
        code, _, err = call("replay", "photo.png", "photo.png", "style.jpg", "-o", "again.png")
        assert code == 1
        (error,) = reported
        assert_says(error, "no-recipe", "photo.png")
        assert err == f"pastiche: {error}\n"


class TestBatch:
    def test_a_folder_is_painted_despite_a_broken_photograph(self, call, workdir, reported):
        folder = workdir / "holiday"
        folder.mkdir()
        photo = (workdir / "photo.png").read_bytes()
        for name in ("b.png", "b.jpg"):
            (folder / name).write_bytes(photo)
        (folder / "notes.txt").write_text("not a photo")
        (folder / "broken.png").write_bytes(photo[:200])
        code, _, err = call("paint", folder, "style.jpg", *QUICK, "--snapshots", "film", "-o", "painted")
        assert code == 1
        broken, last = reported
        assert_says(broken, "picture-damaged", "broken.png: ", "PNG")
        assert f"pastiche: {broken}\n" in err
        assert_says(last, "photographs-failed", 1, 3)
        assert err.endswith(f"pastiche: {last}\n")
        assert sorted(path.name for path in (workdir / "painted").iterdir()) == ["b.jpg.png", "b.png.png"]
        assert (workdir / "film" / "b.jpg" / "frame-0000.png").exists()

    def test_a_folder_without_photographs_is_refused(self, call, workdir, reported):
        (workdir / "empty").mkdir()
        code, _, err = call("paint", "empty", "style.jpg", "-o", "painted")
        assert code == 1
        (error,) = reported
        assert_says(error, "no-photographs", "JPEG", "PNG", "WebP", "AVIF", "empty")
        assert err == f"pastiche: {error}\n"


class TestHelp:
    def test_the_version_is_the_newest_in_the_changelog(self, call):
        newest = re.search(r"^## (\d+\.\d+\.\d+) - ", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
        assert call("--version") == (0, f"Pastiche {newest[1]}\n", "")

    @pytest.mark.parametrize("command", ["paint", "replay", "bench"])
    def test_every_knob_has_an_option_with_its_bounds_and_default(self, command, call):
        code, out, _ = call(command, "--help")
        assert code == 0
        flat = " ".join(out.split())
        for name, knob in knobs().items():
            if name == "feedforward_style":
                continue  # `feedforward apply` paints with one
            default = getattr(Recipe(), name)
            assert f"--{name.replace('_', '-')} " in flat.replace(",", " ")
            assert knob.help in flat
            assert knob.bounds in flat
            if default not in (None, ()):
                shown = default if isinstance(default, str) else f"{default:g}"
                assert re.search(rf"\({re.escape(knob.bounds)}; \w+ {re.escape(shown)}\)", flat)

    @pytest.mark.parametrize("argv", [[], ["paint"], ["weights"], ["dance"], ["inspect"]])
    def test_wrong_arguments_are_reported_in_two_lines(self, argv, call):
        code, out, err = call(*argv)
        assert (code, out) == (2, "")
        assert err.startswith("pastiche: ")
        assert err.count("\n") == 2

    @pytest.mark.parametrize(
        ("option", "field", "value"),
        [
            ("--size", "size", "9"),
            ("--strength", "strength", "much"),
            ("--quality", "quality", "best"),
            ("--style-layers", "style_layers", "block9_conv1"),
        ],
    )
    def test_a_value_out_of_bounds_is_reported(self, option, field, value, call):
        with refused(RecipeError, "out-of-bounds", knobs()[field].bounds, f"“{value}”") as caught:
            knobs()[field].parse(field, value)
        code, _, err = call("paint", "photo.png", "style.jpg", option, value)
        assert code == 2
        assert option in err
        assert str(caught.value) in err

    def test_abbreviated_options_are_refused(self, call):
        code, _, err = call("paint", "photo.png", "style.jpg", "--siz", "64")
        assert code == 2
        assert "--siz 64" in err


class TestErrors:
    @pytest.mark.parametrize(
        ("argv", "code", "facts"),
        [
            (["none.jpg", "style.jpg"], "file-missing", ["none.jpg: "]),
            (["photo.png", "none.jpg"], "file-missing", ["none.jpg: "]),
            (["photo.png", "text.jpg"], "not-a-picture", ["text.jpg: "]),
            (["photo.png", "style.jpg", "--mask", "black.png"], "mask-empty", ["black.png: "]),
            (["photo.png", "style.jpg", "--mask", "a", "--mask", "b"], "mask-count", [2, 1]),
            (["photo.png", *["style.jpg"] * 5], "style-count", [1, 4, 5]),
            (["photo.png", "style.jpg", "--start", "image"], "start-missing", ["--start-image"]),
            (["photo.png", "style.jpg", "--style-weights", "1,2"], "weight-count", [2, 1]),
            (["photo.png", "style.jpg", "--style-weights", "0"], "all-zero", []),
            (["photo.png", "style.jpg", "-o", "out.tiff"], "output-format", ["out.tiff", ".png", ".webp"]),
            (["photo.png", "style.jpg", "-o", "nowhere/out.png"], "folder-missing", ["nowhere", "out.png"]),
            (["photo.png", "style.jpg", "--weights", "none.h5"], "weights-file-missing", ["none.h5"]),
            (["photo.png", "style.jpg", "--weights", "text.jpg"], "weights-damaged", ["text.jpg"]),
            (["photo.png", "style.jpg", "--recipe", "text.jpg"], "recipe-damaged", ["JSON"]),
            (["photo.png", "style.jpg", "--recipe", "none.json"], "file-unreadable", ["none.json"]),
            (
                ["photo.png", "style.jpg", "--save-recipe", "nowhere/r.json"],
                "folder-missing",
                ["nowhere", "r.json"],
            ),
            (["photo.png", "style.jpg", "--snapshots", "text.jpg"], "unwritable", ["text.jpg"]),
            (["tiny.png", "style.jpg"], "picture-too-small", ["tiny.png: ", "1 × 1", 16]),
            (["photo.png", "tiny.png"], "picture-too-small", ["tiny.png: ", "1 × 1", 64]),
            (["photo.png", "narrow.png"], "picture-too-small", ["narrow.png: ", "200 × 63", 64]),
            (["photo.png", "style.jpg", "--style-weight", "0", "--content-weight", "0"], "all-zero", []),
        ],
    )
    def test_an_error_is_one_line_and_exit_code_1(self, argv, code, facts, call, workdir, reported):
        (workdir / "text.jpg").write_text("Dear diary")
        Image.new("L", (96, 72)).save("black.png")
        Image.new("RGB", (1, 1)).save("tiny.png")
        Image.new("RGB", (200, 63)).save("narrow.png")
        before = sorted(workdir.iterdir())
        exit_code, out, err = call("paint", *argv, *QUICK)
        assert (exit_code, out) == (1, "")
        (error,) = reported
        assert_says(error, code, *facts)
        assert err.splitlines()[-1] == f"pastiche: {error}"
        assert not [path for path in workdir.iterdir() if path.suffix == ".png" and path not in before]

    def test_missing_weights_are_reported_with_the_command_that_fetches_them(
        self, call, reported, monkeypatch, tmp_path
    ):
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        code, _, err = call("paint", "photo.png", "style.jpg", "--backbone", "vgg19", VGG19_WEIGHTS="")
        assert code == 1
        assert_says(reported[0], "weights-not-fetched", "python -m engine weights fetch")
        assert err == f"pastiche: {reported[0]}\n"

    def test_an_unexpected_error_shows_a_traceback_only_with_debug(self, call, monkeypatch):
        def fail(*args, **kwargs):
            raise ValueError("one\ntwo")

        monkeypatch.setattr(images, "read", fail)
        code, _, err = call("paint", "photo.png", "style.jpg")
        assert code == 1
        assert "ValueError: one)" in err
        assert "--debug" in err
        assert err.count("\n") == 1
        with pytest.raises(ValueError, match="two"):
            call("paint", "photo.png", "style.jpg", "--debug")


class TestInspect:
    def test_the_recipe_as_text(self, call):
        recipe = Recipe(strength=61, style_layers=("block1_conv1", "block2_conv1"))
        Path("p.png").write_bytes(images.encode(np.zeros((16, 16, 3), np.float32), "png", recipe=recipe))
        code, out, _ = call("inspect", "p.png")
        assert code == 0
        lines = [line.split() for line in out.splitlines()]
        assert ["*", "--strength", "61", "%"] in lines
        assert ["*", "--style-layers", "block1_conv1,block2_conv1"] in lines
        assert ["--size", "512", "px"] in lines
        assert len(lines) == len(knobs())

    @pytest.mark.parametrize("format", ["png", "jpeg", "webp"])
    def test_the_recipe_as_json(self, format, call):
        recipe = Recipe(size=99, tv_weight=3)
        Path("p").write_bytes(images.encode(np.zeros((16, 16, 3), np.float32), format, recipe=recipe))
        code, out, _ = call("inspect", "p", "--json")
        assert code == 0
        assert Recipe.from_dict(json.loads(out)) == recipe

    def test_a_picture_without_a_recipe(self, call, reported):
        code, out, err = call("inspect", "photo.png")
        assert (code, out) == (1, "")
        assert_says(reported[0], "no-recipe", "photo.png")
        assert err == f"pastiche: {reported[0]}\n"


class TestWeights:
    def test_status_of_a_file(self, call, tmp_path):
        whole = write_tiny_vgg(tmp_path / "whole.h5")
        code, out, _ = call("weights", "status", VGG19_WEIGHTS=str(whole))
        assert code == 0
        assert out == f"{whole}\nVGG19: {cli_weights.ALL_LAYERS}; {cli_weights.NOT_PUBLISHED}\n"

    def test_status_without_a_file(self, call, monkeypatch, tmp_path):
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        code, out, _ = call("weights", "status", VGG19_WEIGHTS="")
        assert code == 0
        assert out == f"{weights.COMPACT_FILE}\n{cli_weights.BUILT_IN}\n"

    def test_fetch(self, call, workdir, monkeypatch):
        monkeypatch.setenv("NO_PROXY", "*")
        with serving() as shelf:
            monkeypatch.setattr(weights, "VGG19", shelf.published)
            code, _, err = call("weights", "fetch")
        assert code == 0, err
        path = workdir / "cache" / "pastiche" / "file.h5"
        assert path.read_bytes() == BODY
        assert cli_weights.FETCHED.format(name=shelf.published.name, path=path) in err


class TestBench:
    def test_a_table(self, call):
        code, out, err = call("bench", "--sizes", "64,80", "--rounds", "2", "--precision", "float32")
        assert code == 0, err
        assert [line.split()[0] for line in out.splitlines()] == ["size", "64", "80"]
        head, *rows = out.splitlines()
        assert len(re.split(r"  +", head.strip())) == 7
        assert all(re.search(r" s +[\d.]+ s +[\d.]+ s +\d+% +[\d.]+ GB$", row) for row in rows)

    def test_a_painting_is_foretold_from_every_size_and_each_scales_first_step(self):
        rows = [
            {"width": 100, "height": 100, "megapixels": 0.01, "first_s": 2.06, "step_s": 0.06},
            {"width": 200, "height": 200, "megapixels": 0.04, "first_s": 0.59, "step_s": 0.09},
        ]
        rates = bench._rates(rows, "compact/float32")
        recipe = Recipe(backbone="compact", patch_share=10)
        assert rates.step_seconds(recipe, 0.02) == pytest.approx(0.07)
        assert [rates.start_s, rates.scale_s] == pytest.approx([2.0, 0.5])

    def test_json(self, call):
        code, out, _ = call("bench", "--sizes", "64", "--rounds", "2", "--json", "--precision", "float32")
        assert code == 0
        result = json.loads(out)
        assert (result["backbone"], result["precision"], result["xla"]) == ("vgg19", "float32", False)
        (row,) = result["steps"]
        assert (row["width"], row["height"]) == (64, 48)
        assert row["painting_s"] > row["step_s"] > 0
        assert row["share_of_ceiling"] > 0
        assert row["peak_bytes"] > 10**8
