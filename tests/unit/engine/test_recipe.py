import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import RecipeError
from engine.recipe import Recipe, knobs
from engine.recipe.feedforward_styles import built_in_styles
from engine.recipe.knob import Knob
from tests.support.refusals import refused


def values(knob: Knob) -> st.SearchStrategy:
    def number() -> st.SearchStrategy:
        if knob.value_type == "int":
            return st.integers(int(knob.minimum), int(knob.maximum))
        return st.floats(knob.minimum, knob.maximum)

    strategies = {
        "int": number,
        "float": number,
        "choice": lambda: st.sampled_from(knob.choices),
        "names": lambda: st.lists(st.sampled_from(knob.choices), max_size=knob.max_length, unique=True),
        "floats": lambda: st.lists(number(), min_size=1, max_size=knob.max_length).filter(any),
    }
    return strategies[knob.value_type]()


SIMPLE = [name for name in knobs() if not name.endswith(("_layers", "_layer_weights"))]


@given(st.data())
def test_every_recipe_survives_json(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(SIMPLE))
    recipe = Recipe(**{name: data.draw(values(knobs()[name]))})
    assert Recipe.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe


@pytest.mark.parametrize(
    ("data", "field", "code", "facts"),
    [
        ({"colour": 3}, "colour", "unknown-choice", ("“colour”",)),
        ({"size": 63}, "size", "out-of-bounds", (64, "2048 px", "“63”")),
        ({"size": 1e9}, "size", "out-of-bounds", (64, "2048 px")),
        ({"size": "512"}, "size", "out-of-bounds", (64, "2048 px")),
        ({"strength": float("nan")}, "strength", "out-of-bounds", (0, "100 %")),
        ({"strength": True}, "strength", "out-of-bounds", (0, "100 %")),
        ({"optimizer": "sgd"}, "optimizer", "out-of-bounds", ("lbfgs, adam", "“sgd”")),
        (
            {"style_layers": ["block9_conv1"]},
            "style_layers",
            "out-of-bounds",
            ("block1_conv1 … block5_conv4",),
        ),
        ({"style_layers": ["block1_conv1"] * 2}, "style_layers", "layer-repeated", ("block1_conv1",)),
        ({"style_weights": [1, 1, 1, 1, 1]}, "style_weights", "out-of-bounds", (4, 0, 100)),
        ({"style_weights": [0, 0]}, "style_weights", "all-zero", ()),
        (
            {"style_layers": ["block1_conv1"], "style_layer_weights": [0]},
            "style_layer_weights",
            "all-zero",
            (),
        ),
        (
            {"style_layers": ["block1_conv1"], "style_layer_weights": [1, 2]},
            "style_layer_weights",
            "weight-count",
            (2, 1),
        ),
        ({"version": 99}, "version", "recipe-version", (99, 1)),
    ],
)
def test_an_error_names_the_field_and_its_bounds(data: dict, field: str, code: str, facts: tuple) -> None:
    label = knobs()[field].label if code == "out-of-bounds" else ""
    with refused(RecipeError, code, label, *facts) as caught:
        Recipe.from_dict(data)
    assert caught.value.field == field


@pytest.mark.parametrize("name", [name for name, knob in knobs().items() if knob.choices])
def test_each_choice_of_a_knob_has_its_own_label(name: str) -> None:
    knob = knobs()[name]
    assert set(knob.choice_labels) <= set(knob.choices)
    labels = [knob.choice_label(choice) for choice in knob.choices]
    assert all(labels)
    assert len(set(labels)) == len(labels)


def test_a_choice_may_have_different_labels_in_different_knobs() -> None:
    varnish = Knob(label="Varnish", help="", value_type="choice", choices=("none", "matt"))
    assert varnish.choice_label("none") == "None"
    paper = knobs()["paper"]
    assert paper.choice_label("none") == paper.choice_labels["none"] != "None"


def test_a_one_pass_style_does_not_paint_for_paper() -> None:
    style = built_in_styles()[0].name
    with refused(RecipeError, "brush-on-paper") as caught:
        Recipe(feedforward_style=style, paper="A5")
    assert caught.value.field == "paper"
    assert Recipe.from_dict({"feedforward_style": style, "paper": "A5"}).paper == "none"


def test_differences_are_the_values_of_the_other_recipe() -> None:
    assert Recipe().differences(Recipe(strength=70, seed=3)) == {"strength": 70, "seed": 3}
    assert Recipe().changed(strength=70).differences(Recipe(strength=70)) == {}
