"""The errors that the engine raises on purpose.

PasticheError
├── RecipeError       a choice is unknown or out of bounds
├── ImageError        a picture cannot be read, or does not suit its purpose
│   └── MaskError     a mask has the wrong shape or covers nothing
├── WeightsError      a network's weights are missing, damaged, or lack a layer
├── CheckpointError   a checkpoint is damaged or has another version
└── PaintingError     the optimization cannot continue

Each message is for the person who asked, in a sentence or two: what happened,
why, and what to do next. It names the value and its bounds, but never a path on
the server or a stack frame.

The code names the cause for programs and tests, and stays the same when the
message is reworded. Each class has a default code; an error whose cause callers
must distinguish sets its own.
"""

from __future__ import annotations

import copyreg
from typing import Any


class PasticheError(Exception):
    """The base class: catch it at a boundary to turn it into a page or an exit code.

    Args:
        message: the message for the person who asked.
        code: a short kebab-case name of the cause; by default that of the class.
    """

    code: str = "error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        # The default calls the class with the message alone, which fails for subclasses with more arguments.
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]


class RecipeError(PasticheError):
    """A choice is unknown or out of bounds.

    Attributes:
        field: the name of the recipe's field, to show the message beside it.
    """

    code = "recipe"

    def __init__(self, field: str, message: str, *, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.field = field


class ImageError(PasticheError):
    """A picture cannot be read, or does not suit its purpose."""

    code = "picture"


class MaskError(ImageError):
    """A mask has the wrong shape or covers nothing."""

    code = "mask"


class WeightsError(PasticheError):
    """A network's weights are missing, damaged, or lack a layer."""

    code = "weights"


class CheckpointError(PasticheError):
    """A checkpoint is damaged or has another version."""

    code = "checkpoint"


class PaintingError(PasticheError):
    """The optimization cannot continue."""

    code = "painting"
