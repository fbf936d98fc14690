import numpy as np
import pytest
import tensorflow as tf

from engine.losses.content import feature_loss
from engine.losses.loss import losses
from engine.losses.patches import PatchBank, PatchTarget, holds_patches, match, nearest
from engine.losses.targets import SourceFeatures
from engine.losses.weights import loss_weights
from engine.painting import Painting
from engine.recipe import Recipe


def maps(seed: int, height: int = 6, width: int = 7, channels: int = 3) -> tf.Tensor:
    return tf.constant(np.random.default_rng(seed).random((1, height, width, channels)), tf.float32)


def numpy_patches(features: tf.Tensor) -> np.ndarray:
    x = features.numpy()[0]
    rows, columns = x.shape[0] - 2, x.shape[1] - 2
    return np.array([x[r : r + 3, c : c + 3].ravel() for r in range(rows) for c in range(columns)])


def numpy_loss(painting: tf.Tensor, style: tf.Tensor, mask: np.ndarray | None = None) -> float:
    """Return Li & Wand's equations 2 and 3, patch by patch, relative to the style's energy."""
    patches, bank = numpy_patches(painting), numpy_patches(style)
    weights = np.ones(len(patches)) if mask is None else mask[1:-1, 1:-1].ravel()
    total = 0.0
    for patch, weight in zip(patches, weights, strict=True):
        cosine = bank @ patch / np.linalg.norm(bank, axis=1) / np.linalg.norm(patch)
        total += weight * ((patch - bank[cosine.argmax()]) ** 2).mean()
    return total / len(patches) / (bank**2).mean()


def loss(painting: tf.Tensor, target: PatchTarget) -> float:
    return float(feature_loss(painting, *target[:3]) + target.constant)


def test_the_loss_of_matched_patches_is_that_of_the_paper() -> None:
    painting, style = maps(0), maps(1, 8, 5)
    target = match(painting, [PatchBank.of([style], 0)], [])
    assert loss(painting, target) == pytest.approx(numpy_loss(painting, style), rel=1e-4)


def test_each_region_is_compared_with_its_own_style() -> None:
    painting, mask = maps(0), np.random.default_rng(5).random((6, 7)).astype(np.float32)
    styles, masks = [maps(1), maps(2)], [mask, 1 - mask]
    banks = [PatchBank.of([s], 0) for s in styles]
    region_masks = [tf.constant(m[None, :, :, None]) for m in masks]
    squares = [(numpy_patches(s) ** 2).mean() for s in styles]
    for shares in [(1.0, 1.0), (0.25, 1.0)]:
        target = match(painting, banks, region_masks, shares)
        total = sum(
            share * numpy_loss(painting, s, m) * e
            for share, s, m, e in zip(shares, styles, masks, squares, strict=True)
        ) / np.average(squares, weights=shares)
        assert loss(painting, target) == pytest.approx(total, rel=1e-4)


def test_a_region_with_no_share_has_no_gradient() -> None:
    painting, left = maps(0, 8, 8), np.zeros((8, 8), np.float32)
    left[:, :4] = 1
    masks = [tf.constant(m[None, :, :, None]) for m in (left, 1 - left)]
    target = match(painting, [PatchBank.of([maps(1)], 0), PatchBank.of([maps(2) * 9], 0)], masks, (1.0, 0.0))
    with tf.GradientTape() as tape:
        tape.watch(painting)
        value = feature_loss(painting, *target[:3])
    gradient = np.abs(tape.gradient(value, painting).numpy()[0]).sum((0, 2))
    # A patch reaches one position across the border between the regions.
    assert (gradient[:5] > 0).all()
    assert (gradient[5:] == 0).all()
    assert loss(painting, target) == pytest.approx(numpy_loss(painting, maps(1), left), rel=1e-4)


def test_the_loss_is_zero_for_the_styles_own_patches() -> None:
    style = maps(1)
    assert loss(style, match(style, [PatchBank.of([style], 0)], [])) == pytest.approx(0, abs=1e-6)


def test_the_scale_of_the_features_does_not_matter() -> None:
    painting, style = maps(0), maps(1)
    usual = loss(painting, match(painting, [PatchBank.of([style], 0)], []))
    large = match(painting * 50, [PatchBank.of([style * 50], 0)], [])
    assert loss(painting * 50, large) == pytest.approx(usual, rel=1e-4)


def test_the_gradient_equals_the_numerical_one_for_fixed_matches() -> None:
    painting, direction = maps(0), maps(7) - 0.5
    target = match(painting, [PatchBank.of([maps(1)], 0)], [])
    with tf.GradientTape() as tape:
        tape.watch(painting)
        value = feature_loss(painting, *target[:3]) + target.constant
    analytic = float(tf.reduce_sum(tape.gradient(value, painting) * direction))
    step = 1e-2
    rise = loss(painting + step * direction, target) - loss(painting - step * direction, target)
    assert analytic == pytest.approx(rise / (2 * step), rel=5e-3)


