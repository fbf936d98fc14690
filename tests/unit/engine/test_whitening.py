import numpy as np
import pytest

from engine.feedforward.whitening import statistics, whiten_and_color


def features(seed: int, height: int = 9, width: int = 11, channels: int = 5) -> np.ndarray:
    """Return a map with correlated channels of different means."""
    rng = np.random.default_rng(seed)
    mixing = rng.normal(size=(channels, channels))
    maps = rng.normal(size=(height, width, channels)) @ mixing + rng.normal(size=channels) * 3
    return maps.astype(np.float32)


def moments(maps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    flat = maps.reshape(-1, maps.shape[-1]).astype(np.float64)
    return flat.mean(0), np.cov(flat.T, bias=True)


def test_features_get_the_styles_mean_and_covariance():
    content, style = features(0), features(1, 13, 8)
    result = whiten_and_color(content, [statistics(style)], [1.0], 1.0)
    assert result.shape == content.shape
    assert result.dtype == np.float32
    for actual, expected in zip(moments(result), moments(style), strict=True):
        np.testing.assert_allclose(actual, expected, atol=0.02 * np.abs(expected).max())


def test_a_photo_in_its_own_style_does_not_change():
    content = features(0)
    np.testing.assert_allclose(
        whiten_and_color(content, [statistics(content)], [1.0], 1.0), content, atol=1e-4
    )


def test_strength_0_changes_nothing_and_one_half_goes_half_way():
    content, style = features(0), statistics(features(1))
    np.testing.assert_allclose(whiten_and_color(content, [style], [1.0], 0.0), content, atol=1e-5)
    full = whiten_and_color(content, [style], [1.0], 1.0)
    half = whiten_and_color(content, [style], [1.0], 0.5)
    np.testing.assert_allclose(half, (content + full) / 2, atol=1e-4)


def test_styles_are_blended_by_their_shares():
    content, first, second = features(0), statistics(features(1)), statistics(features(2))
    alone = [whiten_and_color(content, [style], [1.0], 1.0) for style in (first, second)]
    both = whiten_and_color(content, [first, second], [0.25, 0.75], 1.0)
    np.testing.assert_allclose(both, 0.25 * alone[0] + 0.75 * alone[1], atol=1e-4)


@pytest.mark.parametrize("value", [0.0, 0.7])
def test_a_flat_picture_stays_finite(value: float):
    flat = np.full((8, 8, 4), value, np.float32)
    assert np.isfinite(whiten_and_color(flat, [statistics(features(1, channels=4))], [1.0], 1.0)).all()
    assert np.isfinite(whiten_and_color(features(1, channels=4), [statistics(flat)], [1.0], 1.0)).all()
