import dataclasses
import json
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from engine.backbones import VGG19
from engine.errors import (
    CheckpointError,
    ImageError,
    MaskError,
    PaintingError,
    PasticheError,
    RecipeError,
    WeightsError,
)
from engine.losses.objective import Objective
from engine.optimize.divergence import MAX_ROLLBACKS
from engine.painting import Checkpoint, History, Painting, RecipeChange
from engine.recipe import VGG19_LAYERS, Recipe
from tests.support.refusals import refused
from tests.support.tiny_vgg import write_tiny_vgg

RECIPE = Recipe(size=96, precision="float32", scales=2, max_steps=8, seed=5)


def finish(painting: Painting) -> np.ndarray:
    while not painting.finished:
        painting.advance()
    return painting.picture()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> VGG19:
    """The tiny network up to block4_conv2, where content is compared, so that less has to be traced."""
    path = tmp_path_factory.mktemp("weights") / "tiny.h5"
    return VGG19(write_tiny_vgg(path, VGG19_LAYERS[:10]))


@pytest.fixture
def paint(tiny: VGG19, photo: np.ndarray, style: np.ndarray):
    def begin(recipe: Recipe = RECIPE, styles: int = 1, **inputs: Any) -> Painting:
        pictures = [style, style[::-1, :, ::-1].copy(), 1 - style, style**2][:styles]
        return Painting.begin(photo, pictures, recipe, backbone=tiny, **inputs)

    return begin


class TestFromStartToEnd:
    def test_goes_from_coarse_to_fine_and_ends(self, paint) -> None:
        painting = paint()
        reports = [painting.advance() for _ in range(16)]
        assert [report.scale for report in reports] == [(36, 48)] * 8 + [(72, 96)] * 8
        assert [report.step for report in reports] == list(range(1, 17))
        assert painting.finished
        assert painting.advance() == reports[-1]
        progress = [report.progress for report in reports]
        assert progress == sorted(progress)
        assert progress[-1] == 1
        assert painting.picture().shape == (72, 96, 3)

    def test_the_losses_fall(self, paint) -> None:
        painting = paint()
        finish(painting)
        assert [row[0] for row in painting.losses] == list(range(1, 17))
        assert painting.losses[7][3] < painting.losses[0][3]
        assert painting.losses[-1][3] < painting.losses[8][3]

    def test_there_is_a_picture_before_the_first_step(self, paint, photo: np.ndarray) -> None:
        assert paint().picture().shape == (36, 48, 3)
        assert paint().progress == 0

    @pytest.mark.parametrize(
        "changes",
        [
            {"optimizer": "adam"},
            {"patch_share": 60.0},
            {"patch_share": 100.0, "optimizer": "adam"},
            {"pooling": "average"},
            {"start": "noise"},
            {"start": "blend"},
            {"style_scale": 25.0},
            {"style_scale": 400.0},
            {"keep_colours": 80.0, "colour_method": "histogram"},
            {"content_layers": ("block1_conv1", "block3_conv3"), "content_layer_weights": (1.0, 2.0)},
            {"style_layers": ("block2_conv2",)},
            {"quality": "sketch", "max_steps": None, "scales": 1},
        ],
        ids=str,
    )
    def test_every_option_gives_a_valid_picture(self, paint, changes: dict) -> None:
        result = finish(paint(RECIPE.changed(max_steps=4).changed(**changes)))
        assert result.shape == (72, 96, 3)
        assert result.dtype == np.float32
        assert np.isfinite(result).all()
        assert result.min() >= 0
        assert result.max() <= 1
        assert result.std() > 0.01

    def test_equal_seeds_give_equal_bytes(self, paint) -> None:
        for start in ("content", "noise"):
            recipe = RECIPE.changed(start=start, patch_share=30, max_steps=6)
            assert finish(paint(recipe)).tobytes() == finish(paint(recipe)).tobytes()

    def test_another_seed_gives_another_picture(self, paint) -> None:
        recipe = RECIPE.changed(start="noise", max_steps=3)
        assert (finish(paint(recipe)) != finish(paint(recipe.changed(seed=6)))).any()

    def test_strength_0_gives_nearly_the_photo(self, paint, photo: np.ndarray) -> None:
        assert np.abs(finish(paint(RECIPE.changed(strength=0))) - photo).mean() < 0.02

    def test_starts_from_a_given_picture(self, paint, style: np.ndarray) -> None:
        painting = paint(RECIPE.changed(start="image"), start_image=style)
        assert painting.picture().mean() == pytest.approx(style.mean(), abs=0.02)
        with refused(ImageError, "start-missing"):
            paint(RECIPE.changed(start="image"))


