import numpy as np
import pytest

from engine.errors import MaskError
from engine.imaging.masks import check_mask
from engine.losses.regions import layer_mask, split_into_regions
from tests.support.refusals import refused

LEFT = np.zeros((40, 60), np.float32)
LEFT[:, :30] = 1


def test_without_masks_all_styles_share_the_whole_picture() -> None:
    (region,) = split_into_regions([None, None], (40, 60))
    assert region.styles == (0, 1)
    assert region.mask is None
    assert region.area == 1


def test_styles_without_a_mask_share_what_the_masks_leave() -> None:
    own, rest = split_into_regions([LEFT, None, None], (40, 60))
    assert own.styles == (0,)
    assert rest.styles == (1, 2)
    assert own.mask + rest.mask == pytest.approx(np.ones((40, 60)))


def test_masks_are_scaled_to_the_canvas_and_to_the_layers() -> None:
    (region,) = split_into_regions([LEFT], (20, 30))
    assert region.mask.shape == (20, 30)
    assert region.area == pytest.approx(0.5, abs=0.01)
    scaled = layer_mask(region.mask, (5, 6)).numpy()
    assert scaled.shape == (1, 5, 6, 1)
    assert scaled[0, :, :2] == pytest.approx(np.ones((5, 2, 1)), abs=0.05)


@pytest.mark.parametrize(
    ("mask", "code", "facts"),
    [
        (np.zeros((40, 60), np.float32), "mask-empty", ()),
        (np.ones((60, 40), np.float32), "mask-shape", ("40×60 px", "60×40 px")),
        (np.ones((40, 60, 3), np.float32), "mask-colour", ()),
        (np.full((40, 60), 2.0, np.float32), "mask-values", (0, 1)),
        (np.full((40, 60), np.nan, np.float32), "mask-values", (0, 1)),
    ],
)
def test_an_unusable_mask_is_refused(mask: np.ndarray, code: str, facts: tuple) -> None:
    with refused(MaskError, code, "style 1", *facts):
        check_mask(mask, (40, 60), "style 1")


@pytest.mark.parametrize("size", [(40, 60), (20, 30), (400, 600), (13, 20), (27, 40)])
def test_a_mask_of_the_photos_shape_may_have_any_resolution(size: tuple[int, int]) -> None:
    check_mask(np.ones(size, np.float32), (40, 60), "style 1")


def test_masks_that_leave_nothing_for_another_style_are_refused() -> None:
    with refused(MaskError, "masks-cover-all", 2):
        split_into_regions([np.ones((40, 60), np.float32), None], (40, 60))
