"""Files and fields become a checked order, or a sentence beside each field that is at fault."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Sequence
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, MultipleFileField
from werkzeug.datastructures import FileStorage
from wtforms import Field, HiddenField
from wtforms.validators import ValidationError

from app import library
from app.fields import KnobField, knob_fields, main_first
from app.security import visitor
from app.studio import studio
from app.uploads import stage
from app.wording import made_title
from engine.errors import ImageError, RecipeError
from engine.recipe import MAX_STYLES, Recipe, knobs
from jobs.job import Job, Order, Upload

_SHARE = 50.0


class TextsField(Field):
    """Every value that was sent under one name."""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Keep them all, in their order and once each."""
        self.data = list(dict.fromkeys(str(value) for value in valuelist))


class Pictures(FlaskForm):  # type: ignore[misc] # Flask-WTF ships no types
    """The photo and the styles: new files, or the ids of staged ones.

    Attributes:
        photo_staged: the photo that is there, once validated or prefilled.
        styles_staged: likewise the styles, in their order.
        shares: the share of each style in percent, by the upload's id.
    """

    photo = FileField("Photo")
    photo_id = HiddenField()
    style = MultipleFileField("Style")
    style_id = TextsField()
    library = TextsField()
    order = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.photo_staged: Upload | None = None
        self.styles_staged: list[Upload] = []
        self.shares: dict[str, float] = {}
        if not self.order.data:
            self.order.data = secrets.token_hex(16)

    def recall(self) -> None:
        """Find the pictures that were staged before; those that are gone are left out."""
        self.photo_staged = _found(self.photo_id.data or "")
        found = [_found(upload_id) for upload_id in (self.style_id.data or [])[:MAX_STYLES]]
        self.styles_staged = [upload for upload in found if upload]

    def validate_photo(self, field: FileField) -> None:
        """Stage a new photo, or find the one that was staged before."""
        self.photo_staged = _found(self.photo_id.data or "")
        if field.data:
            self.photo_staged = _staged(field.data, "content")
        elif self.photo_staged is None and self.photo_id.data:
            raise ValidationError("The photo you chose is no longer kept here; choose it again.")
        elif self.photo_staged is None:
            raise ValidationError("Choose a photo to repaint.")

    def validate_style(self, field: MultipleFileField) -> None:
        """Stage new styles beside the ones that were staged before."""
        ids = self.style_id.data or []
        found = [_found(upload_id) for upload_id in ids[:MAX_STYLES]]
        self.styles_staged = [upload for upload in found if upload]
        sentences = []
        pieces = [piece for key in self.library.data or [] if (piece := library.piece(key))]
        for piece in pieces[: MAX_STYLES - len(self.styles_staged)]:
            self._add_style(library.stage_piece(piece, "style", visitor()))
        if len([upload for upload in found if upload]) < len(found):
            sentences.append("A style you chose is no longer kept here; choose it again.")
        files = [file for file in field.data or [] if file]
        for file in files[: MAX_STYLES - len(self.styles_staged)]:
            try:
                self._add_style(_staged(file, "style"))
            except ValidationError as exc:
                sentences.append(str(exc))
        if len(ids) > MAX_STYLES or len(files) + len(pieces) + len(found) > MAX_STYLES:
            sentences.append(f"At most {MAX_STYLES} styles go together; untick one to make room.")
        if sentences:
            raise ValidationError(sentences[0])
        if not self.styles_staged:
            raise ValidationError("Choose a picture whose style the photo shall take.")

    def _add_style(self, upload: Upload) -> None:
        if upload.id not in [known.id for known in self.styles_staged]:
            self.styles_staged.append(upload)

    def share(self, upload: Upload) -> float:
        """Return how much of a style goes into the mix."""
        return self.shares.get(upload.id, _SHARE)


class PaintForm(Pictures):
    """Everything that a painting is ordered with."""

    @classmethod
    def again(cls, job: Job) -> PaintForm:
        """Return a form with the pictures and the settings of a painting."""
        form = cls(formdata=None, data=job.recipe.to_dict())
        form.photo_staged, form.styles_staged = job.content, list(job.styles)
        form.shares = dict(zip([style.id for style in job.styles], job.recipe.style_weights, strict=False))
        return form

    @property
    def knobs(self) -> list[KnobField]:
        """The fields that belong to the recipe."""
        return [field for field in self if isinstance(field, KnobField)]

    @property
    def main(self) -> list[KnobField]:
        """The few choices that everybody meets."""
        return main_first(self.knobs)

    @property
    def advanced(self) -> list[KnobField]:
        """The choices behind the disclosure."""
        return [field for field in self.knobs if field.knob.group == "advanced"]

    def validate(self, extra_validators: Any = None) -> bool:
        """Check every field, and then whether they go together."""
        valid = super().validate(extra_validators)
        self.recipe: Recipe | None = None
        try:
            self.read_shares()
            if not any(field.errors for field in self.knobs):
                self.recipe = self._read_recipe()
        except RecipeError as exc:
            field = self[exc.field if exc.field in self else "style"]
            field.errors = [*field.errors, str(exc)]
        return valid and self.recipe is not None

    def _read_recipe(self) -> Recipe:
        shares = tuple(self.share(style) for style in self.styles_staged)
        if shares and not any(shares):
            raise RecipeError("style", "Every style's share is 0; give at least one more.")
        values = {field.name: field.data for field in self.knobs}
        return Recipe(**values, style_weights=shares if len(set(shares)) > 1 else ())

    def read_shares(self) -> None:
        """Read the number beside each style.

        Raises:
            RecipeError: one of them is none, or out of bounds.
        """
        knob = knobs()["style_weights"]
        for style in self.styles_staged:
            text = request.form.get(f"share-{style.id}", "")
            if text.strip():
                self.shares[style.id] = knob.parse("style_weights", text)[0]

    def place_order(self) -> Order:
        """Return the order of a valid form.

        Its token is made of the form's and of what is asked for: sent twice it
        is one order, but changed after going back it is another.
        """
        if self.recipe is None or self.photo_staged is None:
            raise RuntimeError("the form was not validated")
        asked = [self.order.data, self.photo_staged.sha256, [style.sha256 for style in self.styles_staged]]
        token = hashlib.sha256(json.dumps([*asked, self.recipe.to_dict()]).encode()).hexdigest()[:32]
        return Order(
            owner=visitor(),
            content_id=self.photo_staged.id,
            style_ids=tuple(style.id for style in self.styles_staged),
            recipe=self.recipe,
            title=made_title(self.photo_staged.name, [style.name for style in self.styles_staged]),
            token=token,
        )


for _name, _field in knob_fields().items():
    setattr(PaintForm, _name, _field)


def _found(upload_id: str) -> Upload | None:
    here = studio()
    upload = here.store.upload(upload_id, visitor()) if upload_id and visitor() else None
    # A row may be left of an upload that was cut short.
    return upload if upload and here.media.exists(upload.key) else None


def _staged(file: FileStorage, role: str) -> Upload:
    try:
        return stage(file, role, visitor())
    except ImageError as exc:
        raise ValidationError(str(exc)) from exc


def problems(form: PaintForm) -> Iterator[tuple[Field, str]]:
    """List each field at fault with its sentence, in the order of the page."""
    for field in form:
        if field.errors and isinstance(field, (KnobField, FileField, MultipleFileField)):
            yield field, str(field.errors[0])