def test_batches_do_not_change_the_matches(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    patches, bank = (tf.constant(rng.random((50, 27)), tf.float32) for _ in range(2))
    in_one_batch = nearest(patches, bank).numpy()
    monkeypatch.setattr("engine.losses.patches._SCORES_BYTES", 50 * 4 * 7)
    assert (nearest(patches, bank).numpy() == in_one_batch).all()


def test_large_styles_are_sampled_the_same_way_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.losses.patches.MAX_PATCHES", 10)
    first, again, other = (PatchBank.of([maps(1)], seed).patches.numpy() for seed in (3, 3, 4))
    assert first.shape == (10, 27)
    assert (first == again).all()
    assert (first != other).any()


def test_each_style_has_its_share_of_a_mixed_bank() -> None:
    banks = [PatchBank.of([maps(seed, 12, 12)], 0) for seed in (1, 2)]
    assert PatchBank.mix(banks, np.array([0.75, 0.25])).patches.shape[0] == 100 + 34
    assert PatchBank.mix(banks, np.array([1.0, 0.0])).patches.shape[0] == 100


@pytest.mark.parametrize(("size", "holds"), [((3, 3), True), ((2, 9), False), ((9, 1), False)])
def test_a_patch_needs_three_positions_each_way(size: tuple[int, int], holds: bool) -> None:
    assert holds_patches(size) is holds


class TestSourceFeatures:
    PATCHES = Recipe(
        patch_share=60,
        patch_layers=("block1_conv1", "block5_conv1"),
        style_layers=("block1_conv1",),
        content_layers=("block1_conv1",),
        precision="float32",
    )

    @staticmethod
    def targets(tiny, recipe: Recipe, content: tuple, styles: list, masks: tuple = (None,)):
        rng = np.random.default_rng(0)
        photo = rng.random((*content, 3), np.float32)
        pictures = [rng.random((*size, 3), np.float32) for size in styles]
        sources = SourceFeatures(tiny, recipe, photo, pictures, masks=masks, content_mask=None)
        painting = tf.constant(photo[None])
        return sources.targets(
            recipe, {name: sources.match(name, recipe, painting) for name in sources.matching}
        )

    @staticmethod
    def weights(targets) -> dict:
        return {name: float(weight) for name, weight in targets.weights.items()}

    @staticmethod
    def expected(recipe: Recipe, targets) -> dict:
        found = loss_weights(recipe, [losses()[name] for name in targets.by_loss])
        return {name: pytest.approx(weight) for name, weight in found.items()}

    @pytest.mark.parametrize(
        ("content", "style", "kept"),
        [
            ((48, 48), (48, 48), {"block1_conv1", "block5_conv1"}),
            ((48, 48), (32, 80), {"block1_conv1"}),
            ((32, 80), (48, 48), {"block1_conv1"}),
        ],
        ids=["large enough", "the style is narrow", "the photo is narrow"],
    )
    def test_a_layer_whose_map_holds_no_patch_is_left_out(self, tiny, content, style, kept) -> None:
        targets = self.targets(tiny, self.PATCHES, content, [style])
        assert set(targets.by_loss["patch"]) == kept
        assert self.weights(targets) == self.expected(self.PATCHES, targets)

    def test_without_any_patch_layer_the_gram_loss_gets_the_weight_of_patches(self, tiny) -> None:
        recipe = self.PATCHES.changed(patch_share=100, patch_layers=("block5_conv1",))
        targets = self.targets(tiny, recipe, (32, 80), [(48, 48)])
        assert "patch" not in targets.by_loss
        assert self.weights(targets) == self.expected(recipe.changed(patch_share=0), targets)

    def test_a_scale_without_patches_is_painted_like_one_that_asks_for_none(self, tiny) -> None:
        rng = np.random.default_rng(0)
        photo, style = rng.random((64, 128, 3), np.float32), rng.random((80, 70, 3), np.float32)
        # The map has 4 x 2 positions at the first scale, and 8 x 4 at the second.
        recipe = self.PATCHES.changed(
            size=128, scales=2, max_steps=2, optimizer="adam", patch_share=100, patch_layers=("block5_conv1",)
        )
        painting, plain = (
            Painting.begin(photo, [style], each, backbone=tiny)
            for each in (recipe, recipe.changed(patch_share=0))
        )
        for each in (painting, plain):
            each.advance()
        resumed = Painting.resume(painting.checkpoint(), photo, [style], backbone=tiny)
        for each in (painting, plain, resumed):
            while not each.finished:
                each.advance()
        assert resumed.picture().tobytes() == painting.picture().tobytes()
        assert painting.losses[:2] == plain.losses[:2]
        assert painting.losses[2][2:] != plain.losses[2][2:]

    def test_regions_have_the_same_weights_as_in_the_gram_loss(self, tiny) -> None:
        left = np.zeros((48, 48), np.float32)
        left[:, :24] = 1
        recipe = self.PATCHES.changed(patch_layers=("block1_conv1",), style_weights=(1, 0))
        targets = self.targets(tiny, recipe, (48, 48), [(48, 48)] * 2, masks=(left, 1 - left))
        assert targets.by_loss["gram"]["block1_conv1"].shares.numpy() == pytest.approx([0.5, 0])
        weight = targets.by_loss["patch"]["block1_conv1"].weight.numpy()[0, :, :, 0]
        assert weight[:, :24].min() > 0
        assert weight[:, 26:].max() == 0
