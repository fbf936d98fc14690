"""The kind of a job is a column, in place of the mark of those on a contact sheet."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# Release 1.0 called a one-pass style "brush"; every recipe has the field, which is empty without one.
_INSTANT = """
UPDATE jobs SET kind = 'one_pass'
WHERE recipe LIKE '%"brush": "%' AND recipe NOT LIKE '%"brush": ""%'
OR recipe LIKE '%"feedforward_style": "%' AND recipe NOT LIKE '%"feedforward_style": ""%'
"""


def upgrade() -> None:
    """Apply it."""
    kind = sa.Column("kind", sa.String(length=16), nullable=False, server_default="painting")
    op.add_column("jobs", kind)
    op.execute(_INSTANT)
    op.execute("UPDATE jobs SET kind = 'variation' WHERE contact_sheet")
    op.drop_column("jobs", "contact_sheet")
