"""A reader sees the old file or the new one, and nothing in between."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from engine.atomic import MAX_NAME_BYTES, PART_SUFFIX, atomic_write, shortened, try_write

ROOT = Path(__file__).parents[3]


def test_the_old_file_is_there_until_the_new_one_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with atomic_write(path) as file:
        file.write(b"ne")
        file.flush()
        assert path.read_bytes() == b"old"
        file.write(b"w")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("before", [b"old", None])
def test_a_failed_write_changes_nothing(tmp_path: Path, before: bytes | None) -> None:
    path = tmp_path / "file"
    if before is not None:
        path.write_bytes(before)

    def fail() -> None:
        with atomic_write(path) as file:
            file.write(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [one.read_bytes() for one in tmp_path.iterdir()] == ([] if before is None else [before])


def test_a_killed_process_leaves_the_old_file_and_a_part(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    code = """if True:
        import os, pathlib, sys
        from engine.atomic import atomic_write
        with atomic_write(pathlib.Path(sys.argv[1])) as file:
            file.write(b"half")
            os._exit(9)
    """
    done = subprocess.run([sys.executable, "-c", code, path], cwd=ROOT, check=False)
    assert done.returncode == 9
    assert path.read_bytes() == b"old"
    (left,) = (one for one in tmp_path.iterdir() if one != path)
    assert left.name.endswith(PART_SUFFIX)


def test_the_last_of_two_writers_wins_and_neither_disturbs_the_other(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with atomic_write(path) as first:
        first.write(b"first, and ")
        with atomic_write(path) as second:
            second.write(b"second")
        assert path.read_bytes() == b"second"
        first.write(b"whole")
    assert path.read_bytes() == b"first, and whole"
    assert list(tmp_path.iterdir()) == [path]


def test_a_secret_is_private_from_the_start(tmp_path: Path) -> None:
    with atomic_write(tmp_path / "key", mode=0o600) as file:
        assert os.fstat(file.fileno()).st_mode & 0o777 == 0o600
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_a_durable_file_is_on_the_disk_before_it_is_renamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, synced = tmp_path / "file", []
    real = os.fsync

    def record(descriptor: int) -> None:
        synced_type = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        synced.append((synced_type, path.exists()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", record)
    with atomic_write(path, durable=True) as file:
        file.write(b"x")
    assert synced == [("file", False), ("folder", True)]


@pytest.mark.parametrize("letter", ["x", "é", "鯨"])
def test_the_longest_name_can_be_written(letter: str, tmp_path: Path) -> None:
    name = shortened(letter * 300)
    assert MAX_NAME_BYTES - 3 < len(os.fsencode(name)) <= MAX_NAME_BYTES
    with atomic_write(tmp_path / name) as file:
        file.write(b"x")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_trying_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    try_write(tmp_path / "file", 10_000)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("file", b"old")]
    with pytest.raises(FileNotFoundError):
        try_write(tmp_path / "nowhere" / "file")
