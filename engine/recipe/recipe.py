"""Every choice that determines a painting, described once.

`Recipe` holds the values and their defaults; each field's `Knob` holds its bounds
and its help. The web form, the API schema, the command line and the table in
`docs/using.md` are generated from them, so a default is written down only once.
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
"""The Keras names of VGG19's convolutions, from the picture upwards."""

VGG16_LAYERS = tuple(
    layer for layer in VGG19_LAYERS if layer not in ("block3_conv4", "block4_conv4", "block5_conv4")
)
"""The convolutions of VGG16, which has three where VGG19 has four."""

MAX_STYLES = 4

RENAMED_FIELDS = {"brush_size": "style_scale", "brush": "feedforward_style"}
"""Old name to new name: pictures, checkpoints, databases and API clients of release 1.0 use the old ones."""


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
    """The choices that, together with the pictures, determine a painting.

    Values are checked when a recipe is created, so every recipe is valid.

    Raises:
        RecipeError: a value has the wrong type or is out of its knob's bounds.
    """

    size: int = _knob(
        512,
        value_type="int",
        group="main",
        label="Size",
        unit="px",
        minimum=64,
        maximum=2048,
        help="How long the longer side of the painting is. The photo keeps its shape.",
    )
    quality: str = _knob(
        "screen",
        value_type="choice",
        group="main",
        label="Quality",
        choices=("sketch", "screen"),
        help="How much time to spend: a sketch is quick, screen quality goes into detail.",
    )
    paper: str = _knob(
        "none",
        value_type="choice",
        group="main",
        label="Print",
        choices=("none", "A5", "A4", "A3", "square", "own"),
        choice_labels={"none": "For the screen", "square": "Square, 30 cm", "own": "Custom size"},
        help="Paint for print, at 300 dots per inch: on a sheet of paper, a 30 cm square, or in a custom "
        "size. Size does not matter then.",
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
        help="The longer side of a print in a custom size.",
    )
    strength: float = _percent(
        50,
        label="Strength",
        steerable=True,
        help="How far the painting may move away from the photo and towards the style.",
    )
    style_scale: float = _percent(
        100,
        25,
        400,
        label="Stroke size",
        help="How large the style's strokes are. At 100 %, the style is as large as the photo.",
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
        help="The share of each style, in order. Leave it empty for equal shares.",
    )

    feedforward_style: str = _knob(
        "",
        value_type="choice",
        group="main",
        label="Instant style",
        choices=("", *(style.name for style in built_in_styles())),
        choice_labels={"": "None"} | {style.name: style.title for style in built_in_styles()},
        help="A style that was trained to paint in a single quick pass. It replaces your own styles, and of "
        "the other choices only Size still matters.",
    )

    backbone: str = _knob(
        "auto",
        value_type="choice",
        label="Network",
        choices=("auto", "vgg19", "vgg16", "compact"),
        choice_labels={"auto": "Automatic", "vgg19": "VGG19", "vgg16": "VGG16"},
        help="The network that compares the pictures: VGG19, VGG16, or the built-in compact one, which is "
        "several times as fast. Automatic uses VGG19 if its file is there.",
    )
    style_layers: tuple[str, ...] = _layers(
        label="Style layers",
        help="The layers that compare style. Leave it empty for the first convolution of each block.",
    )
    style_layer_weights: tuple[float, ...] = _weights(
        label="Style layer weights",
        help="One number for each style layer. Leave it empty for equal weights.",
    )
    content_layers: tuple[str, ...] = _layers(
        label="Content layers",
        help="The layers that compare content. Leave it empty for block4_conv2, or the highest layer "
        "that the network has below it.",
    )
    content_layer_weights: tuple[float, ...] = _weights(
        label="Content layer weights",
        help="One number for each content layer. Leave it empty for equal weights.",
    )
    content_weight: float | None = _raw_weight(
        label="Content weight",
        help="The exact weight of the content loss. Leave it empty to let Strength decide.",
    )
    style_weight: float | None = _raw_weight(
        label="Style weight",
        help="The exact weight of the style loss. Leave it empty to let Strength decide.",
    )
    tv_weight: float | None = _raw_weight(
        label="Total variation weight",
        help="The exact weight of the total variation. Leave it empty to let Smoothness decide.",
    )
    patch_share: float = _percent(
        0,
        group="advanced",
        label="Patch share",
        help="How much of the style loss compares patches (Li & Wand) instead of Gram matrices (Gatys).",
    )
    patch_layers: tuple[str, ...] = _layers(
        label="Patch layers",
        help="The layers that compare patches. Leave it empty for block3_conv1 and block4_conv1.",
    )
    pooling: str = _knob(
        "max",
        value_type="choice",
        label="Pooling",
        choices=("max", "average"),
        help="How the network halves the size of its feature maps.",
    )
    precision: str = _knob(
        "auto",
        value_type="choice",
        label="Precision",
        choices=("auto", "float32", "bfloat16"),
        choice_labels={"auto": "Automatic", "float32": "float32", "bfloat16": "bfloat16"},
        help="The number format that the network computes in. Automatic measures which one is faster on this "
        "machine.",
    )
    optimizer: str = _knob(
        "lbfgs",
        value_type="choice",
        label="Optimizer",
        choices=("lbfgs", "adam"),
        choice_labels={"lbfgs": "L-BFGS"},
        help="How each step improves the picture: L-BFGS, or Adam with averaged iterates.",
    )
    learning_rate: float = _knob(
        0.02,
        value_type="float",
        label="Learning rate",
        minimum=0.0001,
        maximum=1,
        help="How far one step of Adam goes, where 1 is the way from black to white.",
    )
    max_steps: int | None = _knob(
        None,
        value_type="int",
        label="Steps",
        minimum=1,
        maximum=10_000,
        optional=True,
        help="The most steps at each scale. Leave it empty to let Quality decide.",
    )
    scales: int | None = _knob(
        None,
        value_type="int",
        label="Scales",
        minimum=1,
        maximum=6,
        optional=True,
        help="How many sizes to paint at, from coarse to fine. Leave it empty to let the final size decide.",
    )
    start: str = _knob(
        "content",
        value_type="choice",
        label="Start from",
        choices=("content", "draft", "noise", "blend", "image"),
        choice_labels={"content": "Photo"},
        help="The picture to start from: the photo, a quick draft, noise, the photo blended with noise, or a "
        "picture of your own.",
    )
    start_noise: float = _percent(
        50,
        group="advanced",
        label="Noise in the blend",
        help="The share of noise in the picture when you start from a blend.",
    )
    seed: int = _knob(
        0,
        value_type="int",
        label="Seed",
        minimum=0,
        maximum=2**31 - 1,
        help="The same seed always gives the same noise.",
    )
    colour_method: str = _knob(
        "luminance",
        value_type="choice",
        label="Colour method",
        choices=("luminance", "histogram", "mean_covariance"),
        choice_labels={"mean_covariance": "Mean and covariance"},
        help="How Keep colours brings back the photo's colours.",
    )

    def __post_init__(self) -> None:
        for name, knob in knobs().items():
            object.__setattr__(self, name, knob.check(name, getattr(self, name)))
        for name in ("style_layers", "content_layers", "patch_layers"):
            self._reject_repeated(name)
        for name in ("style_weights", "style_layer_weights", "content_layer_weights"):
            self._reject_all_zero(name)
        if self.feedforward_style and self.paper != "none":
            raise RecipeError(
                "paper",
                "An instant style only paints for the screen. For a print, choose another style.",
                code="brush-on-paper",
            )
        for role in ("style", "content"):
            layers, weights = getattr(self, f"{role}_layers"), getattr(self, f"{role}_layer_weights")
            if weights and len(weights) != len(layers):
                raise RecipeError(
                    f"{role}_layer_weights",
                    f"There are {len(weights)} {role} layer weights for {len(layers)} {role} layers. "
                    "Give one weight for each layer.",
                    code="weight-count",
                )

    def _reject_repeated(self, name: str) -> None:
        layers = getattr(self, name)
        for layer in layers:
            if layers.count(layer) > 1:
                raise RecipeError(
                    name,
                    f"{knobs()[name].label}: {layer} is there more than once. Name each layer once.",
                    code="layer-repeated",
                )

    def _reject_all_zero(self, name: str) -> None:
        weights = getattr(self, name)
        if weights and not any(weights):
            raise RecipeError(
                name,
                f"{knobs()[name].label}: all weights are 0. Make at least one larger than 0.",
                code="all-zero",
            )

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Recipe:
        """Read a recipe from JSON values; missing fields take their defaults.

        Raises:
            RecipeError: it has another version, an unknown key, or a value out of bounds.
        """
        values = with_current_names(data)
        version = values.pop("version", VERSION)
        if version != VERSION:
            raise RecipeError(
                "version",
                f"This recipe has version {version}; this Pastiche reads version {VERSION}.",
                code="recipe-version",
            )
        for name in values:
            if name not in knobs():
                raise _unknown_field(str(name))
        if values.get("feedforward_style"):
            values["paper"] = Recipe.paper  # recipes from before this was refused; paper had no effect then
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """Return every choice as plain JSON values, with the version."""
        values = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in dataclasses.asdict(self).items()
        }
        return {"version": VERSION} | values

    def changed(self, **changes: Any) -> Recipe:
        """Return a copy with some values replaced, checked like a new recipe."""
        for name in changes:
            if name not in knobs():
                raise _unknown_field(name)
        return dataclasses.replace(self, **changes)

    def differences(self, other: Recipe) -> dict[str, Any]:
        """Return the values of `other` that differ from this recipe, by name."""
        return {name: getattr(other, name) for name in knobs() if getattr(other, name) != getattr(self, name)}


def with_current_names(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a recipe's values with the field names of release 1.0 replaced by the current ones.

    Raises:
        RecipeError: a field is there under both its old and its new name.
    """
    current: dict[str, Any] = {}
    for field_name, value in values.items():
        name = RENAMED_FIELDS.get(field_name, field_name)
        if name in current:
            raise RecipeError(
                name, f"“{name}” is there twice: {field_name} is its old name.", code="named-twice"
            )
        current[name] = value
    return current


def _unknown_field(name: str) -> RecipeError:
    return RecipeError(name, f"A recipe has no choice called “{name}”.", code="unknown-choice")


def knobs() -> dict[str, Knob]:
    """Return the description of every field of `Recipe`, in the order of the form."""
    return _KNOBS


_KNOBS: dict[str, Knob] = {item.name: item.metadata["knob"] for item in dataclasses.fields(Recipe)}
