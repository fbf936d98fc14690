"""Contact sheets of variations, and the few colours that stand in for a picture until it is there."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
    op.add_column("jobs", sa.Column("sheet", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("jobs", sa.Column("tones", sa.String(length=27), nullable=True))
