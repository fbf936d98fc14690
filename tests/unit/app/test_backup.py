"""Backups: a gallery is restored byte for byte."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text

from jobs.backup import NO_DATABASE, BackupError, create, main, restore
from jobs.media import FolderMedia, FullError
from jobs.settings import Settings
from jobs.store import JobStore, migrate
from jobs.store.database import open_engine
from tests.support.refusals import refused
from tests.unit.app.conftest import Visitor


@pytest.fixture
def elsewhere(tmp_path) -> Settings:
    folder = tmp_path / "elsewhere"
    return Settings.from_env({"PASTICHE_DATA": str(folder), "REDIS_URL": f"unix://{tmp_path}/no.sock"})


def test_a_gallery_is_restored_byte_for_byte(
    visitor, paint, submit, studio, settings, elsewhere, make_app, tmp_path
):
    job, waiting = paint(), submit(strength="5")
    visitor.post(f"/paintings/{job.id}/label", {"rating": "4", "note": "Ärger & Freude\n“so”"})
    path = tmp_path / "studio.tar"
    pictures = create(settings, path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert restore(elsewhere, path) == pictures == len(studio.media.keys("uploads/")) + 2

    app = make_app(**vars(replace(elsewhere)))
    again, later = app.extensions["pastiche"], Visitor(app)
    later._client.set_cookie("pastiche", visitor.cookie().value)
    for prefix in ("uploads/", "jobs/"):
        assert again.media.keys(prefix) == studio.media.keys(prefix)
        assert all(again.media.get(key) == studio.media.get(key) for key in studio.media.keys(prefix))
    for shown in (f"/files/paintings/{job.id}/download.png", f"/files/paintings/{job.id}/thumbnail.webp"):
        assert later.get(shown).data == visitor.get(shown).data
    assert again.store.jobs.find(job.id) == studio.store.jobs.find(job.id)
    assert again.store.jobs.find(waiting.id) == studio.store.jobs.find(waiting.id)
    assert again.store.gallery.labels([job.id]) == studio.store.gallery.labels([job.id])
    assert again.store.jobs.events(job.id) == studio.store.jobs.events(job.id)
    # New paintings can be ordered in the restored studio.
    assert later.order(strength="7").status_code == 303


def test_a_restore_into_a_studio_with_pictures_is_refused(submit, settings, tmp_path):
    submit()
    path = tmp_path / "studio.tar"
    create(settings, path)
    with refused(BackupError, "not-empty"):
        restore(settings, path)
    with refused(BackupError, "file-exists", path):
        create(settings, path)


def test_a_painting_may_be_older_than_its_parent(submit, settings, elsewhere, tmp_path):
    child, parent = sorted(submit(strength=str(strength)).id for strength in (5, 6))
    engine = open_engine(settings.database_url)
    with engine.begin() as connection:  # the clock was set back in between
        back = text("UPDATE jobs SET parent_id = :parent, created_at = 0 WHERE id = :child")
        connection.execute(back, {"parent": parent, "child": child})
    engine.dispose()
    path = tmp_path / "studio.tar"
    create(settings, path)
    restore(elsewhere, path)
    store = JobStore.open(elsewhere.database_url)
    assert (store.jobs.find(child).parent_id, store.jobs.find(parent).parent_id) == (parent, None)
    store.close()


def test_a_restore_that_ran_out_of_space_can_be_repeated(
    paint, studio, settings, elsewhere, tmp_path, monkeypatch
):
    job = paint()
    path = tmp_path / "studio.tar"
    count = create(settings, path)
    put = FolderMedia.put

    def full(media, key, data):
        if key.startswith("jobs/"):
            raise FullError("full")
        put(media, key, data)

    monkeypatch.setattr(FolderMedia, "put", full)
    with pytest.raises(FullError):
        restore(elsewhere, path)
    monkeypatch.undo()
    assert restore(elsewhere, path) == count
    store = JobStore.open(elsewhere.database_url)
    assert store.jobs.find(job.id) == studio.store.jobs.find(job.id)
    store.close()


@pytest.mark.parametrize("started", [False, True])
def test_a_backup_of_an_older_schema_is_migrated(elsewhere, tmp_path, started):
    if started:  # so that the tables exist in the newest schema
        migrate(elsewhere.database_url)
    old = replace(elsewhere, database_url=f"sqlite:///{tmp_path}/old.db", media_url=f"file://{tmp_path}/old")
    migrate(old.database_url, "0001")
    path = tmp_path / "old.tar"
    create(old, path)
    restore(elsewhere, path)
    engine = open_engine(elsewhere.database_url)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM owners")) == 0
    engine.dispose()


def test_a_file_that_is_not_a_backup_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PASTICHE_DATA", str(tmp_path / "data"))
    path = tmp_path / "photo.tar"
    path.write_bytes(b"no archive")
    with refused(BackupError, "not-a-backup", path) as caught:
        restore(Settings.from_env(), path)
    assert main(["restore", str(path)]) == 1
    assert capsys.readouterr().err == f"{caught.value}\n"
    assert main(["restore", str(tmp_path / "missing.tar")]) == 1


def test_an_unusable_database_is_reported(submit, settings, tmp_path, monkeypatch, capsys):
    submit()
    path = tmp_path / "studio.tar"
    create(settings, path)
    (tmp_path / "broken.db").write_bytes(b"no database" * 1000)
    monkeypatch.setenv("PASTICHE_DATA", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/broken.db")
    monkeypatch.setenv("MEDIA_URL", f"file://{tmp_path}/elsewhere/media")
    for act, file in (("restore", path), ("create", tmp_path / "other.tar")):
        assert main([act, str(file)]) == 1
        assert capsys.readouterr().err.startswith(f"{NO_DATABASE}: ")
    assert not (tmp_path / "other.tar").exists()
