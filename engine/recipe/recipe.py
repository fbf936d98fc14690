"""Every choice that determines a painting, described once.

`Recipe` holds the values, and each field's `Knob` its bounds, its default and
its help. The web form, the API's schema, the command line and the table in
`docs/using.md` are generated from them, so that a default lives nowhere else.
Loads no TensorFlow: the web process imports this.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.errors import RecipeError
from engine.recipe.feedforward_styles import built_in_styles
from engine.recipe.knob import Knob

VERSION = 1

VGG19_LAYERS = tuple(
    f"block{block}_conv{conv}"
    for block, convs in enumerate((2, 2, 4, 4, 4), start=1)
    for conv in range(1, convs + 1)
)
"""Keras's names of VGG19's convolutions, from the picture upwards."""

VGG16_LAYERS = tuple(
    layer for layer in VGG19_LAYERS if layer not in ("block3_conv4", "block4_conv4", "block5_conv4")
)
"""The convolutions of VGG16, which has three where VGG19 has four."""

MAX_STYLES = 4

RENAMED_FIELDS = {"brush_size": "style_scale", "brush": "feedforward_style"}
"""What release 1.0 called some fields; pictures, checkpoints, databases and programs still do."""


def _knob(default: Any, **description: Any) -> Any:
    return field(default=default, metadata={"knob": Knob(**description)})


def _percent(default: float, low: float = 0, high: float = 100, **description: Any) -> Any:
    description = {"group": "main", "step": 1.0} | description
    return _knob(default, value_type="float", unit="%", minimum=low, maximum=high, **description)


def _layers(**description: Any) -> Any:
    return _knob(
        (),
        value_type="names",
        choices=VGG19_LAYERS,
        choice_labels={layer: layer.removeprefix("block").replace("_conv", "_") for layer in VGG19_LAYERS},
        max_length=len(VGG19_LAYERS),
        **description,
    )


def _weights(**description: Any) -> Any:
    return _knob((), value_type="floats", minimum=0, maximum=1e6, max_length=len(VGG19_LAYERS), **description)


def _raw_weight(**description: Any) -> Any:
    return _knob(None, value_type="float", minimum=0, maximum=1e9, optional=True, **description)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The choices that determine a painting, together with its pictures.

    Values are checked when a recipe is made, so one that exists is valid.

    Raises:
        RecipeError: a value is of the wrong type or out of its knob's bounds.
    """

    size: int = _knob(
        512,
        value_type="int",
        group="main",
        label="Size",
        unit="px",
        minimum=64,
        maximum=2048,
        help="The longer side of the result; the photo's shape is kept.",
    )
    quality: str = _knob(
        "screen",
        value_type="choice",
        group="main",
        label="Quality",
        choices=("sketch", "screen"),
        help="How long to paint: a sketch is quick, screen quality is worked out.",
    )
    paper: str = _knob(
        "none",
        value_type="choice",
        group="main",
        label="Print",
        choices=("none", "A5", "A4", "A3", "square", "own"),
        choice_labels={"none": "For the screen", "square": "Square, 30 cm", "own": "Its own size"},
        help="Paint for paper, at 300 dots an inch and whatever Size says: a sheet that the picture "
        "fits in, a square of 30 cm, or a size of its own.",
    )
    paper_cm: float = _knob(
        30.0,
        value_type="float",
        group="main",
        label="Print size",
        unit="cm",
        minimum=10,
        maximum=60,
        step=0.1,
        help="The longer side of a print of its own size.",
    )
    strength: float = _percent(
        50,
        label="Strength",
        steerable=True,
        help="How far the picture may leave the photo for the style.",
    )
    style_scale: float = _percent(
        100,
        25,
        400,
        label="Brush size",
        help="How large the style's strokes are; 100 % takes the style at the size of the photo.",
    )
    keep_colours: float = _percent(
        0,
        label="Keep colours",
        steerable=True,
        help="How much of the photo's own colours to keep.",
    )
    smoothness: float = _percent(
        20,
        label="Smoothness",
        steerable=True,
        help="How much fine noise to smooth away (total variation).",
    )
    style_weights: tuple[float, ...] = _knob(
        (),
        value_type="floats",
        group="main",
        label="Style mix",
        minimum=0,
        maximum=100,
        max_length=MAX_STYLES,
        steerable=True,
        help="The share of each style, in their order; empty for equal shares.",
    )

    feedforward_style: str = _knob(
        "",
        value_type="choice",
        group="main",
        label="Brush",
        choices=("", *(feedforward_style.name for feedforward_style in built_in_styles())),
        choice_labels={"": "None"}
        | {feedforward_style.name: feedforward_style.title for feedforward_style in built_in_styles()},
        help="A trained style that paints in one pass, in place of styles; only the size counts then.",
    )

    backbone: str = _knob(
        "auto",
        value_type="choice",
        label="Network",
        choices=("auto", "vgg19", "vgg16", "compact"),
        choice_labels={"auto": "Automatic", "vgg19": "VGG19", "vgg16": "VGG16"},
        help="The network whose features are compared: VGG19, VGG16, or the built-in compact one, which is "
        "several times as fast; auto takes VGG19 where its file is.",
    )
    style_layers: tuple[str, ...] = _layers(
        label="Style layers",
        help="Where style is compared; empty for the first convolution of each block.",
    )
    style_layer_weights: tuple[float, ...] = _weights(
        label="Style layer weights",
        help="One for each style layer; empty for equal weights.",
    )
    content_layers: tuple[str, ...] = _layers(
        label="Content layers",
        help="Where content is compared; empty for block4_conv2, or the highest layer below it.",
    )
    content_layer_weights: tuple[float, ...] = _weights(
        label="Content layer weights",
        help="One for each content layer; empty for equal weights.",
    )
    content_weight: float | None = _raw_weight(
        label="Content weight",
        help="The content loss's own weight; empty takes it from Strength.",
    )
    style_weight: float | None = _raw_weight(
        label="Style weight",
        help="The style loss's own weight; empty takes it from Strength.",
    )
    tv_weight: float | None = _raw_weight(
        label="Total variation weight",
        help="Its own weight; empty takes it from Smoothness.",
    )
    patch_share: float = _percent(
        0,
        group="advanced",
        label="Patch share",
        help="How much of the style loss compares patches (Li & Wand) and not Gram matrices (Gatys).",
    )
    patch_layers: tuple[str, ...] = _layers(
        label="Patch layers",
        help="Where patches are compared; empty for block3_conv1 and block4_conv1.",
    )
    pooling: str = _knob(
        "max",
        value_type="choice",
        label="Pooling",
        choices=("max", "average"),
        help="How the network halves its maps.",
    )
    precision: str = _knob(
        "auto",
        value_type="choice",
        label="Precision",
        choices=("auto", "float32", "bfloat16"),
        choice_labels={"auto": "Automatic", "float32": "float32", "bfloat16": "bfloat16"},
        help="The numbers that the network computes in; auto measures which is faster here.",
    )
    optimizer: str = _knob(
        "lbfgs",
        value_type="choice",
        label="Optimizer",
        choices=("lbfgs", "adam"),
        choice_labels={"lbfgs": "L-BFGS"},
        help="How the picture is moved: L-BFGS, or Adam with averaged iterates.",
    )
    learning_rate: float = _knob(
        0.02,
        value_type="float",
        label="Learning rate",
        minimum=0.0001,
        maximum=1,
        help="The size of Adam's step, where 1 is from black to white.",
    )
    max_steps: int | None = _knob(
        None,
        value_type="int",
        label="Steps",
        minimum=1,
        maximum=10_000,
        optional=True,
        help="The most steps at each scale; empty lets the quality decide.",
    )
    scales: int | None = _knob(
        None,
        value_type="int",
        label="Scales",
        minimum=1,
        maximum=6,
        optional=True,
        help="From how many sizes, coarse to fine, to paint; empty lets the size decide.",
    )
    start: str = _knob(
        "content",
        value_type="choice",
        label="Start from",
        choices=("content", "draft", "noise", "blend", "image"),
        choice_labels={"content": "Photo"},
        help="The picture to begin with: the photo, a draft, noise, noise with the photo, or one given.",
    )
    start_noise: float = _percent(
        50,
        group="advanced",
        label="Noise in the blend",
        help="The share of noise when starting from a blend.",
    )
    seed: int = _knob(
        0,
        value_type="int",
        label="Seed",
        minimum=0,
        maximum=2**31 - 1,
        help="The same seed gives the same noise.",
    )
    colour_method: str = _knob(
        "luminance",
        value_type="choice",
        label="Colour method",
        choices=("luminance", "histogram", "mean_covariance"),
        choice_labels={"mean_covariance": "Mean and covariance"},
        help="How Keep colours brings the photo's colours back.",
    )

    def __post_init__(self) -> None:
        for name, knob in knobs().items():
            object.__setattr__(self, name, knob.check(name, getattr(self, name)))
        for name in ("style_layers", "content_layers", "patch_layers"):
            self._refuse_repeated(name)
        for name in ("style_weights", "style_layer_weights", "content_layer_weights"):
            self._refuse_zeros(name)
        if self.feedforward_style and self.paper != "none":
            raise RecipeError(
                "paper",
                "A brush paints for the screen only; for a print choose a style instead of it.",
                code="brush-on-paper",
            )
        for part in ("style", "content"):
            layers, weights = getattr(self, f"{part}_layers"), getattr(self, f"{part}_layer_weights")
            if weights and len(weights) != len(layers):
                raise RecipeError(
                    f"{part}_layer_weights",
                    f"There are {len(weights)} {part} layer weights for {len(layers)} {part} layers; "
                    "give one for each.",
                    code="weight-count",
                )

    def _refuse_repeated(self, name: str) -> None:
        layers = getattr(self, name)
        for layer in layers:
            if layers.count(layer) > 1:
                raise RecipeError(
                    name, f"{knobs()[name].label} name {layer} more than once.", code="layer-repeated"
                )

    def _refuse_zeros(self, name: str) -> None:
        weights = getattr(self, name)
        if weights and not any(weights):
            raise RecipeError(
                name, f"{knobs()[name].label}: the weights are all 0; give one more than 0.", code="all-zero"
            )

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Recipe:
        """Read a recipe back from JSON; fields that are missing take their defaults.

        Raises:
            RecipeError: it is of another version, or has an unknown key or a
                value out of bounds.
        """
        values = with_current_names(data)
        version = values.pop("version", VERSION)
        if version != VERSION:
            raise RecipeError(
                "version",
                f"This recipe is of version {version}; version {VERSION} is understood.",
                code="recipe-version",
            )
        for name in values:
            if name not in knobs():
                raise _unknown(str(name))
        if values.get("feedforward_style"):
            values["paper"] = Recipe.paper  # recipes from before this was refused; it was painted without
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """Return every choice as plain JSON values, with the version."""
        values = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in dataclasses.asdict(self).items()
        }
        return {"version": VERSION} | values

    def changed(self, **changes: Any) -> Recipe:
        """Return a recipe with some other values, checked like a new one."""
        for name in changes:
            if name not in knobs():
                raise _unknown(name)
        return dataclasses.replace(self, **changes)

    def differences(self, other: Recipe) -> dict[str, Any]:
        """Return the values of `other` that are not this recipe's, by name."""
        return {name: getattr(other, name) for name in knobs() if getattr(other, name) != getattr(self, name)}


def with_current_names(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a recipe's values with the fields that release 1.0 called otherwise under their names of today.

    Raises:
        RecipeError: a field is there under both of its names.
    """
    current: dict[str, Any] = {}
    for given, value in values.items():
        name = RENAMED_FIELDS.get(given, given)
        if name in current:
            raise RecipeError(name, f"“{name}” is there twice; {given} is its old name.", code="named-twice")
        current[name] = value
    return current


def _unknown(name: str) -> RecipeError:
    return RecipeError(name, f"“{name}” is not a choice that a recipe has.", code="unknown-choice")


def knobs() -> dict[str, Knob]:
    """Return the description of every field of `Recipe`, in the order of the form."""
    return _KNOBS


_KNOBS: dict[str, Knob] = {item.name: item.metadata["knob"] for item in dataclasses.fields(Recipe)}
