"""The health check of a worker, and the command that migrates."""

from jobs import healthcheck, migrate
from jobs.job import Queue
from jobs.live import Live, WorkerNote
from jobs.processes import this_host


def test_only_a_worker_on_this_machine_that_announces_itself_is_healthy(redis, monkeypatch):
    monkeypatch.setenv("REDIS_URL", redis.url)
    assert healthcheck.main() == 1
    live = Live.open(redis.url)
    for host, status in (("elsewhere", 1), (this_host(), 0)):
        live.announce_worker(WorkerNote(id=host, queue=Queue.LONG, host=host, backbone=None, problem=None))
        assert healthcheck.main() == status
    live.close()


def test_while_redis_is_away_no_worker_is_restarted(monkeypatch, tmp_path):
    monkeypatch.setenv("REDIS_URL", f"unix://{tmp_path}/no.sock")
    assert healthcheck.main() == 0


def test_migrating_works_or_prints_why_not_in_one_line(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/new.db")
    assert migrate.main() == 0
    assert (tmp_path / "new.db").exists()
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:1/none")
    assert migrate.main() == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
