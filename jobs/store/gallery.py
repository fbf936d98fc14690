"""What owners write beside their paintings, how they find them, and the bin of deleted ones.

A painting in the bin can be restored until the bin is emptied; `rows.owned_by`
leaves it out of every other query that names an owner.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, insert, or_, select, update

from jobs.job import DONE, Job, Status
from jobs.store.rows import Base, listed, owned_by
from jobs.store.tables import EPOCH, MICROSECOND, job_styles, jobs, labels, uploads

MAX_STARS = 5


@dataclass(frozen=True, kw_only=True)
class Label:
    """What an owner wrote beside a painting.

    Attributes:
        rating: 1 to 5, or 0 for none.
        share_key: part of the link with which anybody may see it, or None.
    """

    rating: int = 0
    note: str = ""
    share_key: str | None = None


@dataclass(frozen=True, kw_only=True)
class Search:
    """Which paintings of a gallery to find; fields with their defaults do not matter.

    Attributes:
        words: each word is in the title, in the note, or in a style's name.
        style: the full name of one of the styles.
        rating: the lowest rating.
        since: finished at this time or later.
        until: finished before this time.
    """

    words: str = ""
    style: str = ""
    status: Status | None = None
    rating: int = 0
    since: datetime | None = None
    until: datetime | None = None


EVERYTHING = Search()


class Gallery(Base):
    """What owners write beside their paintings, how they find them, and the bin."""

    def search(
        self, owner: str, wanted: Search = EVERYTHING, *, limit: int = 60, before: str | None = None
    ) -> list[Job]:
        """List an owner's paintings that match a search, newest first.

        The list continues after the `Job.cursor` in `before`; any other text begins at the newest.
        """
        query = select(jobs).where(owned_by(owner), *_matching(wanted))
        if place := _read_cursor(before):
            at, job_id = place
            query = query.where(
                or_(jobs.c.finished_at < at, and_(jobs.c.finished_at == at, jobs.c.id < job_id))
            )
        return self._jobs(query.order_by(jobs.c.finished_at.desc(), jobs.c.id.desc()).limit(limit))

    def style_names(self, owner: str, *, limit: int = 100) -> list[str]:
        """List the names of the styles of an owner's paintings, in alphabetical order."""
        used = exists().where(
            job_styles.c.upload_id == uploads.c.id,
            job_styles.c.job_id == jobs.c.id,
            jobs.c.status.in_(DONE),
            owned_by(owner),
        )
        query = select(uploads.c.name).where(uploads.c.owner == owner, used)  # retired or not
        with self._readers.connect() as connection:
            return list(connection.scalars(query.distinct().order_by(uploads.c.name).limit(limit)))

    def labels(self, job_ids: Sequence[str]) -> dict[str, Label]:
        """Return the label of each of these paintings."""
        columns = labels.c.job_id, labels.c.rating, labels.c.note, labels.c.share_key
        labels_by_job = {
            row.job_id: Label(rating=row.rating, note=row.note, share_key=row.share_key)
            for row in self._rows(select(*columns).where(labels.c.job_id.in_(job_ids)))
        }
        return {job_id: labels_by_job.get(job_id, Label()) for job_id in job_ids}

    def write_label(
        self,
        job_id: str,
        owner: str,
        *,
        title: str | None = None,
        rating: int | None = None,
        note: str | None = None,
    ) -> bool:
        """Change a title, a rating or a note; None leaves it unchanged."""
        values = {name: value for name, value in (("rating", rating), ("note", note)) if value is not None}
        with self._engine.begin() as connection:
            if not _owns(connection, job_id, owner):
                return False
            if title is not None:
                connection.execute(update(jobs).where(jobs.c.id == job_id).values(title=title))
            if values:
                _write(connection, job_id, values)
        return True

    def share(self, job_id: str, owner: str, *, shared: bool) -> bool:
        """Share a painting by a link for anybody, or revoke the link; a new link never equals an old one."""
        key = secrets.token_hex(16) if shared else None
        with self._engine.begin() as connection:
            if not _owns(connection, job_id, owner):
                return False
            present = connection.scalar(select(labels.c.share_key).where(labels.c.job_id == job_id))
            if bool(present) != shared:
                _write(connection, job_id, {"share_key": key})
        return True

    def shared(self, key: str) -> Job | None:
        """Find the finished painting that a shared link shows."""
        query = (
            select(jobs)
            .join(labels, labels.c.job_id == jobs.c.id)
            .where(labels.c.share_key == key, jobs.c.removed_at.is_(None), jobs.c.status.in_(DONE))
        )
        return next(iter(self._jobs(query)), None)

    def remove(self, job_ids: Sequence[str], owner: str) -> tuple[int, str]:
        """Move finished paintings into the bin.

        The tokens of their orders are free again, so the same order makes a new painting.

        Returns:
            How many there were, and the text that `restore` takes.
        """
        now = self._now()
        done = jobs.c.id.in_(job_ids), owned_by(owner), jobs.c.status.in_(DONE)
        with self._engine.begin() as connection:
            removal = update(jobs).where(*done).values(removed_at=now, order_token=None)
            ids = connection.scalars(removal.returning(jobs.c.id)).all()
        return len(ids), str((now - EPOCH) // MICROSECOND)

    def restore(self, undo: str, owner: str) -> int:
        """Restore what one `remove` moved into the bin; return how many paintings."""
        if not undo.isdecimal() or len(undo) > 18:
            return 0
        try:
            at = EPOCH + int(undo) * MICROSECOND
        except OverflowError:
            return 0
        batch = update(jobs).where(jobs.c.owner == owner, jobs.c.removed_at == at)
        with self._engine.begin() as connection:
            ids = connection.scalars(batch.values(removed_at=None).returning(jobs.c.id)).all()
        return len(ids)


def _matching(wanted: Search) -> list[ColumnElement[bool]]:
    done = jobs.c.status.in_([wanted.status] if wanted.status else DONE)
    tests: list[ColumnElement[bool]] = [done, listed]
    of_job = labels.c.job_id == jobs.c.id
    named = and_(job_styles.c.job_id == jobs.c.id, uploads.c.id == job_styles.c.upload_id)
    for word in wanted.words.split():
        tests.append(
            or_(
                jobs.c.title.icontains(word, autoescape=True),
                exists().where(of_job, labels.c.note.icontains(word, autoescape=True)),
                exists().where(named, uploads.c.name.icontains(word, autoescape=True)),
            )
        )
    if wanted.style:
        tests.append(exists().where(named, uploads.c.name == wanted.style))
    if wanted.rating:
        tests.append(exists().where(of_job, labels.c.rating >= wanted.rating))
    if wanted.since:
        tests.append(jobs.c.finished_at >= wanted.since)
    if wanted.until:
        tests.append(jobs.c.finished_at < wanted.until)
    return tests


def _read_cursor(text: str | None) -> tuple[datetime, str] | None:
    """Parse a `Job.cursor`; None if the text is not one."""
    seconds, _, job_id = (text or "").partition("-")
    try:
        whole, _, micro = seconds.partition(".")
        at = datetime.fromtimestamp(int(whole), UTC) + timedelta(microseconds=int(micro or 0))
    except (ValueError, OverflowError, OSError):
        return None
    return at, job_id


def _owns(connection: Connection, job_id: str, owner: str) -> bool:
    """Return whether a job is the owner's, and lock its row until the transaction ends."""
    query = select(jobs.c.id).where(jobs.c.id == job_id, owned_by(owner))
    return connection.execute(query.with_for_update()).first() is not None


def _write(connection: Connection, job_id: str, values: dict[str, Any]) -> None:
    known = update(labels).where(labels.c.job_id == job_id).values(values).returning(labels.c.job_id)
    if connection.execute(known).first() is None:
        connection.execute(insert(labels).values({"job_id": job_id} | values))