class TestStylesAndMasks:
    def test_the_style_weights_lead_from_one_style_to_the_other(self, paint) -> None:
        results = [
            finish(paint(RECIPE.changed(style_weights=mix, max_steps=6), styles=2))
            for mix in [(1, 0), (1, 1), (0, 1)]
        ]
        alone = finish(paint(RECIPE.changed(max_steps=6)))
        near, far = np.abs(results[0] - alone).mean(), np.abs(results[2] - alone).mean()
        assert near < 1e-3
        assert far > near
        assert np.abs(results[1] - results[0]).mean() > near

    def test_a_mask_keeps_a_style_in_its_region(self, paint, photo: np.ndarray) -> None:
        left = np.zeros((72, 96), np.float32)
        left[:, :40] = 1
        recipe = RECIPE.changed(smoothness=0, max_steps=12)
        moved = np.abs(finish(paint(recipe, masks=[left])) - photo).mean((0, 2))
        assert moved[:30].mean() > 3 * moved[70:].mean()

    def test_styles_with_and_without_masks_can_be_combined(self, paint) -> None:
        left = np.zeros((72, 96), np.float32)
        left[:, :40] = 1
        recipe = RECIPE.changed(max_steps=3, patch_share=40)
        painting = paint(recipe, styles=3, masks=[left, None, None], content_mask=left)
        assert np.isfinite(finish(painting)).all()

    def test_the_content_mask_holds_the_photo_where_it_is_white(self, paint, photo: np.ndarray) -> None:
        right = np.zeros((72, 96), np.float32)
        right[:, 48:] = 1
        # The style acts everywhere; in the right half the photo weighs a thousand times as much.
        weights = {"content_weight": 10_000, "style_weight": 10, "tv_weight": 0}
        recipe = RECIPE.changed(scales=1, max_steps=30, content_layers=("block1_conv1",), **weights)
        moved = np.abs(finish(paint(recipe, content_mask=right)) - photo).mean((0, 2))
        assert moved[:40].mean() > 2 * moved[56:].mean()


