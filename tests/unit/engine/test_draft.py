from pathlib import Path

import numpy as np
import pytest

from engine.errors import ImageError, RecipeError, WeightsError
from engine.feedforward.draft import _CACHED_STYLES, Drafter
from engine.feedforward.whitening import StyleStatistics, statistics, whiten_and_color
from engine.pretrained.archive import read_network, write_network
from tests.support.refusals import refused
from tests.support.tiny_compact import WIDTHS, write_tiny_compact, write_tiny_decoder
from tests.unit.engine.test_compact import numpy_convolution


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("draft")
    write_tiny_compact(folder / "encoder.npz")
    write_tiny_decoder(folder / "decoder.npz")
    return folder


@pytest.fixture(scope="module")
def drafter(folder: Path) -> Drafter:
    return Drafter.load(folder / "encoder.npz", folder / "decoder.npz")


def numpy_levels(folder: Path, image: np.ndarray) -> list[np.ndarray]:
    _, arrays = read_network(folder / "encoder.npz", "compact encoder")
    x, levels = image.astype(np.float64), []
    for block, channels in enumerate(WIDTHS, start=1):
        if block > 1:
            height, width, depth = x.shape
            x = x.reshape(height // 2, 2, width // 2, 2, depth).max((1, 3))
        for index in range(1, len(channels) + 1):
            name = f"trunk{block}_{index}"
            x = numpy_convolution(x, arrays[f"{name}/kernel"], arrays[f"{name}/bias"], 0.2)
        levels.append(x)
    return levels


def numpy_draft(folder: Path, content: np.ndarray, style: np.ndarray) -> np.ndarray:
    """Return the draft that `training/decoder.py` would make, computed by NumPy alone."""
    _, arrays = read_network(folder / "decoder.npz", "draft decoder")
    styles = [statistics(level.astype(np.float32)) for level in numpy_levels(folder, style)]
    levels = [
        whiten_and_color(level.astype(np.float32), [target], [1.0], 1.0)
        for level, target in zip(numpy_levels(folder, content), styles, strict=True)
    ]
    x = levels[-1]
    for block in (4, 3, 2, 1):
        if block < 4:
            x = np.concatenate([x.repeat(2, 0).repeat(2, 1), levels[block - 1]], -1)
        for part in ("join", "paint"):
            name = f"{part}{block}"
            x = numpy_convolution(x, arrays[f"{name}/kernel"], arrays[f"{name}/bias"], 0.2)
    return np.clip(0.5 + numpy_convolution(x, arrays["picture/kernel"], arrays["picture/bias"], 1), 0, 1)


def picture(seed: int, height: int, width: int) -> np.ndarray:
    return np.random.default_rng(seed).random((height, width, 3)).astype(np.float32)


def test_a_draft_is_the_picture_that_the_decoder_was_trained_to_make(folder: Path, drafter: Drafter) -> None:
    content, style = picture(0, 32, 48), picture(1, 40, 32) ** 2
    draft = drafter.draft(content, [style], size=48)
    np.testing.assert_allclose(draft, numpy_draft(folder, content, style), atol=2e-4)


def test_cached_features_do_not_change_a_draft(folder: Path, drafter: Drafter) -> None:
    first, second, style, other = (picture(seed, 32, 48) for seed in range(4))
    for photo, chosen in ((first, style), (first, other), (second, other), (first, style)):
        uncached = Drafter.load(folder / "encoder.npz", folder / "decoder.npz").draft(
            photo, [chosen], size=48
        )
        np.testing.assert_array_equal(drafter.draft(photo, [chosen], size=48), uncached)


def test_a_style_is_measured_once_and_not_cached_for_ever(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = []

    def counting(features: np.ndarray) -> StyleStatistics:
        counted.append(features)
        return statistics(features)

    monkeypatch.setattr("engine.feedforward.draft.statistics", counting)
    drafter = Drafter.load(folder / "encoder.npz", folder / "decoder.npz")
    photo, styles = picture(0, 32, 32), [picture(seed, 32, 32) for seed in range(_CACHED_STYLES + 1)]
    for style in (styles[0], styles[0], *styles):
        drafter.draft(photo, [style], size=32)
    assert len(counted) == len(WIDTHS) * len(styles)
    drafter.draft(photo, [styles[0]], size=32)
    assert len(counted) == len(WIDTHS) * (len(styles) + 1)


def test_photos_of_any_size_and_shape_are_drafted(drafter: Drafter) -> None:
    draft = drafter.draft(picture(0, 37, 55), [picture(1, 90, 41)], size=101)
    assert draft.shape == (68, 101, 3)
    assert draft.dtype == np.float32
    assert np.isfinite(draft).all()
    assert draft.min() >= 0
    assert draft.max() <= 1


def test_weights_choose_between_styles(drafter: Drafter) -> None:
    content, styles = picture(0, 32, 48), [picture(1, 32, 32), picture(2, 40, 32) ** 3]
    alone = drafter.draft(content, styles[1:], size=48)
    np.testing.assert_allclose(drafter.draft(content, styles, weights=[0, 2], size=48), alone, atol=1e-5)
    both = drafter.draft(content, styles, size=48)
    assert np.abs(both - alone).max() > 1e-3
    np.testing.assert_allclose(both, drafter.draft(content, styles, weights=[3, 3], size=48), atol=1e-5)


def test_strength_0_ignores_the_style(drafter: Drafter) -> None:
    content = picture(0, 32, 48)
    drafts = [drafter.draft(content, [picture(seed, 32, 32)], strength=0, size=48) for seed in (1, 2)]
    np.testing.assert_allclose(drafts[0], drafts[1], atol=1e-5)


def test_the_photos_colours_are_kept(drafter: Drafter) -> None:
    content = np.full((32, 48, 3), (0.6, 0.4, 0.2), np.float32)
    draft = drafter.draft(content, [picture(1, 32, 32)], keep_colours=100, size=48)
    brightness = draft @ np.array([0.299, 0.587, 0.114], np.float32)
    chroma = draft - brightness[..., None]
    expected = content[0, 0] - content[0, 0] @ np.array([0.299, 0.587, 0.114], np.float32)
    assert (np.abs(chroma) <= np.abs(expected) + 1e-4).all()


def test_pictures_and_weights_that_do_not_fit_are_refused(drafter: Drafter) -> None:
    content, style = picture(0, 32, 48), picture(1, 32, 32)
    with refused(ImageError, "style-count", 1, 4, 0):
        drafter.draft(content, [])
    with refused(ImageError, "picture-too-narrow", "13 px", 32):
        drafter.draft(picture(0, 20, 400), [style], size=256)
    with refused(RecipeError, "weight-count", 2, 1):
        drafter.draft(content, [style], weights=[1, 1])
    with refused(RecipeError, "all-zero", 0):
        drafter.draft(content, [style], weights=[0])


def test_networks_that_do_not_belong_together_are_refused(folder: Path, tmp_path: Path) -> None:
    description, arrays = read_network(folder / "decoder.npz", "draft decoder")
    write_network(tmp_path / "other.npz", description | {"levels": ["trunk1_1"]}, arrays)
    with refused(WeightsError, "network-mismatch"):
        Drafter.load(folder / "encoder.npz", tmp_path / "other.npz")
    with refused(WeightsError, "network-missing", "none.npz"):
        Drafter.load(folder / "encoder.npz", tmp_path / "none.npz")
