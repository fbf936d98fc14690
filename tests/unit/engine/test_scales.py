from engine.errors import ImageError
from engine.recipe import Recipe
from engine.recipe.scales import MIN_SIDE, StepLimits, plan
from tests.support.refusals import refused


def test_the_longer_side_is_halved_down_to_about_128() -> None:
    sizes = [scale.size for scale in plan(Recipe(size=512), (300, 400))]
    assert sizes == [(96, 128), (192, 256), (384, 512)]
    assert [max(scale.size) for scale in plan(Recipe(size=1024), (400, 300))] == [128, 256, 512, 1024]
    assert [scale.size for scale in plan(Recipe(size=100), (300, 400))] == [(75, 100)]


def test_a_recipe_may_set_the_scales_and_the_steps() -> None:
    scales = plan(Recipe(size=512, scales=2, max_steps=7), (400, 400))
    assert [max(scale.size) for scale in scales] == [256, 512]
    assert all(scale.limits == StepLimits(7, 7, 0.0) for scale in scales)


def test_scales_too_small_for_the_network_are_left_out() -> None:
    assert all(min(scale.size) >= MIN_SIDE for scale in plan(Recipe(size=512), (64, 600)))
    with refused(ImageError, "picture-too-narrow", "512 px", "9 px", MIN_SIDE):
        plan(Recipe(size=512), (16, 900))


def test_a_sketch_costs_less_than_a_screen_picture() -> None:
    sketch, screen = (plan(Recipe(quality=quality), (400, 400)) for quality in ("sketch", "screen"))
    assert sum(scale.cost for scale in sketch) < 0.5 * sum(scale.cost for scale in screen)
