"""Media: one contract for every file system, and what a folder adds to it."""

import errno
import os
from pathlib import Path

import pytest

from jobs.media import FolderMedia, FullError, Media, MediaError, MissingError
from tests.support.refusals import refused


@pytest.fixture(params=["folder", "memory"])
def media(request, tmp_path) -> Media:
    if request.param == "folder":
        return Media.open(f"file://{tmp_path / 'media'}")
    return Media.open(f"memory://{tmp_path.name}")


def test_what_is_written_can_be_read(media):
    media.put("jobs/a/t/result.png", b"pixels")
    assert media.get("jobs/a/t/result.png") == b"pixels"
    assert media.exists("jobs/a/t/result.png")
    assert media.size("jobs/a/t/result.png") == 6
    media.put("jobs/a/t/result.png", b"other")
    assert media.get("jobs/a/t/result.png") == b"other"


def test_a_file_that_does_not_exist_is_missing(media):
    assert not media.exists("jobs/none")
    for read in (media.get, media.size):
        with refused(MissingError, "file-missing", "none"):
            read("jobs/none")
    media.delete("jobs/none")
    media.delete_prefix("jobs/none/")
    assert media.keys("jobs/none/") == []
    assert media.folders("none/") == []


def test_prefixes_are_listed_and_deleted(media):
    for key in ("jobs/a/t/1", "jobs/a/t/2", "jobs/a/u/1", "jobs/ab/t/1"):
        media.put(key, b"x")
    assert media.keys("jobs/a/") == ["jobs/a/t/1", "jobs/a/t/2", "jobs/a/u/1"]
    assert media.folders("jobs/") == ["a", "ab"]
    media.delete("jobs/a/t/1")
    media.delete_prefix("jobs/a/u/")
    assert media.keys("jobs/a/") == ["jobs/a/t/2"]
    media.delete_prefix("jobs/a/")
    assert media.keys("jobs/") == ["jobs/ab/t/1"]
    media.ping()


@pytest.mark.parametrize("key", ["", "/etc/passwd", "../secret.key", "a/../../b", "a//b", "a/./b", "a/"])
def test_no_key_points_outside(media, key):
    with refused(MissingError, "bad-key"):
        media.get(key)
    with refused(MissingError, "bad-key"):
        media.put(key, b"x")


def test_a_librarys_error_becomes_a_media_error(tmp_path, monkeypatch):
    media = Media.open(f"memory://{tmp_path.name}")

    class OddError(Exception):
        """Of no kind that is known here, as botocore's are."""

    def fail(*_args, **_options):
        raise OddError

    for name in ("info", "cat_file"):
        monkeypatch.setattr(media._filesystem, name, fail)
    for ask in (media.exists, media.get, media.size):
        with refused(MediaError, "media"):
            ask("jobs/a")


def test_a_programming_error_is_not_hidden(tmp_path):
    with pytest.raises(TypeError):
        Media.open(f"file://{tmp_path}").put("a", None)


def test_an_unknown_url_is_refused():
    with refused(MediaError, "media-url", "MEDIA_URL"):
        Media.open("nonsense://somewhere")


def failing_write(monkeypatch, number):
    def fail(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)


@pytest.mark.parametrize(
    ("number", "error", "code"),
    [(errno.ENOSPC, FullError, "disk-full"), (errno.EROFS, MediaError, "media")],
)
def test_a_failed_write_leaves_no_partial_file(tmp_path, monkeypatch, number, error, code):
    media = FolderMedia.open(f"file://{tmp_path}")
    media.put("a/b", b"old")
    failing_write(monkeypatch, number)
    with refused(error, code):
        media.put("a/b", b"new")
    monkeypatch.undo()
    assert media.get("a/b") == b"old"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["b"]


def test_empty_folders_are_deleted_but_never_the_root(tmp_path):
    media = Media.open(f"file://{tmp_path / 'media'}")
    media.put("a/b/c", b"x")
    media.delete("a/b/c")
    assert list((tmp_path / "media").iterdir()) == []


def test_the_remains_of_a_killed_write_are_deleted_once_they_are_old(tmp_path):
    media = Media.open(f"file://{tmp_path}")
    left, fresh = tmp_path / ".x.0123.part", tmp_path / ".y.0123.part"
    for path in (left, fresh):
        path.write_bytes(b"half")
    os.utime(left, (0, 0))
    media.sweep_unfinished(3600)
    assert not left.exists()
    assert fresh.exists()


def test_a_folder_returns_real_paths(tmp_path):
    media = Media.open(f"file://{tmp_path}")
    assert isinstance(media, FolderMedia)
    media.put("a/b", b"x")
    assert media.local_path("a/b") == Path(tmp_path, "a", "b")
