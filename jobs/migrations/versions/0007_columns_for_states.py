"""The bin, retired uploads and order tokens that are free again: columns, no longer parts of other values."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_UNIQUE = "uq_uploads_owner_sha256_role"

# In release 1.0 a painting in the bin kept its token, which a later job of its owner may have too.
_FREE_TOKENS = "UPDATE jobs SET order_token = NULL WHERE order_token = id OR substr(owner, 1, 4) = 'bin:'"
_BIN = """
UPDATE jobs
SET owner = substr(owner, 5), removed_at = (SELECT removed_at FROM labels WHERE job_id = jobs.id)
WHERE substr(owner, 1, 4) = 'bin:'
"""
# Only styles were ever retired, and they expired an hour later.
_RETIRED = """
UPDATE uploads
SET role = 'style', retired_at = expires_at - 3600000000
WHERE substr(role, 1, 5) = 'gone '
"""


def upgrade() -> None:
    """Apply it."""
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("removed_at", sa.BigInteger(), nullable=True))
        jobs.alter_column("order_token", existing_type=sa.String(length=64), nullable=True)
    op.create_index("ix_jobs_removed_at", "jobs", ["removed_at"])
    op.execute(_FREE_TOKENS)
    op.execute(_BIN)
    op.drop_index("ix_labels_removed_at", "labels")
    op.drop_column("labels", "removed_at")
    with op.batch_alter_table("uploads") as uploads:
        uploads.add_column(sa.Column("retired_at", sa.BigInteger(), nullable=True))
        uploads.drop_constraint(_UNIQUE, type_="unique")
    op.execute(_RETIRED)
    offered, columns = sa.text("retired_at IS NULL"), ["owner", "sha256", "role"]
    op.create_index(_UNIQUE, "uploads", columns, unique=True, sqlite_where=offered, postgresql_where=offered)
