"""Uploaded pictures: stored once for their owner, and kept while a job uses them."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, case, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from engine.errors import PasticheError
from jobs.job import Upload
from jobs.store.rows import Base, to_upload
from jobs.store.tables import Instant, uploads

_NAMES = {
    "content": "photo",
    "style": "style",
    "mask": "mask",
    "start": "picture to start from",
    "parent": "painting to go on from",
}

UNDO_S = 3600.0
"""How long a retired upload can be restored."""


class OrderError(PasticheError):
    """An order names a picture that does not exist, or is not its owner's.

    Attributes:
        field: "content", "style", "mask", "start" or "parent".
    """

    code = "order"

    def __init__(self, field: str) -> None:
        super().__init__(f"The {_NAMES[field]} is no longer there; choose it again.", code=f"{field}-gone")
        self.field = field


class Uploads(Base):
    """Uploaded pictures."""

    def stage(
        self,
        *,
        owner: str,
        sha256: str,
        role: str,
        name: str,
        width: int,
        height: int,
        bytes: int,
        suffix: str,
        expiry_s: float,
    ) -> Upload:
        """Note a picture, or renew the one that the owner sent before.

        The row comes first, then the file: put it at `key` if nothing is there
        (`jobs.staging.stage` does both).

        `suffix` is that of the file, ".png" or ".jpg"; after `expiry_s` it goes
        if no job uses it.
        """
        now = self._now()
        fresh = secrets.token_hex(16)
        values = {
            "id": fresh, "owner": owner, "sha256": sha256, "role": role, "name": name,
            "width": width, "height": height, "bytes": bytes, "created_at": now,
            # No two uploads share a file, so that it can be deleted with its upload.
            "key": f"uploads/{sha256[:2]}/{sha256}-{fresh[:8]}{suffix}",
            "expires_at": now + timedelta(seconds=expiry_s),
        }  # fmt: skip
        same = and_(uploads.c.owner == owner, uploads.c.sha256 == sha256, _in_role(role))
        # A picture that is kept for longer keeps its expiry, and the name that its owner gave it.
        expiry = literal(values["expires_at"], Instant)
        kept = uploads.c.expires_at > expiry
        renewal = (
            update(uploads)
            .where(same)
            .values(
                name=case((kept, uploads.c.name), else_=name),
                expires_at=case((kept, uploads.c.expires_at), else_=expiry),
            )
        )
        for _ in range(2):
            try:
                with self._engine.begin() as connection:
                    row = connection.execute(renewal.returning(*uploads.c)).first()
                    if row is None:
                        row = connection.execute(insert(uploads).values(values).returning(*uploads.c)).one()
                    return to_upload(row)
            except IntegrityError:  # another request stored it at the same time (PostgreSQL)
                continue
        raise OrderError(role)

    def find(self, upload_id: str, owner: str) -> Upload | None:
        """Find an upload of an owner, retired or not."""
        rows = self._rows(select(uploads).where(uploads.c.id == upload_id, uploads.c.owner == owner))
        return to_upload(rows[0]) if rows else None

    def in_role(self, owner: str, role: str) -> list[Upload]:
        """List the uploads that an owner has for one role, newest first, without retired ones."""
        query = select(uploads).where(uploads.c.owner == owner, _in_role(role))
        newest_first = query.order_by(uploads.c.created_at.desc(), uploads.c.id)
        return [to_upload(row) for row in self._rows(newest_first)]

    def rename(self, upload_id: str, owner: str, name: str) -> bool:
        """Change the name under which an upload is shown; return whether it exists."""
        owned = uploads.c.id == upload_id, uploads.c.owner == owner
        return self._changes(update(uploads).where(*owned).values(name=name).returning(uploads.c.id))

    def retire(self, upload_id: str, owner: str) -> bool:
        """Stop offering an upload; it is deleted once no painting uses it.

        For `UNDO_S` it can be restored.
        """
        owned = uploads.c.id == upload_id, uploads.c.owner == owner, uploads.c.retired_at.is_(None)
        now = self._now()
        values = {"retired_at": now, "expires_at": now + timedelta(seconds=UNDO_S)}
        return self._changes(update(uploads).where(*owned).values(values).returning(uploads.c.id))

    def restore(self, upload_id: str, owner: str, *, expiry_s: float) -> bool:
        """Offer a retired upload again; False if it is gone, or the picture was uploaded again."""
        owned = uploads.c.id == upload_id, uploads.c.owner == owner, uploads.c.retired_at.is_not(None)
        values = {"retired_at": None, "expires_at": self._now() + timedelta(seconds=expiry_s)}
        restoration = update(uploads).where(*owned).values(values).returning(uploads.c.id)
        try:
            return self._changes(restoration)
        except IntegrityError:
            return False


def _in_role(role: str) -> ColumnElement[bool]:
    return and_(uploads.c.role == role, uploads.c.retired_at.is_(None))