class TestInterruption:
    @pytest.mark.parametrize("at", [0, 1, 5, 8, 9, 13, 16])
    @pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
    def test_a_resumed_painting_goes_on_from_the_same_state(
        self, paint, tiny: VGG19, photo: np.ndarray, style: np.ndarray, at: int, optimizer: str
    ) -> None:
        painting = paint(RECIPE.changed(optimizer=optimizer))
        for _ in range(at):
            painting.advance()
        checkpoint = Checkpoint.from_bytes(painting.checkpoint().to_bytes())
        assert checkpoint.step == at
        resumed = Painting.resume(checkpoint, photo, [style], backbone=tiny)
        assert resumed.step == at
        assert resumed.progress == painting.progress
        assert resumed.picture().tobytes() == painting.picture().tobytes()
        assert resumed.losses == painting.losses
        assert np.isfinite(finish(resumed)).all()
        assert resumed.progress == 1
        assert len(resumed.losses) == resumed.step
        if optimizer == "adam":
            assert resumed.picture().tobytes() == finish(painting).tobytes()
            assert resumed.losses == painting.losses
            assert not resumed.history.eventful

    def test_adam_resumes_exactly_with_patches_and_changes(self, paint, tiny, photo, style) -> None:
        recipe = RECIPE.changed(optimizer="adam", patch_share=50, max_steps=14, scales=1)
        changed = recipe.changed(strength=80)
        painting, resumed = paint(recipe), paint(recipe)
        while not painting.finished:
            for each in (painting, resumed):
                each.advance()
                if painting.step >= 3:
                    each.steer(changed)
            if painting.step in (2, 3, 9, 10, 11):
                kept = Checkpoint.from_bytes(resumed.checkpoint().to_bytes())
                resumed = Painting.resume(kept, photo, [style], backbone=tiny)
        assert resumed.picture().tobytes() == painting.picture().tobytes()

    def test_the_optimizers_state_of_a_very_large_picture_is_left_out(self, paint, monkeypatch) -> None:
        painting = paint(RECIPE.changed(optimizer="adam"))
        painting.advance()
        assert painting.checkpoint().optimizer
        assert painting.checkpoint().without_optimizer_state().optimizer is None
        monkeypatch.setattr("engine.painting.painting.MAX_OPTIMIZER_STATE_PIXELS", 100)
        assert painting.checkpoint().optimizer is None

    @pytest.mark.parametrize("damage", ["shape", "nan", "name"])
    def test_a_damaged_state_is_refused(self, paint, tiny, photo, style, damage: str) -> None:
        painting = paint(RECIPE.changed(optimizer="adam"))
        painting.advance()
        maps = painting.checkpoint().optimizer.maps
        if damage == "shape":
            maps["mean"] = maps["mean"][1:]
        elif damage == "nan":
            maps["mean"][0, 0, 0] = np.nan
        else:
            maps["odd"] = maps.pop("mean")
        state = dataclasses.replace(painting.checkpoint().optimizer, maps=maps)
        data = dataclasses.replace(painting.checkpoint(), optimizer=state).to_bytes()
        with refused(CheckpointError, "checkpoint-damaged"):
            Painting.resume(Checkpoint.from_bytes(data), photo, [style], backbone=tiny).advance()

    def test_a_checkpoint_of_another_photo_is_refused(self, paint, tiny, photo, style) -> None:
        checkpoint = paint().checkpoint()
        with refused(CheckpointError, "checkpoint-other-photo"):
            Painting.resume(checkpoint, photo[:, :60], [style], backbone=tiny)

    def test_a_checkpoint_of_another_version_is_refused(self, paint, monkeypatch) -> None:
        with monkeypatch.context() as patch:
            patch.setattr("engine.painting.checkpoint.VERSION", 9)
            data = paint().checkpoint().to_bytes()
        with refused(CheckpointError, "checkpoint-version", 9, 1):
            Checkpoint.from_bytes(data)

    @pytest.mark.parametrize("data", [b"", b"PK", b"no checkpoint", b"\x93NUMPY" + b"\0" * 50])
    def test_damaged_checkpoints_are_refused(self, data: bytes) -> None:
        with refused(CheckpointError, "checkpoint-damaged"):
            Checkpoint.from_bytes(data)

    def test_a_cut_checkpoint_is_refused(self, paint) -> None:
        data = paint().checkpoint().to_bytes()
        for length in (10, 200, len(data) // 2, len(data) - 3):
            with refused(CheckpointError, "checkpoint-damaged"):
                Checkpoint.from_bytes(data[:length])


class TestSteering:
    def test_a_change_takes_effect_at_the_next_step_and_is_logged(self, paint) -> None:
        painting = paint()
        for _ in range(3):
            painting.advance()
        painting.steer(painting.recipe.changed(strength=90, smoothness=5))
        painting.advance()
        assert painting.recipe.strength == 90
        assert painting.changes == (RecipeChange(3, {"strength": 90.0, "smoothness": 5.0}),)
        unsteered = paint()
        finish(unsteered)
        assert np.abs(finish(painting) - unsteered.picture()).mean() > 1e-3

    def test_steering_without_a_change_does_nothing(self, paint) -> None:
        steered, left_alone = paint(), paint()
        for _ in range(10):
            steered.steer(steered.recipe)
            steered.advance()
            left_alone.advance()
        assert steered.changes == ()
        assert steered.picture().tobytes() == left_alone.picture().tobytes()

    def test_only_steerable_fields_are_taken(self, paint) -> None:
        painting = paint()
        painting.steer(RECIPE.changed(size=200, pooling="average", strength=60))
        assert painting.recipe == RECIPE.changed(strength=60)

    def test_colours_are_steered_without_disturbing_the_optimizer(self, paint) -> None:
        painting, left_alone = paint(), paint()
        for _ in range(4):
            painting.advance()
            left_alone.advance()
        painting.steer(painting.recipe.changed(keep_colours=100))
        assert np.abs(painting.picture() - left_alone.picture()).mean() > 1e-3
        finish(painting)
        finish(left_alone)
        assert painting.losses == left_alone.losses

    def test_style_weights_that_do_not_fit_change_nothing(self, paint) -> None:
        painting = paint(styles=2)
        with refused(RecipeError, "weight-count", 3, 2):
            painting.steer(RECIPE.changed(style_weights=(1, 1, 1)))
        assert painting.recipe == RECIPE

    def test_the_log_replays_to_the_same_picture(self, paint) -> None:
        painting = paint(styles=2)
        changes_by_step: list[tuple[int, dict[str, Any]]] = [
            (0, {"strength": 30}),
            (4, {"style_weights": (3, 1)}),
            (11, {"strength": 80}),
        ]
        for step, changes in changes_by_step:
            while painting.step < step:
                painting.advance()
            painting.steer(painting.recipe.changed(**changes))
        finish(painting)
        log = History.from_dict(json.loads(json.dumps(painting.history.to_dict())), painting.recipe)
        again = paint(log.initial_recipe, styles=2, replay=log)
        assert finish(again).tobytes() == painting.picture().tobytes()
        assert again.recipe == painting.recipe
        assert again.history == painting.history == log

    @pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
    def test_interruptions_and_an_early_stop_are_replayed_too(
        self, paint, tiny, photo, style, optimizer: str
    ) -> None:
        painting = paint(RECIPE.changed(optimizer=optimizer))
        for step in range(1, 14):
            painting.advance()
            if step in (3, 8, 11):
                kept = Checkpoint.from_bytes(painting.checkpoint().to_bytes())
                painting = Painting.resume(kept, photo, [style], backbone=tiny)
            if step in (3, 6, 13):
                painting.steer(painting.recipe.changed(strength=50 + step, keep_colours=step))
        history = painting.history
        # At 8 the coarse scale was done, so no optimizer's state was lost there.
        assert history.resumed == ((3, 11) if optimizer == "lbfgs" else ())
        assert history.stopped == 13
        again = paint(history.initial_recipe, replay=history)
        while again.step < 13:
            again.advance()
        assert again.picture().tobytes() == painting.picture().tobytes()
        assert again.history == history


class TestSafety:
    def test_a_scale_rolls_back_from_numbers_that_are_not_finite(
        self, paint, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        calls = iter(range(1000))

        def broken_once(self: Objective, image: tf.Tensor, targets: object, usual=Objective.__call__):
            evaluation = usual(self, image, targets)
            broken = evaluation._replace(gradient=evaluation.gradient * np.nan)
            return broken if next(calls) == 9 else evaluation

        monkeypatch.setattr(Objective, "__call__", broken_once)
        for optimizer in ("adam", "lbfgs"):
            assert np.isfinite(finish(paint(RECIPE.changed(optimizer=optimizer)))).all()
            calls = iter(range(1000))

    @pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
    @pytest.mark.parametrize("part", ["total", "gradient"])
    def test_numbers_that_never_become_finite_end_in_an_error(
        self, paint, monkeypatch: pytest.MonkeyPatch, optimizer: str, part: str
    ) -> None:
        def always_broken(self: Objective, image: tf.Tensor, targets: object, usual=Objective.__call__):
            evaluation = usual(self, image, targets)
            return evaluation._replace(**{part: getattr(evaluation, part) * np.nan})

        monkeypatch.setattr(Objective, "__call__", always_broken)
        painting = paint(RECIPE.changed(optimizer=optimizer, max_steps=200))
        with refused(PaintingError, "diverged", MAX_ROLLBACKS + 1):
            finish(painting)
        assert np.isfinite(painting.picture()).all()


class TestBadInput:
    @pytest.mark.parametrize(
        ("change", "error", "code", "facts"),
        [
            ({"style": (63, 200)}, ImageError, "picture-too-small", (1, "200×63 px", "64 px")),
            ({"style": (64, 64)}, None, "", ()),
            ({"styles": 0}, ImageError, "style-count", (1, 4, 0)),
            ({"styles": 5}, ImageError, "style-count", (1, 4, 5)),
            ({"mask": (96, 72)}, MaskError, "mask-shape", ("72×96 px", "96×72 px")),
            ({"black": True}, MaskError, "mask-empty", (1,)),
            ({"masks": 2}, RecipeError, "mask-count", (2, 1)),
            ({"recipe": {"style_weights": (1, 2)}}, RecipeError, "weight-count", (2, 1)),
            ({"recipe": {"style_weight": 0, "content_weight": 0}}, RecipeError, "all-zero", ()),
        ],
        ids=str,
    )
    def test_bad_input_is_a_typed_error_or_gives_a_valid_picture(
        self,
        tiny: VGG19,
        photo: np.ndarray,
        change: dict,
        error: type[PasticheError] | None,
        code: str,
        facts: tuple,
    ) -> None:
        style = np.full((*change.get("style", (70, 70)), 3), 0.5, np.float32)
        mask = np.full(change.get("mask", (72, 96)), 0.0 if "black" in change else 1.0, np.float32)
        masks = [mask] * change.get("masks", 1 if {"mask", "black"} & change.keys() else 0)
        recipe = RECIPE.changed(max_steps=1).changed(**change.get("recipe", {}))

        def paint() -> np.ndarray:
            styles = [style] * change.get("styles", 1)
            return finish(Painting.begin(photo, styles, recipe, backbone=tiny, masks=masks))

        if error is None:
            assert np.isfinite(paint()).all()
        else:
            with refused(error, code, *facts):
                paint()

    def test_the_error_names_a_layer_that_the_network_lacks(
        self, tiny_weights, photo, style, tmp_path
    ) -> None:
        few = VGG19(write_tiny_vgg(tmp_path / "few.h5", VGG19_LAYERS[:9]))
        with refused(WeightsError, "layer-missing", "block5_conv1"):
            Painting.begin(photo, [style], RECIPE.changed(style_layers=("block5_conv1",)), backbone=few)

    @pytest.mark.parametrize("colour", [0.0, 0.5, 1.0])
    def test_pictures_of_one_flat_colour_can_be_painted(self, tiny, photo, style, colour: float) -> None:
        flat = np.full((72, 96, 3), colour, np.float32)
        for content, painted in [(flat, style), (photo, flat), (flat, flat)]:
            result = finish(Painting.begin(content, [painted], RECIPE.changed(max_steps=4), backbone=tiny))
            assert np.isfinite(result).all()
