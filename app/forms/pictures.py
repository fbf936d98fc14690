"""The pictures of an order: new files, or the ids of staged ones, become staged pictures."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, MultipleFileField
from werkzeug.datastructures import FileStorage
from wtforms import Field, HiddenField
from wtforms.validators import ValidationError

from app.http.security import visitor
from app.rules import library
from app.rules.choices import own_upload
from app.rules.feedforward_styles import FeedforwardStyle
from app.rules.feedforward_styles import feedforward_style as find_feedforward_style
from app.rules.uploads import stage
from app.services.services import services
from app.wording import Fault
from engine.errors import ImageError
from engine.recipe import MAX_STYLES
from jobs.job import Upload
from jobs.sandbox import BusyError

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
        masks: where a style goes, if not everywhere, by the style's id.
    """

    photo = FileField("Photo")
    photo_id = HiddenField()
    style = MultipleFileField("Style")
    style_id = TextsField()
    library = TextsField()
    feedforward_styles = TextsField(name="feedforward_style")
    order = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.photo_staged: Upload | None = None
        self.styles_staged: list[Upload] = []
        self.shares: dict[str, float] = {}
        self.masks: dict[str, Upload] = {}
        if not self.order.data:
            self.order.data = secrets.token_hex(16)

    def recall(self) -> None:
        """Find the pictures that were staged before; those that are gone are left out."""
        self.photo_staged = _found(self.photo_id.data or "")
        found = [_found(upload_id) for upload_id in (self.style_id.data or [])[:MAX_STYLES]]
        self.styles_staged = [upload for upload in found if upload]
        self._recall_masks()

    @property
    def feedforward_style(self) -> FeedforwardStyle | None:
        """The brush that is chosen in place of styles."""
        return next(
            (found for name in self.feedforward_styles.data or [] if (found := find_feedforward_style(name))),
            None,
        )

    def validate_feedforward_styles(self, field: TextsField) -> None:
        """Refuse several, or one that is not there."""
        if len(field.data or []) > 1:
            raise ValidationError(Fault("one-brush", "One brush paints at a time; untick the others."))
        if field.data and self.feedforward_style is None:
            raise ValidationError(Fault("unknown-brush", "There is no such brush here."))

    def validate_photo(self, field: FileField) -> None:
        """Stage a new photo, or find the one that was staged before."""
        self.photo_staged = _found(self.photo_id.data or "")
        if field.data:
            self.photo_staged = _staged(field.data, "content")
        elif self.photo_staged is None and self.photo_id.data:
            raise ValidationError(
                Fault("photo-gone", "The photo you chose is no longer kept here; choose it again.")
            )
        elif self.photo_staged is None:
            raise ValidationError(Fault("no-photo", "Choose a photo to repaint."))

    def validate_style(self, field: MultipleFileField) -> None:
        """Stage new styles beside the ones that were staged before."""
        ids = self.style_id.data or []
        found = [_found(upload_id) for upload_id in ids[:MAX_STYLES]]
        self.styles_staged = [upload for upload in found if upload]
        faults: list[Fault] = []
        pieces = [piece for key in self["library"].data or [] if (piece := library.piece(key))]
        for piece in pieces[: MAX_STYLES - len(self.styles_staged)]:
            try:
                self._add_style(library.stage_piece(piece, "style", visitor()))
            except ImageError as exc:
                faults.append(Fault.of(exc))
        if len([upload for upload in found if upload]) < len(found):
            faults.append(Fault("style-gone", "A style you chose is no longer kept here; choose it again."))
        files = [file for file in field.data or [] if file]
        for file in files[: MAX_STYLES - len(self.styles_staged)]:
            try:
                self._add_style(_staged(file, "style"))
            except ValidationError as exc:
                faults.append(exc.args[0])
        if len(ids) > MAX_STYLES or len(files) + len(pieces) + len(found) > MAX_STYLES:
            faults.append(
                Fault("too-many-styles", f"At most {MAX_STYLES} styles go together; untick one to make room.")
            )
        self._recall_masks()
        faults += self._stage_masks()
        if faults:
            raise ValidationError(faults[0])
        self._check_enough()

    def _check_enough(self) -> None:
        if self.feedforward_style and self.styles_staged:
            raise ValidationError(
                Fault("brush-and-styles", "A brush paints by itself: untick it, or the styles.")
            )
        if not self.feedforward_style and not self.styles_staged:
            raise ValidationError(Fault("no-style", "Choose a picture whose style the photo shall take."))

    def _recall_masks(self) -> None:
        for style in self.styles_staged:
            mask = _found(request.form.get(f"mask-{style.id}", ""))
            if mask:
                self.masks[style.id] = mask

    def _stage_masks(self) -> list[Fault]:
        """Stage the files that were sent as masks; return a sentence for each that cannot be one."""
        faults: list[Fault] = []
        for style in self.styles_staged:
            file = request.files.get(f"maskfile-{style.id}")
            if file and file.filename:
                try:
                    self.masks[style.id] = _staged(file, "mask")
                except ValidationError as exc:
                    faults.append(exc.args[0])
        return faults

    def _add_style(self, upload: Upload) -> None:
        if upload.id not in [known.id for known in self.styles_staged]:
            self.styles_staged.append(upload)

    def share(self, upload: Upload) -> float:
        """Return how much of a style goes into the mix."""
        return self.shares.get(upload.id, _SHARE)


def _found(upload_id: str) -> Upload | None:
    upload = own_upload(upload_id)
    # A row may be left of an upload that was cut short.
    return upload if upload and services().media.exists(upload.key) else None


def _staged(file: FileStorage, role: str) -> Upload:
    try:
        return stage(file, role, visitor()).upload
    except (ImageError, BusyError) as exc:
        raise ValidationError(Fault.of(exc)) from exc
