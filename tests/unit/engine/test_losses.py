import numpy as np
import pytest
import tensorflow as tf

from engine.losses.content import feature_energy, feature_loss
from engine.losses.gram import gram_energy, gram_loss, gram_matrix
from engine.losses.total_variation import total_variation


def maps(seed: int, shape: tuple[int, ...] = (1, 5, 7, 3)) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def numpy_gram(features: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    _, height, width, channels = features.shape
    mask = np.ones((height, width)) if mask is None else mask
    total = np.zeros((channels, channels))
    for row in range(height):
        for column in range(width):
            vector = features[0, row, column].astype(np.float64) * mask[row, column]
            total += np.outer(vector, vector)
    return total / (mask**2).sum()


MASK = np.random.default_rng(3).random((5, 7)).astype(np.float32)
LOSSES = {
    "gram": lambda x: gram_loss(gram_matrix(x)[0], tf.eye(3), tf.constant(2.0)),
    "guided gram": lambda x: gram_loss(
        gram_matrix(x, tf.constant(MASK[None, :, :, None]))[0], tf.eye(3), tf.constant(2.0)
    ),
    "feature": lambda x: feature_loss(
        x, tf.constant(maps(9)), tf.constant(MASK[None, :, :, None]), tf.constant(3.0)
    ),
    "total variation": total_variation,
}


@pytest.mark.parametrize("name", LOSSES)
def test_the_gradient_equals_the_numerical_one(name: str) -> None:
    loss, x, direction = LOSSES[name], maps(0), maps(1)
    with tf.GradientTape() as tape:
        image = tf.constant(x)
        tape.watch(image)
        value = loss(image)
    analytic = float(tf.reduce_sum(tape.gradient(value, image) * direction))
    step = 1e-2
    numerical = (
        float(loss(tf.constant(x + step * direction))) - float(loss(tf.constant(x - step * direction)))
    ) / (2 * step)
    assert analytic == pytest.approx(numerical, rel=5e-3)


def test_gram_matrix_is_the_mean_of_outer_products() -> None:
    assert gram_matrix(tf.constant(maps(0)))[0].numpy() == pytest.approx(numpy_gram(maps(0)), abs=1e-5)


def test_guided_gram_matrix_weights_positions() -> None:
    guided = gram_matrix(tf.constant(maps(0)), tf.constant(MASK[None, :, :, None]))
    assert guided[0].numpy() == pytest.approx(numpy_gram(maps(0), MASK), abs=1e-5)


def test_gram_matrix_does_not_grow_with_the_picture() -> None:
    small, large = maps(0), np.tile(maps(0), (1, 2, 2, 1))
    np.testing.assert_allclose(gram_matrix(small), gram_matrix(large), rtol=1e-4, atol=1e-5)


def test_gram_matrix_of_bfloat16_is_summed_in_float32() -> None:
    ones = tf.ones([1, 64, 64, 2], tf.bfloat16)
    gram = gram_matrix(ones)
    assert gram.dtype == tf.float32
    assert gram.numpy() == pytest.approx(np.ones((1, 2, 2)))


def test_gram_loss_is_zero_at_the_style_and_at_most_one_at_the_photo() -> None:
    style, content = gram_matrix(maps(1))[0], gram_matrix(maps(2))[0]
    energy = gram_energy(style, content)
    assert float(gram_loss(style, style, energy)) == 0
    assert 0 < float(gram_loss(content, style, energy)) <= 1


@pytest.mark.parametrize("factor", [0.01, 100.0])
def test_relative_losses_do_not_depend_on_the_scale_of_the_features(factor: float) -> None:
    def losses(scale: float) -> tuple[float, float]:
        painting, style, content = (tf.constant(maps(seed) * scale) for seed in (0, 1, 2))
        grams = [gram_matrix(x)[0] for x in (painting, style, content)]
        gram = gram_loss(grams[0], grams[1], gram_energy(grams[1], grams[2]))
        everywhere = tf.ones([1, 1, 1, 1])
        feature = feature_loss(painting, content, everywhere, feature_energy(content))
        return float(gram), float(feature)

    assert losses(factor) == pytest.approx(losses(1.0), rel=1e-3)


def test_feature_loss_is_the_weighted_mean_square() -> None:
    x, target = maps(0), maps(1)
    expected = ((x - target) ** 2 * MASK[None, :, :, None]).mean() / 0.5
    loss = feature_loss(
        tf.constant(x), tf.constant(target), tf.constant(MASK[None, :, :, None]), tf.constant(0.5)
    )
    assert float(loss) == pytest.approx(expected, rel=1e-5)
    same = feature_loss(tf.constant(x), tf.constant(x), tf.ones([1, 1, 1, 1]), tf.constant(1.0))
    assert float(same) == 0


def test_total_variation_is_the_mean_squared_difference() -> None:
    x = maps(0)
    expected = (np.diff(x, axis=1) ** 2).mean() + (np.diff(x, axis=2) ** 2).mean()
    assert float(total_variation(tf.constant(x))) == pytest.approx(expected, rel=1e-5)
    assert float(total_variation(tf.fill([1, 4, 4, 3], 0.7))) == 0
    assert float(total_variation(tf.constant(3 * x))) == pytest.approx(9 * expected, rel=1e-4)
