"""The schema: migrations build what the code expects, even if several start at once."""

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from subprocess import run

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from jobs.store import JobStore, SchemaError, migrate
from jobs.store.database import _upgrade, open_engine
from jobs.store.tables import EPOCH, metadata
from tests.support.refusals import refused
from tests.support.studio_store import PAINTER

UPLOAD = """
INSERT INTO uploads (id, owner, sha256, role, name, width, height, bytes, key, created_at, expires_at)
VALUES ('u', 'ada', 'ab', 'content', 'a.png', 60, 40, 9, 'uploads/ab/ab.png', 0, 0)
"""
JOB = """
INSERT INTO jobs (id, owner, status, kind, title, recipe, recipe_version, order_token, content_id, created_at,
                  turn, interrupted, claim_no, beat, patience_s, attempts, step, progress, checkpoint_step,
                  painted_s, stop_wished, pause_wished)
VALUES ('j', 'ada', 'queued', 'paint', 'Old', '{"size": 300}', 0, 't', 'u', 0,
        1, false, 0, 0, 0, 0, 0, 0, 0, 0, false, false)
"""


def test_migrations_build_the_schema_of_the_tables(tmp_path):
    url = f"sqlite:///{tmp_path / 'a' / 'x.db'}"
    migrate(url)
    migrate(url)
    engine = open_engine(url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
        assert connection.scalar(text("PRAGMA synchronous")) == 1
        assert connection.scalar(text("PRAGMA busy_timeout")) == 10_000
    engine.dispose()


def test_a_database_of_the_first_schema_is_migrated_and_keeps_its_rows(tmp_path):
    url = f"sqlite:///{tmp_path / 'x.db'}"
    engine = open_engine(url)
    with engine.begin() as connection:
        _upgrade(connection, "0001")
        connection.execute(text(UPLOAD))
        connection.execute(text(JOB))
        connection.execute(text("INSERT INTO job_styles VALUES ('j', 0, 'u')"))
    engine.dispose()
    store = JobStore.open(url, migrate=True)
    job = store.jobs.find("j")
    assert (job.title, job.recipe.size, job.status) == ("Old", 300, "queued")
    assert (job.masks, job.start, job.parent_step) == ((None,), None, None)
    assert store.snapshots.of_job("j") == []
    assert store.leases.claim(PAINTER).job.id == "j"
    store.close()


def test_what_was_removed_before_schema_0007_can_be_restored_and_nothing_else_changes(tmp_path):
    url = f"sqlite:///{tmp_path / 'x.db'}"
    engine = open_engine(url)
    with engine.begin() as connection:
        _upgrade(connection, "0005")
        retired = UPLOAD.replace("'u'", "'r'").replace("'content'", "'gone abcdef'")
        again = UPLOAD.replace("'u'", "'s'").replace("'content'", "'style'")
        # Release 1.0 left the token to a painting in the bin, also when its order came again.
        binned = JOB.replace("'j'", "'b'").replace("'ada'", "'bin:ada'").replace("'queued'", "'finished'")
        for statement in (UPLOAD, retired, again, JOB, binned):
            connection.execute(text(statement.replace("0, 0)", "0, 7200000000)")))
        connection.execute(text("UPDATE jobs SET parent_id = 'b' WHERE id = 'j'"))
        connection.execute(text("INSERT INTO job_styles VALUES ('j', 0, 'r'), ('b', 0, 'r')"))
        connection.execute(text("INSERT INTO labels VALUES ('b', 3, 'Oak.', NULL, 5000000)"))
    engine.dispose()
    store = JobStore.open(url, migrate=True)
    with store.engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    job = store.jobs.find("j", "ada")
    assert (job.parent_id, [style.id for style in job.styles]) == ("b", ["r"])
    assert (store.jobs.find("b", "ada"), store.jobs.ancestors(job)) == (None, [])
    assert store.gallery.restore("5000000", "ada") == 1
    assert [parent.id for parent in store.jobs.ancestors(job)] == ["b"]
    assert store.gallery.labels(["b"])["b"].note == "Oak."
    assert [style.id for style in store.uploads.in_role("ada", "style")] == ["s"]
    assert store.uploads.find("r", "ada").retired_at == EPOCH + timedelta(hours=1)
    assert not store.uploads.restore("r", "ada", expiry_s=60), "the same picture was uploaded again"
    store.close()


def test_processes_that_start_at_once_do_no_harm(tmp_path):
    url = f"sqlite:///{tmp_path / 'x.db'}"
    command = [sys.executable, "-c", f"from jobs.store import migrate; migrate({url!r})"]
    with ThreadPoolExecutor(3) as pool:
        ended = list(pool.map(lambda _: run(command, check=False, capture_output=True, text=True), range(3)))
    assert [(process.returncode, process.stderr) for process in ended] == [(0, "")] * 3
    store = JobStore.open(url)
    assert store.queues.length() == 0
    store.close()


def test_a_newer_schema_is_refused(tmp_path):
    url = f"sqlite:///{tmp_path / 'x.db'}"
    migrate(url)
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with refused(SchemaError, "newer-schema", "9999") as caught:
        JobStore.open(url, migrate=True)
    assert re.search(r"\b0\d+\b", str(caught.value)), "it names the newest schema that it understands"
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"
    engine.dispose()


def test_a_database_that_cannot_be_opened_is_refused(tmp_path):
    (tmp_path / "x.db").mkdir()
    with refused(SchemaError, "database-unusable"):
        migrate(f"sqlite:///{tmp_path / 'x.db'}")
