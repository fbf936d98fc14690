"""Columns and a table get the names that the code has for them."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_COLUMNS = {
    "turn": "position",
    "sheet": "contact_sheet",
    "frame_key": "snapshot_key",
    "stop_wished": "stop_requested",
    "pause_wished": "pause_requested",
}


def upgrade() -> None:
    """Apply it."""
    op.drop_index("ix_jobs_turn", "jobs")
    for old, new in _COLUMNS.items():
        op.execute(f"ALTER TABLE jobs RENAME COLUMN {old} TO {new}")
    op.create_index("ix_jobs_position", "jobs", ["position"])
    op.rename_table("frames", "snapshots")
