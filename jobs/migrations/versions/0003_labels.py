"""What owners write beside their pictures: rating, note, the link that shares it; and what was taken down."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
    op.create_table(
        "labels",
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("share_key", sa.String(length=32), nullable=True),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_labels_job_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", name="pk_labels"),
        sa.UniqueConstraint("share_key", name="uq_labels_share_key"),
    )
    op.create_index("ix_labels_removed_at", "labels", ["removed_at"])
