"""The weights of the losses, from a recipe's sliders or its exact weights."""

import pytest

from engine.errors import RecipeError
from engine.losses.weights import loss_weights
from engine.recipe import Recipe
from tests.support.refusals import refused


def test_strength_moves_weight_from_photo_to_style() -> None:
    weights = [loss_weights(Recipe(strength=strength)) for strength in range(0, 101, 5)]
    content, style = [w.content for w in weights], [w.gram for w in weights]
    assert content == sorted(content, reverse=True)
    assert style == sorted(style)
    assert weights[0].gram == weights[0].tv == 0
    assert weights[-1].content > 0


def test_patch_share_divides_the_style() -> None:
    gram_only, half = loss_weights(Recipe()), loss_weights(Recipe(patch_share=50))
    assert half.gram == pytest.approx(gram_only.gram / 2)
    assert half.patch == pytest.approx(loss_weights(Recipe(patch_share=100)).patch / 2)
    assert loss_weights(Recipe(patch_share=100)).gram == 0


def test_exact_weights_replace_those_of_the_sliders() -> None:
    weights = loss_weights(Recipe(content_weight=3, style_weight=5, tv_weight=7))
    assert weights == (3, 5, 0, 7)


def test_weights_that_are_all_zero_are_refused() -> None:
    with refused(RecipeError, "all-zero"):
        loss_weights(Recipe(content_weight=0, style_weight=0))
    with refused(RecipeError, "all-zero"):
        loss_weights(Recipe(content_weight=0, strength=0))
