"""The pictures of an order: stages new files, and finds pictures that were staged before."""

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
from app.rules.feedforward_styles import feedforward_style as get_feedforward_style
from app.rules.uploads import stage
from app.services.services import current_services
from app.wording import Fault
from engine.errors import ImageError
from engine.recipe import MAX_STYLES
from jobs.job import Upload
from jobs.sandbox import BusyError

_SHARE = 50.0


class TextsField(Field):
    """All values that were sent under one name."""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Keep each value once, in order."""
        self.data = list(dict.fromkeys(str(value) for value in valuelist))


class PictureFields(FlaskForm):  # type: ignore[misc] # Flask-WTF ships no types
    """The photo and the styles, as new files or as the ids of staged pictures.

    Attributes:
        staged_photo: the photo, once the form is validated or prefilled.
        staged_styles: the styles in order, once the form is validated or prefilled.
        shares: the share of each style in percent, by the upload's id.
        masks: the mask of each style that does not go everywhere, by the style's id.
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
        self.staged_photo: Upload | None = None
        self.staged_styles: list[Upload] = []
        self.shares: dict[str, float] = {}
        self.masks: dict[str, Upload] = {}
        if not self.order.data:
            self.order.data = secrets.token_hex(16)

    def load_staged(self) -> None:
        """Find the pictures that were staged before, leaving out those that are gone."""
        self.staged_photo = _stored_upload(self.photo_id.data or "")
        uploads = [_stored_upload(upload_id) for upload_id in (self.style_id.data or [])[:MAX_STYLES]]
        self.staged_styles = [upload for upload in uploads if upload]
        self._load_masks()

    @property
    def feedforward_style(self) -> FeedforwardStyle | None:
        """The instant style that is chosen instead of style pictures."""
        return next(
            (style for name in self.feedforward_styles.data or [] if (style := get_feedforward_style(name))),
            None,
        )

    def validate_feedforward_styles(self, field: TextsField) -> None:
        """Refuse more than one instant style, or one that does not exist."""
        if len(field.data or []) > 1:
            raise ValidationError(
                Fault("one-brush", "Only one instant style can be used at a time. Untick the others.")
            )
        if field.data and self.feedforward_style is None:
            raise ValidationError(Fault("unknown-brush", "This studio has no such instant style."))

    def validate_photo(self, field: FileField) -> None:
        """Stage a new photo, or find the one that was staged before."""
        self.staged_photo = _stored_upload(self.photo_id.data or "")
        if field.data:
            self.staged_photo = _stage_file(field.data, "content")
        elif self.staged_photo is None and self.photo_id.data:
            raise ValidationError(
                Fault("photo-gone", "The photo you chose is no longer stored here. Please choose it again.")
            )
        elif self.staged_photo is None:
            raise ValidationError(Fault("no-photo", "Choose a photo to repaint."))

    def validate_style(self, field: MultipleFileField) -> None:
        """Stage new styles, in addition to those that were staged before."""
        ids = self.style_id.data or []
        earlier = [_stored_upload(upload_id) for upload_id in ids[:MAX_STYLES]]
        self.staged_styles = [upload for upload in earlier if upload]
        faults: list[Fault] = []
        from_library = [picture for key in self["library"].data or [] if (picture := library.find(key))]
        for picture in from_library[: MAX_STYLES - len(self.staged_styles)]:
            try:
                self._add_style(library.stage_picture(picture, "style", visitor()))
            except ImageError as exc:
                faults.append(Fault.of(exc))
        if len([upload for upload in earlier if upload]) < len(earlier):
            faults.append(
                Fault("style-gone", "A style you chose is no longer stored here. Please choose it again.")
            )
        files = [file for file in field.data or [] if file]
        for file in files[: MAX_STYLES - len(self.staged_styles)]:
            try:
                self._add_style(_stage_file(file, "style"))
            except ValidationError as exc:
                faults.append(exc.args[0])
        if len(ids) > MAX_STYLES or len(files) + len(from_library) + len(earlier) > MAX_STYLES:
            faults.append(
                Fault("too-many-styles", f"You can mix at most {MAX_STYLES} styles. Untick one to make room.")
            )
        self._load_masks()
        faults += self._stage_masks()
        if faults:
            raise ValidationError(faults[0])
        self._check_enough()

    def _check_enough(self) -> None:
        if self.feedforward_style and self.staged_styles:
            raise ValidationError(
                Fault(
                    "brush-and-styles",
                    "An instant style cannot be combined with other styles. Untick it, or the others.",
                )
            )
        if not self.feedforward_style and not self.staged_styles:
            raise ValidationError(Fault("no-style", "Choose a picture whose style the photo should take."))

    def _load_masks(self) -> None:
        for style in self.staged_styles:
            mask = _stored_upload(request.form.get(f"mask-{style.id}", ""))
            if mask:
                self.masks[style.id] = mask

    def _stage_masks(self) -> list[Fault]:
        """Stage the files that were sent as masks; return a sentence for each one that was refused."""
        faults: list[Fault] = []
        for style in self.staged_styles:
            file = request.files.get(f"maskfile-{style.id}")
            if file and file.filename:
                try:
                    self.masks[style.id] = _stage_file(file, "mask")
                except ValidationError as exc:
                    faults.append(exc.args[0])
        return faults

    def _add_style(self, upload: Upload) -> None:
        if upload.id not in [known.id for known in self.staged_styles]:
            self.staged_styles.append(upload)

    def share(self, upload: Upload) -> float:
        """Return the share of a style in the mix, in percent."""
        return self.shares.get(upload.id, _SHARE)


def _stored_upload(upload_id: str) -> Upload | None:
    upload = own_upload(upload_id)
    # An upload that was cut short can leave a row without a file.
    return upload if upload and current_services().media.exists(upload.key) else None


def _stage_file(file: FileStorage, role: str) -> Upload:
    try:
        return stage(file, role, visitor()).upload
    except (ImageError, BusyError) as exc:
        raise ValidationError(Fault.of(exc)) from exc
