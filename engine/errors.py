"""Everything that the engine raises on purpose.

PasticheError
├── RecipeError       a choice is unknown or out of its bounds
├── ImageError        a picture cannot be read, or is unfit for its part
│   └── MaskError     a mask has the wrong shape or covers nothing
├── WeightsError      a network's weights are missing, damaged, or lack a layer
├── CheckpointError   a checkpoint is damaged or of another version
└── PaintingError     the optimization cannot go on

Each message is one sentence for the person who asked: what happened, whose
fault it is and what to do next. It names the value and its bounds, never a
path of the server or a stack frame.
"""


class PasticheError(Exception):
    """The root: catch this at a boundary to turn it into a page or an exit code."""


class RecipeError(PasticheError):
    """A choice is unknown or out of its bounds.

    Attributes:
        field: the name of the recipe's field, for a message beside it.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class ImageError(PasticheError):
    """A picture cannot be read, or is unfit for its part."""


class MaskError(ImageError):
    """A mask has the wrong shape or covers nothing."""


class WeightsError(PasticheError):
    """A network's weights are missing, damaged, or lack a layer."""


class CheckpointError(PasticheError):
    """A checkpoint is damaged or of another version."""


class PaintingError(PasticheError):
    """The optimization cannot go on."""
