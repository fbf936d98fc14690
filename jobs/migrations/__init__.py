"""The schema's history, for Alembic; `jobs.store.migrate` runs it."""
