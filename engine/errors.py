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

The code says the same to programs and tests, and stays when the sentence is
reworded. Each class has a default; a raise whose cause a caller must be able
to tell from others gives its own.
"""

from __future__ import annotations

import copyreg
from typing import Any


class PasticheError(Exception):
    """The root: catch this at a boundary to turn it into a page or an exit code.

    Args:
        message: the sentence for the person who asked.
        code: short kebab-case name of the cause; by default the class's own.
    """

    code: str = "error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        # The default calls the class with the message alone, which a subclass with more arguments refuses.
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]


class RecipeError(PasticheError):
    """A choice is unknown or out of its bounds.

    Attributes:
        field: the name of the recipe's field, for a message beside it.
    """

    code = "recipe"

    def __init__(self, field: str, message: str, *, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.field = field


class ImageError(PasticheError):
    """A picture cannot be read, or is unfit for its part."""

    code = "picture"


class MaskError(ImageError):
    """A mask has the wrong shape or covers nothing."""

    code = "mask"


class WeightsError(PasticheError):
    """A network's weights are missing, damaged, or lack a layer."""

    code = "weights"


class CheckpointError(PasticheError):
    """A checkpoint is damaged or of another version."""

    code = "checkpoint"


class PaintingError(PasticheError):
    """The optimization cannot go on."""

    code = "painting"
