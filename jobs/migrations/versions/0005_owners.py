"""What is known of an owner beside their pictures: how often their keys were taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
    op.create_table(
        "owners",
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("key_serial", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("owner", name="pk_owners"),
    )
