"""The objects that the API takes and answers."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, NotRequired

from pydantic import BeforeValidator, ConfigDict, Field, with_config
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from app.api.recipes import Recipe, SteerableRecipe
from app.http.json_body import CLOSED, SOME_STYLES, WHOLE, Closed, Text, UploadId
from app.rules.gallery import parse_day
from jobs.job import Status
from jobs.store.gallery import MAX_STARS

StyleId = Annotated[Text, Field(description="The id of an upload or of a library style")]
Masks = list[UploadId | None]
Token = Annotated[Text, Field(description="The same token gives the same painting, so it is safe to repeat")]
Stars = Annotated[int, Field(ge=0, le=MAX_STARS), WHOLE]
OPEN = ConfigDict(extra="allow")
_ONE_PASS: Any = {"required": ["recipe"], "properties": {"recipe": {"required": ["feedforward_style"]}}}


def _digits(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise PydanticCustomError("digits", "Input should be a number in digits")
    return int(text)


_DIGITS = BeforeValidator(_digits)
_DAY = BeforeValidator(lambda text: (day := parse_day(text)) and day.date())  # Pydantic also takes seconds


class Filters(TypedDict, total=False):
    """Which paintings are listed."""

    q: Annotated[Text, Field(description="Words in the title, the note or a style's name")]
    style: Annotated[Text, Field(description="The full name of a style")]
    status: Annotated[Literal["finished", "stopped"], Field(description="How it ended")]
    rating: Annotated[int, Field(ge=0, le=MAX_STARS, description="The minimum number of stars"), _DIGITS]
    since: Annotated[date, Field(description="Finished on this day or later"), _DAY]
    until: Annotated[date, Field(description="Finished on this day or earlier"), _DAY]
    before: Annotated[Text, Field(description="The value of “next” on the previous page")]
    limit: Annotated[int, Field(ge=1, le=100, description="The maximum number of paintings"), _DIGITS]
    underway: Annotated[Literal["true", "false"], Field(description="“true” lists those not finished yet")]


class Question(Closed):
    """An order whose effort is to be estimated."""

    photo: UploadId
    recipe: NotRequired[Recipe]


@with_config(CLOSED | ConfigDict(json_schema_extra={"anyOf": [{"required": ["styles"]}, _ONE_PASS]}))
class Order(Closed):
    """An order of a painting, with styles or with a one-pass style in its recipe."""

    photo: UploadId
    styles: NotRequired[Annotated[list[StyleId], Field(json_schema_extra=SOME_STYLES)]]
    masks: NotRequired[Annotated[Masks, Field(description="For each style, where it goes, or null")]]
    content_mask: NotRequired[Annotated[Text, Field(description="Where the photo matters, and how much")]]
    recipe: NotRequired[Recipe]
    title: NotRequired[Text]
    token: NotRequired[Token]


class Change(Closed, total=False):
    """Changes to a painting."""

    title: Text
    rating: Stars
    note: Text
    masks: Masks
    recipe: SteerableRecipe


class Continuation(Closed, total=False):
    """What to continue from, and how."""

    step: Annotated[int, Field(description="The step of a snapshot; if left out, the result"), WHOLE]
    recipe: Recipe
    token: Token


@with_config(OPEN)
class Open(TypedDict):
    """The base of answers, which may have more fields one day."""


class Upload(Open):
    """A stored picture."""

    id: str
    role: str
    name: str
    width: int
    height: int


class Staged(Upload):
    """A stored picture, with its recipe if it was painted here."""

    recipe: dict[str, Any] | None


class LibraryStyle(Open):
    """A style of the library."""

    id: str
    title: str
    technique: str
    picture: str


class FeedforwardStyle(Open):
    """A built-in one-pass style."""

    name: str
    title: str
    picture: str


class Snapshot(Open):
    """A picture that was saved during painting."""

    step: int
    progress: float
    width: int
    height: int
    picture: str


class Estimate(Open):
    """The time and memory that an order would take."""

    seconds: float
    peak_bytes: int


class Painting(Open):
    """A painting and its status."""

    id: str
    title: str
    status: Status
    sentence: str
    reason: str | None
    percent: int
    step: int
    place: int | None
    created_at: str
    finished_at: str | None
    parent: str | None
    photo: Upload
    styles: list[Upload]
    recipe: dict[str, Any]
    rating: Stars
    note: str
    width: int | None
    height: int | None
    result: str | None
    preview: str
    masks: list[str | None]
    shared: str | None


class Problem(Open):
    """What went wrong."""

    code: str
    message: str
    field: str | None


class Error(Open):
    """The body of every error."""

    error: Problem
