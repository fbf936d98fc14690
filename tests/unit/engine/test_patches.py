import numpy as np
import pytest
import tensorflow as tf

from engine.losses import feature_loss
from engine.patches import PatchBank, PatchTarget, match, nearest


def maps(seed: int, height: int = 6, width: int = 7, channels: int = 3) -> tf.Tensor:
    return tf.constant(np.random.default_rng(seed).random((1, height, width, channels)), tf.float32)


def cut(features: tf.Tensor) -> np.ndarray:
    x = features.numpy()[0]
    rows, columns = x.shape[0] - 2, x.shape[1] - 2
    return np.array([x[r : r + 3, c : c + 3].ravel() for r in range(rows) for c in range(columns)])


def oracle(painting: tf.Tensor, style: tf.Tensor, mask: np.ndarray | None = None) -> float:
    """Li & Wand's equations 2 and 3, patch by patch, relative to the style's energy."""
    patches, bank = cut(painting), cut(style)
    say = np.ones(len(patches)) if mask is None else mask[1:-1, 1:-1].ravel()
    total = 0.0
    for patch, weight in zip(patches, say, strict=True):
        cosine = bank @ patch / np.linalg.norm(bank, axis=1) / np.linalg.norm(patch)
        total += weight * ((patch - bank[cosine.argmax()]) ** 2).mean()
    return total / len(patches) / (bank**2).mean()


def loss(painting: tf.Tensor, target: PatchTarget) -> float:
    return float(feature_loss(painting, *target[:3]) + target.left)


def test_loss_of_matched_patches_is_that_of_the_paper() -> None:
    painting, style = maps(0), maps(1, 8, 5)
    target = match(painting, [PatchBank.of([style], 0)], [])
    assert loss(painting, target) == pytest.approx(oracle(painting, style), rel=1e-4)


def test_regions_have_styles_of_their_own() -> None:
    painting, mask = maps(0), np.random.default_rng(5).random((6, 7)).astype(np.float32)
    styles, masks = [maps(1), maps(2)], [mask, 1 - mask]
    target = match(
        painting, [PatchBank.of([s], 0) for s in styles], [tf.constant(m[None, :, :, None]) for m in masks]
    )
    squares = [(cut(s) ** 2).mean() for s in styles]
    total = sum(oracle(painting, s, m) * e for s, m, e in zip(styles, masks, squares, strict=True)) / np.mean(
        squares
    )
    assert loss(painting, target) == pytest.approx(total, rel=1e-4)


def test_a_painting_of_the_styles_own_patches_loses_nothing() -> None:
    style = maps(1)
    assert loss(style, match(style, [PatchBank.of([style], 0)], [])) == pytest.approx(0, abs=1e-6)


def test_the_scale_of_the_features_does_not_matter() -> None:
    painting, style = maps(0), maps(1)
    usual = loss(painting, match(painting, [PatchBank.of([style], 0)], []))
    large = match(painting * 50, [PatchBank.of([style * 50], 0)], [])
    assert loss(painting * 50, large) == pytest.approx(usual, rel=1e-4)


def test_gradient_is_the_numerical_one_while_matches_are_held() -> None:
    painting, direction = maps(0), maps(7) - 0.5
    target = match(painting, [PatchBank.of([maps(1)], 0)], [])
    with tf.GradientTape() as tape:
        tape.watch(painting)
        value = feature_loss(painting, *target[:3]) + target.left
    analytic = float(tf.reduce_sum(tape.gradient(value, painting) * direction))
    step = 1e-2
    rise = loss(painting + step * direction, target) - loss(painting - step * direction, target)
    assert analytic == pytest.approx(rise / (2 * step), rel=5e-3)


def test_batches_do_not_change_the_matches(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    patches, bank = (tf.constant(rng.random((50, 27)), tf.float32) for _ in range(2))
    whole = nearest(patches, bank).numpy()
    monkeypatch.setattr("engine.patches._SCORES_BYTES", 50 * 4 * 7)
    assert (nearest(patches, bank).numpy() == whole).all()


def test_large_styles_are_sampled_the_same_way_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.patches.MOST_PATCHES", 10)
    first, again, other = (PatchBank.of([maps(1)], seed).patches.numpy() for seed in (3, 3, 4))
    assert first.shape == (10, 27)
    assert (first == again).all()
    assert (first != other).any()


def test_styles_are_mixed_by_their_share_of_the_bank() -> None:
    banks = [PatchBank.of([maps(seed, 12, 12)], 0) for seed in (1, 2)]
    assert PatchBank.mixed(banks, np.array([0.75, 0.25])).patches.shape[0] == 100 + 34
    assert PatchBank.mixed(banks, np.array([1.0, 0.0])).patches.shape[0] == 100
