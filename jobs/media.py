"""Pictures and checkpoints: a folder by default, anything fsspec knows by URL.

A write is complete or does not happen. Keys look like relative paths:

    uploads/<sha256's first two>/<sha256>-<id>.png or .jpg
    jobs/<job id>/<token>/checkpoint-<step>.npz, frame-<step>.jpg, result.png, thumbnail.webp
    jobs/<job id>/<token>/frames/<step>.jpg
    jobs/<job id>/films/<version>.<format>
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
_DISK_FULL = "The disk for pictures is full; once there is room, “try again” goes on from where it was."


class MediaError(PasticheError):
    """The storage for pictures cannot be read or written."""

    code = "media"


class MissingError(MediaError):
    """The file does not exist."""

    code = "file-missing"


class FullError(MediaError):
    """There is no space left."""

    code = "disk-full"


class Media:
    """Storage for files under keys; safe to share between threads.

    Args:
        filesystem: any of fsspec's.
        root: the folder in it, or the bucket with a prefix.
    """

    # A file system on a server raises errors of its own, such as botocore's when S3 is away.
    _errors: type[Exception] = Exception

    def __init__(self, filesystem: AbstractFileSystem, root: str) -> None:
        self._filesystem = filesystem
        self._root = root.rstrip("/")

    @classmethod
    def open(cls, url: str) -> Media:
        """Open the storage at a URL, such as `file:///var/pictures` or `s3://bucket/prefix`.

        Raises:
            MediaError: no file system for the URL is known.
        """
        try:
            # Other processes write there too, so listings must not be cached.
            filesystem, root = url_to_fs(url, use_listings_cache=False)
        except (ValueError, ImportError) as exc:
            raise MediaError(f"MEDIA_URL cannot be used here: {exc}", code="media-url") from exc
        media_class = FolderMedia if isinstance(filesystem, LocalFileSystem) else cls
        return media_class(filesystem, root)

    def put(self, key: str, data: bytes) -> None:
        """Write a file, completely or not at all, in place of an earlier one.

        Raises:
            FullError: there is no space left.
            MediaError: it cannot be written.
        """
        with self._media_errors(key):
            self._put(self._path(key), data)

    def get(self, key: str) -> bytes:
        """Read a file.

        Raises:
            MissingError: it does not exist.
        """
        with self._media_errors(key):
            return cast(bytes, self._filesystem.cat_file(self._path(key)))

    def exists(self, key: str) -> bool:
        """Return whether a file exists.

        Raises:
            MediaError: that cannot be known at the moment.
        """
        with self._media_errors(key):
            try:
                # Not `isfile`, which returns False when a server does not answer.
                return bool(self._filesystem.info(self._path(key))["type"] == "file")
            except FileNotFoundError:
                return False

    def size(self, key: str) -> int:
        """Return a file's size in bytes.

        Raises:
            MissingError: it does not exist.
        """
        with self._media_errors(key):
            return int(self._filesystem.info(self._path(key))["size"])

    def delete(self, key: str) -> None:
        """Delete a file, if it exists."""
        with self._media_errors(key), contextlib.suppress(FileNotFoundError):
            self._filesystem.rm_file(self._path(key))

    def delete_prefix(self, prefix: str) -> None:
        """Delete everything below a prefix that ends in a slash."""
        with self._media_errors(prefix), contextlib.suppress(FileNotFoundError):
            self._filesystem.rm(self._path(prefix.rstrip("/")), recursive=True)

    def keys(self, prefix: str) -> list[str]:
        """List the keys of all files below a prefix that ends in a slash."""
        with self._media_errors(prefix):
            paths = self._filesystem.find(self._path(prefix.rstrip("/")))
        keys = (self._key(path) for path in paths)
        return sorted(key for key in keys if not key.endswith(PART_SUFFIX))

    def folders(self, prefix: str) -> list[str]:
        """List the names of the folders directly below a prefix that ends in a slash."""
        with self._media_errors(prefix):
            try:
                entries = self._filesystem.ls(self._path(prefix.rstrip("/")), detail=True, refresh=True)
            except FileNotFoundError:
                return []
        return sorted(
            self._key(entry["name"]).split("/")[-1] for entry in entries if entry["type"] == "directory"
        )

    def ping(self) -> None:
        """Write and delete a small file.

        Raises:
            MediaError: this is not possible.
        """
        key = f"probes/{secrets.token_hex(8)}"
        self.put(key, b"ok")
        self.delete(key)

    def sweep_unfinished(self, age_s: float) -> None:
        """Delete the remains of writes that were killed longer ago than `age_s`; only a folder has any."""

    @contextlib.contextmanager
    def _media_errors(self, key: str) -> Iterator[None]:
        """Turn the file system's errors into a MediaError."""
        try:
            yield
        except MediaError:
            raise
        except FileNotFoundError as exc:
            raise MissingError(f"A file is not there any more ({key.rsplit('/', maxsplit=1)[-1]}).") from exc
        except self._errors as exc:
            if isinstance(exc, OSError) and exc.errno in _FULL:
                raise FullError(_DISK_FULL) from exc
            raise MediaError("The storage for pictures cannot be used; the studio's log says why.") from exc

    def _put(self, path: str, data: bytes) -> None:
        self._filesystem.pipe_file(path, data)

    def _path(self, key: str) -> str:
        if not key or key.startswith("/") or any(part in ("", ".", "..") for part in key.split("/")):
            raise MissingError("There is no such file.", code="bad-key")
        return f"{self._root}/{key}"

    def _key(self, path: str) -> str:
        stripped = cast(str, self._filesystem._strip_protocol(path))
        return stripped.removeprefix(self._root).lstrip("/")


class FolderMedia(Media):
    """A folder on this machine; files are written beside their place, synced and renamed."""

    _errors = OSError

    def local_path(self, key: str) -> Path:
        """Return the path of a file, for callers that can send it without reading it."""
        return Path(self._path(key))

    def disk_free(self) -> int:
        """Return how many bytes are free on its disk."""
        folder = Path(self._root)
        while not folder.exists():
            folder = folder.parent
        return shutil.disk_usage(folder).free

    def delete(self, key: str) -> None:
        """Delete a file, and the folders that it leaves empty."""
        super().delete(key)
        folder = self.local_path(key).parent
        with contextlib.suppress(OSError):
            while folder != Path(self._root):
                folder.rmdir()
                folder = folder.parent

    def delete_prefix(self, prefix: str) -> None:
        """Delete everything below a prefix that ends in a slash."""
        path = self.local_path(prefix.rstrip("/"))
        # Another process may be writing there, and what it adds meanwhile needs another try.
        for _ in range(3):
            shutil.rmtree(path, ignore_errors=True)
            if not path.exists():
                return
        raise MediaError("A folder of pictures cannot be deleted.")

    def sweep_unfinished(self, age_s: float) -> None:
        """Delete the remains of writes that were killed longer ago than `age_s`."""
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
            except FileNotFoundError:  # another process has just removed the empty folder
                continue
            return
        raise FileNotFoundError(target)
