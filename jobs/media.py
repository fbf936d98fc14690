"""Pictures and checkpoints: a folder by default, anything fsspec knows by URL.

A write appears whole or not at all. Keys look like relative paths:

    uploads/<sha256's first two>/<sha256>-<id>.png or .jpg
    jobs/<job id>/<token>/checkpoint-<step>.npz, frame-<step>.jpg, result.png, thumbnail.webp
    jobs/<job id>/<token>/frames/<step>.jpg
    jobs/<job id>/films/<version>.<kind>
"""

from __future__ import annotations

import contextlib
import errno
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem
from fsspec.spec import AbstractFileSystem

from engine.atomic import PART_SUFFIX, atomic_write
from engine.errors import PasticheError

_FULL = (errno.ENOSPC, errno.EDQUOT)
_NO_ROOM = "The disk for pictures is full; once there is room, “try again” goes on from where it was."


class MediaError(PasticheError):
    """The place for pictures cannot be read or written."""

    code = "media"


class MissingError(MediaError):
    """What was asked for is not there."""

    code = "file-missing"


class FullError(MediaError):
    """There is no room left."""

    code = "disk-full"


class Media:
    """A place for files under keys; safe to share between threads.

    Args:
        filesystem: any of fsspec's.
        root: the folder in it, or the bucket with a prefix.
    """

    # Whoever speaks to a server has errors of its own beside the system's: botocore's, when S3 is away.
    _troubles: type[Exception] = Exception

    def __init__(self, filesystem: AbstractFileSystem, root: str) -> None:
        self._filesystem = filesystem
        self._root = root.rstrip("/")

    @classmethod
    def open(cls, url: str) -> Media:
        """Open the place that a URL names, such as `file:///var/pictures` or `s3://bucket/prefix`.

        Raises:
            MediaError: the URL is of no known kind.
        """
        try:
            # Other processes write there too, so that nothing may be remembered of what it holds.
            filesystem, root = url_to_fs(url, use_listings_cache=False)
        except (ValueError, ImportError) as exc:
            raise MediaError(
                f"MEDIA_URL is of no kind that can be used here: {exc}", code="media-url"
            ) from exc
        kind = FolderMedia if isinstance(filesystem, LocalFileSystem) else cls
        return kind(filesystem, root)

    def put(self, key: str, data: bytes) -> None:
        """Store a file, whole or not at all, in place of one that may be there.

        Raises:
            FullError: there is no room.
            MediaError: it cannot be written.
        """
        with self._sentences(key):
            self._put(self._path(key), data)

    def get(self, key: str) -> bytes:
        """Read a whole file.

        Raises:
            MissingError: it is not there.
        """
        with self._sentences(key):
            return cast(bytes, self._filesystem.cat_file(self._path(key)))

    def exists(self, key: str) -> bool:
        """Say whether a file is there.

        Raises:
            MediaError: that cannot be known just now.
        """
        with self._sentences(key):
            try:
                # Not `isfile`: it takes a place that does not answer for one that has no such file.
                return bool(self._filesystem.info(self._path(key))["type"] == "file")
            except FileNotFoundError:
                return False

    def size(self, key: str) -> int:
        """Return a file's size in bytes.

        Raises:
            MissingError: it is not there.
        """
        with self._sentences(key):
            return int(self._filesystem.info(self._path(key))["size"])

    def delete(self, key: str) -> None:
        """Remove a file; one that is not there is fine."""
        with self._sentences(key), contextlib.suppress(FileNotFoundError):
            self._filesystem.rm_file(self._path(key))

    def delete_prefix(self, prefix: str) -> None:
        """Remove everything below a prefix that ends in a slash."""
        with self._sentences(prefix), contextlib.suppress(FileNotFoundError):
            self._filesystem.rm(self._path(prefix.rstrip("/")), recursive=True)

    def keys(self, prefix: str) -> list[str]:
        """List the keys of all files below a prefix that ends in a slash."""
        with self._sentences(prefix):
            found = self._filesystem.find(self._path(prefix.rstrip("/")))
        keys = (self._key(path) for path in found)
        return sorted(key for key in keys if not key.endswith(PART_SUFFIX))

    def folders(self, prefix: str) -> list[str]:
        """List the names of the folders right below a prefix that ends in a slash."""
        with self._sentences(prefix):
            try:
                entries = self._filesystem.ls(self._path(prefix.rstrip("/")), detail=True, refresh=True)
            except FileNotFoundError:
                return []
        return sorted(
            self._key(entry["name"]).split("/")[-1] for entry in entries if entry["type"] == "directory"
        )

    def ping(self) -> None:
        """Write and remove a small file.

        Raises:
            MediaError: that is not possible.
        """
        key = f"probes/{secrets.token_hex(8)}"
        self.put(key, b"ok")
        self.delete(key)

    def sweep_unfinished(self, age_s: float) -> None:
        """Remove what is left of writes that were killed longer ago than `age_s`; here there is none."""

    @contextlib.contextmanager
    def _sentences(self, key: str) -> Iterator[None]:
        """Turn what the file system raises into sentences."""
        try:
            yield
        except MediaError:
            raise
        except FileNotFoundError as exc:
            raise MissingError(f"A file is not there any more ({key.rsplit('/', maxsplit=1)[-1]}).") from exc
        except self._troubles as exc:
            if isinstance(exc, OSError) and exc.errno in _FULL:
                raise FullError(_NO_ROOM) from exc
            raise MediaError("The place for pictures cannot be read or written; its log says why.") from exc

    def _put(self, path: str, data: bytes) -> None:
        self._filesystem.pipe_file(path, data)

    def _path(self, key: str) -> str:
        if not key or key.startswith("/") or any(part in ("", ".", "..") for part in key.split("/")):
            raise MissingError("There is no such file.", code="bad-key")
        return f"{self._root}/{key}"

    def _key(self, path: str) -> str:
        whole = cast(str, self._filesystem._strip_protocol(path))
        return whole.removeprefix(self._root).lstrip("/")


class FolderMedia(Media):
    """A folder of this machine: written beside, synced, renamed."""

    _troubles = OSError

    def local_path(self, key: str) -> Path:
        """Return where a file lies, for whoever can hand it on without reading it."""
        return Path(self._path(key))

    def disk_free(self) -> int:
        """Return how many bytes its disk has room for."""
        folder = Path(self._root)
        while not folder.exists():
            folder = folder.parent
        return shutil.disk_usage(folder).free

    def delete(self, key: str) -> None:
        """Remove a file, and the folders that it leaves empty."""
        super().delete(key)
        folder = self.local_path(key).parent
        with contextlib.suppress(OSError):
            while folder != Path(self._root):
                folder.rmdir()
                folder = folder.parent

    def delete_prefix(self, prefix: str) -> None:
        """Remove everything below a prefix that ends in a slash."""
        path = self.local_path(prefix.rstrip("/"))
        # Another process may be writing there: what it adds in between needs a second look.
        for _ in range(3):
            shutil.rmtree(path, ignore_errors=True)
            if not path.exists():
                return
        raise MediaError("A folder of pictures cannot be removed.")

    def sweep_unfinished(self, age_s: float) -> None:
        """Remove what is left of writes that were killed longer ago than `age_s`."""
        for path in Path(self._root).rglob(f"*{PART_SUFFIX}"):
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > age_s:
                    path.unlink()

    def _put(self, path: str, data: bytes) -> None:
        target = Path(path)
        for _ in range(3):
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with atomic_write(target, durable=True) as file:
                    file.write(data)
            except FileNotFoundError:  # the empty folder was just tidied away
                continue
            return
        raise FileNotFoundError(target)
