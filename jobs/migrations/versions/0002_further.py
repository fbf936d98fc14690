"""Masks, starting pictures, frames, rates with the estimates' error, and where a child goes on."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
    op.add_column("jobs", sa.Column("parent_step", sa.Integer(), nullable=True))
    op.create_table(
        "job_parts",
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("part", sa.String(length=16), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("upload_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_job_parts_job_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["upload_id"], ["uploads.id"], name="fk_job_parts_upload_id"),
        sa.PrimaryKeyConstraint("job_id", "part", "place", name="pk_job_parts"),
    )
    op.create_index("ix_job_parts_upload_id", "job_parts", ["upload_id"])
    op.create_table(
        "frames",
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_frames_job_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "place", name="pk_frames"),
    )
    op.create_table(
        "rates",
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.Column("costs", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("device", name="pk_rates"),
    )
    op.create_index("ix_rates_at", "rates", ["at"])
    op.create_table(
        "estimates",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.Column("backbone", sa.String(length=64), nullable=False),
        sa.Column("expected_s", sa.Float(), nullable=False),
        sa.Column("painted_s", sa.Float(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_estimates"),
    )
