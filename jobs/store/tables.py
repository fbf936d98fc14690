"""The schema that `jobs/migrations` builds, as SQLAlchemy tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """A time in UTC, stored as microseconds since 1970: exact, and sorted the same way in every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Turn an aware datetime into a number."""
        return None if value is None else (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Turn a number back into an aware datetime."""
        return None if value is None else EPOCH + value * MICROSECOND


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

uploads = Table(
    "uploads",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("role", String(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("key", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    # When its owner stopped using it for new paintings; the same picture may be uploaded again.
    Column("retired_at", Instant),
)
Index(
    "uq_uploads_owner_sha256_role",
    *(uploads.c.owner, uploads.c.sha256, uploads.c.role),
    unique=True,
    sqlite_where=uploads.c.retired_at.is_(None),
    postgresql_where=uploads.c.retired_at.is_(None),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Column("kind", String(16), nullable=False, server_default="painting"),
    Column("queue", String(16), nullable=False),
    Column("title", Text, nullable=False),
    Column("recipe", Text, nullable=False),
    Column("recipe_version", Integer, nullable=False, default=0),
    # NULL if the same order, sent again, makes another job: this one was cancelled or deleted.
    Column("order_token", String(64)),
    Column("content_id", String(32), ForeignKey("uploads.id"), nullable=False, index=True),
    Column("parent_id", String(32), ForeignKey("jobs.id", ondelete="SET NULL"), index=True),
    Column("parent_step", Integer),
    Column("created_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    # When its owner moved it into the bin.
    Column("removed_at", Instant, index=True),
    # The order of claims: `position` orders the jobs of one owner, `interrupted` ones come
    # before all others, and `claim_no` shows which owner had the last turn.
    Column("position", BigInteger, nullable=False),
    Column("interrupted", Boolean, nullable=False, default=False),
    Column("claim_no", BigInteger, nullable=False, default=0),
    # The lease.
    Column("token", String(32)),
    Column("beat", BigInteger, nullable=False, default=0),
    Column("patience_s", Float, nullable=False, default=0),
    Column("worker_host", Text),
    Column("worker_pid", Integer),
    Column("worker_started", Text),
    # Progress.
    Column("attempts", Integer, nullable=False, default=0),
    Column("step", Integer, nullable=False, default=0),
    Column("progress", Float, nullable=False, default=0),
    Column("checkpoint_key", Text),
    Column("checkpoint_step", Integer, nullable=False, default=0),
    Column("snapshot_key", Text),
    Column("painted_s", Float, nullable=False, default=0),
    Column("backbone", String(32)),
    # What its owner asked for.
    Column("stop_requested", Boolean, nullable=False, default=False),
    Column("pause_requested", Boolean, nullable=False, default=False),
    # The outcome.
    Column("reason", Text),
    Column("result_key", Text),
    Column("thumbnail_key", Text),
    Column("width", Integer),
    Column("height", Integer),
    Column("bytes", BigInteger),
    Column("tones", String(27)),
    UniqueConstraint("owner", "order_token"),
    Index("ix_jobs_status_queue", "status", "queue"),
    Index("ix_jobs_owner_status", "owner", "status"),
    Index("ix_jobs_owner_finished_at", "owner", "finished_at", "id"),
    Index("ix_jobs_owner_claim_no", "owner", "claim_no"),
    Index("ix_jobs_claim_no", "claim_no"),
    Index("ix_jobs_position", "position"),
)

job_styles = Table(
    "job_styles",
    metadata,
    Column("job_id", String(32), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("upload_id", String(32), ForeignKey("uploads.id"), nullable=False, index=True),
)

# Further pictures of a job: "mask" (`place` is its style's), "content_mask", "start".
job_parts = Table(
    "job_parts",
    metadata,
    Column("job_id", String(32), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("part", String(16), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("upload_id", String(32), ForeignKey("uploads.id"), nullable=False, index=True),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("job_id", String(32), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("step", Integer, nullable=False),
    Column("progress", Float, nullable=False),
    Column("key", Text, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
)

# What an owner wrote beside a painting.
labels = Table(
    "labels",
    metadata,
    Column("job_id", String(32), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("rating", Integer, nullable=False, default=0),
    Column("note", Text, nullable=False, default=""),
    Column("share_key", String(32), unique=True),
)

# What work costs on a device: `engine.recipe.rates.Rates` as JSON.
rates = Table(
    "rates",
    metadata,
    Column("device", String(200), primary_key=True),
    Column("costs", Text, nullable=False),
    Column("at", Instant, nullable=False, index=True),
)

# The expected and the actual time of undisturbed paintings.
estimates = Table(
    "estimates",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("device", String(200), nullable=False),
    Column("backbone", String(64), nullable=False),
    Column("expected_s", Float, nullable=False),
    Column("painted_s", Float, nullable=False),
    Column("at", Instant, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("job_id", String(32), ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("name", String(32), nullable=False),
    Column("detail", Text, nullable=False),
)

# How often an owner's keys were revoked; without a row, never.
owners = Table(
    "owners",
    metadata,
    Column("owner", String(64), primary_key=True),
    Column("key_serial", Integer, nullable=False),
)

# What has to be deleted from media. It is written in the transaction that makes a file
# worthless, so that nothing is forgotten if a process ends before it is deleted.
discards = Table(
    "discards",
    metadata,
    Column("prefix", Text, primary_key=True),
    Column("at", Instant, nullable=False),
)
