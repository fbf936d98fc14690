"""Columns, a table and the queues get the names that the code has for them."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_COLUMNS = {
    "kind": "queue",
    "turn": "position",
    "sheet": "contact_sheet",
    "frame_key": "snapshot_key",
    "stop_wished": "stop_requested",
    "pause_wished": "pause_requested",
}


def upgrade() -> None:
    """Apply it."""
    op.drop_index("ix_jobs_turn", "jobs")
    op.drop_index("ix_jobs_status_kind", "jobs")
    for old, new in _COLUMNS.items():
        op.execute(f"ALTER TABLE jobs RENAME COLUMN {old} TO {new}")
    op.create_index("ix_jobs_position", "jobs", ["position"])
    op.create_index("ix_jobs_status_queue", "jobs", ["status", "queue"])
    op.execute("UPDATE jobs SET queue = 'long' WHERE queue = 'paint'")
    op.execute("UPDATE jobs SET queue = 'quick' WHERE queue = 'draft'")
    op.execute("ALTER TABLE events RENAME COLUMN kind TO name")
    op.rename_table("frames", "snapshots")
