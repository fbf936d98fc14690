import numpy as np
import pytest

from engine.imaging.colour import METHODS, histogram, keep_colours, luminance, mean_covariance

LUMA = np.array([0.299, 0.587, 0.114])


def picture(seed: int, low: float = 0.0, high: float = 1.0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(low, high, (12, 15, 3)).astype(np.float32)


@pytest.mark.parametrize("method", METHODS)
def test_a_share_of_zero_changes_nothing_and_one_gives_the_full_result(method: str) -> None:
    painting, photo = picture(0), picture(1)
    assert (keep_colours(painting, photo, method, 0) == painting).all()
    full = keep_colours(painting, photo, method, 1)
    assert full == pytest.approx(METHODS[method](painting, photo), abs=1e-6)
    half = keep_colours(painting, photo, method, 0.5)
    assert half == pytest.approx((painting + full) / 2, abs=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_stays_in_bounds_and_is_defined_for_flat_pictures(method: str) -> None:
    flat = np.full((12, 15, 3), 0.4, np.float32)
    for painting, photo in [(picture(0), picture(1)), (flat, picture(1)), (picture(0), flat), (flat, flat)]:
        result = keep_colours(painting, photo, method, 1)
        assert result.dtype == np.float32
        assert np.isfinite(result).all()
        assert result.min() >= 0
        assert result.max() <= 1


def test_luminance_keeps_the_paintings_brightness_and_the_photos_hue() -> None:
    painting, photo = picture(0, 0.3, 0.7), picture(1, 0.4, 0.6)
    result = luminance(painting, photo)
    assert result @ LUMA == pytest.approx(painting @ LUMA, abs=1e-5)
    assert result - (result @ LUMA)[..., None] == pytest.approx(photo - (photo @ LUMA)[..., None], abs=1e-5)


def test_luminance_of_saturated_colours_keeps_the_brightness() -> None:
    red = np.zeros((4, 4, 3), np.float32)
    red[..., 0] = 1
    bright = np.full((4, 4, 3), 0.9, np.float32)
    result = luminance(bright, red)
    assert result @ LUMA == pytest.approx(np.full((4, 4), 0.9), abs=1e-5)
    assert result.max() <= 1 + 1e-6


def test_histogram_gives_each_channel_the_photos_values() -> None:
    painting, photo = picture(0), picture(1, 0.2, 0.5)
    result = histogram(painting, photo)
    assert np.sort(result.reshape(-1, 3), 0) == pytest.approx(np.sort(photo.reshape(-1, 3), 0), abs=1e-5)
    assert (np.argsort(result[..., 0], axis=None) == np.argsort(painting[..., 0], axis=None)).all()


def test_mean_and_covariance_become_those_of_the_photo() -> None:
    painting, photo = picture(0, 0.3, 0.6), picture(1, 0.4, 0.6)
    result = mean_covariance(painting, photo).reshape(-1, 3)
    assert result.mean(0) == pytest.approx(photo.reshape(-1, 3).mean(0), abs=1e-4)
    assert np.cov(result.T) == pytest.approx(np.cov(photo.reshape(-1, 3).T), rel=0.05, abs=2e-4)


@pytest.mark.parametrize("method", METHODS)
def test_a_photos_own_colours_change_nothing(method: str) -> None:
    photo = picture(1)
    assert keep_colours(photo, photo, method, 1) == pytest.approx(photo, abs=2e-3)
