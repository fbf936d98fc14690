"""Turns files and fields into a validated order, or into a sentence next to each field at fault."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from flask import request
from flask_wtf.file import FileField, MultipleFileField
from wtforms import Field

from app.forms.fields import KnobField, knob_fields, main_first
from app.forms.pictures import PictureFields, TextsField
from app.http.security import visitor
from app.wording import NO_SHARE, Fault, default_title
from engine.errors import RecipeError
from engine.recipe import Recipe, knobs
from jobs.job import Job, Order


class PaintForm(PictureFields):
    """Everything that makes up an order."""

    @classmethod
    def from_job(cls, job: Job) -> PaintForm:
        """Return a form with the pictures and the settings of an earlier painting."""
        form = cls(formdata=None, data=job.recipe.to_dict())
        form.staged_photo, form.staged_styles = job.content, list(job.styles)
        ids = [style.id for style in job.styles]
        form.shares = dict(zip(ids, job.recipe.style_weights, strict=False))
        form.masks = {style: mask for style, mask in zip(ids, job.masks, strict=False) if mask}
        form.feedforward_styles.data = [job.recipe.feedforward_style] if job.recipe.feedforward_style else []
        return form

    @property
    def knobs(self) -> list[KnobField]:
        """The fields of the recipe."""
        return [field for field in self if isinstance(field, KnobField)]

    @property
    def main(self) -> list[KnobField]:
        """The few settings that are always visible."""
        return main_first(self.knobs)

    @property
    def advanced(self) -> list[KnobField]:
        """The settings under “Advanced”."""
        return [field for field in self.knobs if field.knob.group == "advanced"]

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate every field, and then the fields together."""
        valid = super().validate(extra_validators)
        self.recipe: Recipe | None = None
        try:
            self.read_shares()
            if not any(field.errors for field in self.knobs):
                self.recipe = self._read_recipe()
        except RecipeError as exc:
            field = self[exc.field if exc.field in self else "style"]
            field.errors = [*field.errors, Fault.of(exc)]
        return valid and self.recipe is not None

    def _read_recipe(self) -> Recipe:
        shares = tuple(self.share(style) for style in self.staged_styles)
        if shares and not any(shares):
            raise RecipeError("style", NO_SHARE, code="all-zero")
        values = {field.name: field.data for field in self.knobs}
        if self.feedforward_style:
            values["feedforward_style"] = self.feedforward_style.name
        return Recipe(**values, style_weights=shares if len(set(shares)) > 1 else ())

    def read_shares(self) -> None:
        """Read the share next to each style.

        Raises:
            RecipeError: a share is not a number, or out of bounds.
        """
        knob = knobs()["style_weights"]
        for style in self.staged_styles:
            text = request.form.get(f"share-{style.id}", "")
            if text.strip():
                self.shares[style.id] = knob.parse("style_weights", text)[0]

    def place_order(self) -> Order:
        """Return the order of a valid form.

        The token combines the form's own token with the contents of the order.
        A form that is sent twice makes one order; a form that is changed after
        going back makes another.
        """
        if self.recipe is None or self.staged_photo is None:
            raise RuntimeError("the form was not validated")
        styles = self.staged_styles
        masks = [self.masks.get(style.id) for style in styles]
        pictures = [self.staged_photo, *styles, *masks]
        hashes = [picture.sha256 if picture else "" for picture in pictures]
        contents = [self.order.data, hashes, self.recipe.to_dict()]
        token = hashlib.sha256(json.dumps(contents).encode()).hexdigest()[:32]
        names = [self.feedforward_style.title] if self.feedforward_style else [style.name for style in styles]
        return Order(
            owner=visitor(),
            content_id=self.staged_photo.id,
            style_ids=tuple(style.id for style in styles),
            recipe=self.recipe,
            title=default_title(self.staged_photo.name, names),
            token=token,
            mask_ids=tuple(mask.id if mask else None for mask in masks) if any(masks) else (),
        )


for _name, _field in knob_fields().items():
    setattr(PaintForm, _name, _field)


def field_faults(form: PaintForm) -> Iterator[tuple[Field, Fault]]:
    """Yield each field at fault with its sentence, in the order of the page."""
    for field in form:
        if field.errors and isinstance(field, (KnobField, FileField, MultipleFileField, TextsField)):
            yield field, field.errors[0]
