"""The weights of the losses, from a recipe's sliders or its exact weights."""

import pytest

from engine.errors import RecipeError
from engine.losses import weights
from engine.losses.loss import losses
from engine.recipe import Recipe
from tests.support.refusals import refused


def loss_weights(recipe: Recipe) -> dict[str, float]:
    return weights.loss_weights(recipe, losses().values())


def test_strength_moves_weight_from_photo_to_style() -> None:
    found = [loss_weights(Recipe(strength=strength)) for strength in range(0, 101, 5)]
    content, style = [w["content"] for w in found], [w["gram"] for w in found]
    assert content == sorted(content, reverse=True)
    assert style == sorted(style)
    assert found[0]["gram"] == found[0]["tv"] == 0
    assert found[-1]["content"] > 0


def test_patch_share_divides_the_style() -> None:
    gram_only, half = loss_weights(Recipe()), loss_weights(Recipe(patch_share=50))
    assert half["gram"] == pytest.approx(gram_only["gram"] / 2)
    assert half["patch"] == pytest.approx(loss_weights(Recipe(patch_share=100))["patch"] / 2)
    assert loss_weights(Recipe(patch_share=100))["gram"] == 0


def test_exact_weights_replace_those_of_the_sliders() -> None:
    recipe = Recipe(content_weight=3, style_weight=5, tv_weight=7)
    assert loss_weights(recipe) == {"content": 3, "gram": 5, "patch": 0, "tv": 7}


def test_a_loss_that_is_left_out_leaves_its_share_to_the_others() -> None:
    others = [loss for name, loss in losses().items() if name != "patch"]
    without = weights.loss_weights(Recipe(patch_share=60), others)
    assert without == {name: w for name, w in loss_weights(Recipe()).items() if name != "patch"}


def test_what_is_reported_of_a_role_is_the_mean_by_shares() -> None:
    values = {"content": 2.0, "gram": 3.0, "patch": 5.0, "tv": 7.0}
    roles = weights.role_losses(values, Recipe(patch_share=25), losses().values())
    assert roles == {"content": 2, "style": 0.75 * 3 + 0.25 * 5, "variation": 7}


def test_weights_that_are_all_zero_are_refused() -> None:
    with refused(RecipeError, "all-zero"):
        loss_weights(Recipe(content_weight=0, style_weight=0))
    with refused(RecipeError, "all-zero"):
        loss_weights(Recipe(content_weight=0, strength=0))
