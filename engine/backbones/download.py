"""Download one file completely and unchanged, or not at all.

The part that has arrived is kept beside the target as `….part`, and an
interrupted download continues from there with an HTTP Range request. An answer
that does not begin as that part does is written to another file, since only the
hash of a complete one tells which of the two is wrong: it may be the page of a
hotel's network. The target appears by a rename, once its hash is right. One
process at a time downloads into a folder; others wait.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from engine.errors import WeightsError

Progress = Callable[[int, int | None], None]
"""Called with the bytes received so far and the total, or None if the server does not state it."""

ATTEMPTS = 4
"""How many times in a row a connection may break without a new byte."""
TIMEOUTS_S = (10, 30)
"""The timeouts for connecting, and between two chunks."""
MAX_BYTES = 2**30
"""More than any file of weights; ends an endless response."""

_CHUNK_BYTES = 2**16
_LOOK_AGAIN_S = 0.5
_DISK_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}

_log = logging.getLogger(__name__)


class _ConnectionBrokenError(Exception):
    """The connection ended early; another attempt may succeed."""


class _RangeMisreadError(Exception):
    """The server sent another part of the file than was asked for."""


class _OtherFileError(Exception):
    """The answer begins in another way than what is there."""


def download(
    url: str, target: Path, *, md5: str, progress: Progress | None = None, pause_s: float = 1.0
) -> None:
    """Download a file.

    Args:
        url: the file's address.
        target: the path to save it to; its folder is created.
        md5: the hash that the file must have.
        progress: called as chunks arrive.
        pause_s: how long to wait after a broken connection; grows with each failure.

    Raises:
        WeightsError: the download failed; the message says why, and what to do.
    """
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _only_one(target.parent, lambda: progress(_size(part), None) if progress else None):
            if target.is_file() and md5_of(target) == md5:
                return  # another process has fetched it meanwhile
            if not (part.exists() and _continues(url, part, md5, progress, pause_s)):
                # The part stays until a complete file has the right hash.
                whole = target.with_name(target.name + ".new.part") if part.exists() else part
                whole.unlink(missing_ok=True)
                _download_whole(url, whole, md5, progress, pause_s)
                whole.replace(part)
            part.replace(target)
    except OSError as exc:
        raise _file_error(exc, target) from exc


def md5_of(path: Path) -> str:
    """Return a file's MD5, the hash that Keras publishes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


@contextmanager
def _only_one(folder: Path, wait: Callable[[], object]) -> Iterator[None]:
    """Wait until no other process downloads into a folder, and keep others waiting inside the block."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        while not _locked(descriptor):
            wait()
            time.sleep(_LOOK_AGAIN_S)
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as exc:
        _log.info("this file system has no locks: %s", exc)
    return True


def _continues(url: str, part: Path, md5: str, progress: Progress | None, pause_s: float) -> bool:
    """Download what a part from an earlier attempt lacks; return whether that makes the file."""
    try:
        _download_rest(url, part, progress, pause_s)
    except _OtherFileError:
        _log.info("The answer does not begin as the part from an earlier attempt does")
        return False
    return md5_of(part) == md5


def _download_whole(url: str, whole: Path, md5: str, progress: Progress | None, pause_s: float) -> None:
    """Download a file from its beginning, and delete it if it is another."""
    try:
        _download_rest(url, whole, progress, pause_s)
    except _OtherFileError as exc:
        raise WeightsError(
            f"{url} broke off and then sent something else. Run it again to continue, perhaps over "
            "another network.",
            code="download-other-file",
        ) from exc
    _check_hash(whole, md5, url)


def _download_rest(url: str, part: Path, progress: Progress | None, pause_s: float) -> None:
    """Request the missing bytes until the file is complete, with retries."""
    failures, in_parts = 0, True
    while True:
        before = _size(part)
        try:
            return _request_rest(url, part, progress, in_parts=in_parts)
        except _RangeMisreadError:
            in_parts = False
        except (_ConnectionBrokenError, requests.RequestException) as exc:
            failures = 1 if _size(part) > before else failures + 1
            if failures >= ATTEMPTS:
                raise _download_failed(url, part, exc) from exc
            time.sleep(pause_s * failures)


def _request_rest(url: str, part: Path, progress: Progress | None, *, in_parts: bool) -> None:
    """Request the missing bytes once, or all of them, and append those that are missing."""
    have = _size(part)
    headers = {"Accept-Encoding": "identity"}  # a compressed response could not be continued
    if have and in_parts:
        headers["Range"] = f"bytes={have}-"
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUTS_S) as response:
        if response.status_code == requests.codes.requested_range_not_satisfiable:
            return  # nothing is missing, or the part is wrong: the hash will show
        if response.status_code not in (requests.codes.ok, requests.codes.partial_content):
            raise _unexpected_status(url, response)
        start = _start_offset(response, have)
        length = response.headers.get("Content-Length", "")
        total = start + int(length) if length.isdecimal() else None
        _check_disk_space(part, (total or 0) - have)
        _append(response, part, start, total, progress)


def _start_offset(response: requests.Response, have: int) -> int:
    """Return the offset at which the response starts; a server may ignore the Range header."""
    if response.status_code == requests.codes.ok:
        return 0
    if not response.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
        raise _RangeMisreadError
    return have


def _append(
    response: requests.Response, part: Path, offset: int, total: int | None, progress: Progress | None
) -> None:
    """Append what a response has beyond the part, after comparing what both have."""
    with part.open("a+b") as file:
        have = file.seek(0, os.SEEK_END)
        for chunk in response.iter_content(_CHUNK_BYTES):
            common = max(0, min(len(chunk), have - offset))
            if common:
                file.seek(offset)
                if file.read(common) != chunk[:common]:
                    raise _OtherFileError
            file.write(chunk[common:])
            offset += len(chunk)
            if progress:
                progress(max(offset, have), total)
            if offset > MAX_BYTES:
                raise WeightsError(
                    f"The file at {response.url} is larger than any file of weights. Check the address.",
                    code="download-too-large",
                )
        file.flush()
        os.fsync(file.fileno())
    if total is not None and offset < total:
        raise _ConnectionBrokenError(f"sent {offset} of {total} bytes")


def _check_hash(part: Path, md5: str, url: str) -> None:
    found = md5_of(part)
    if found != md5:
        part.unlink()
        raise WeightsError(
            f"{url} did not send the published file (its MD5 is {found}, not {md5}), so the download "
            "was deleted. Try again, perhaps over another network.",
            code="download-other-file",
        )


def _check_disk_space(part: Path, missing: int) -> None:
    if missing > shutil.disk_usage(part.parent).free:
        raise OSError(errno.ENOSPC, "No space left on device")


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _file_error(exc: OSError, target: Path) -> WeightsError:
    if exc.errno in _DISK_FULL:
        return WeightsError(
            f"The disk of {target.parent} is full. Free about 200 MB and run it again.",
            code="disk-full",
        )
    return WeightsError(
        f"Pastiche cannot write to {target.parent} ({(exc.strerror or str(exc)).lower()}). "
        "Allow that, or choose another folder with --cache.",
        code="unwritable",
    )


def _unexpected_status(url: str, response: requests.Response) -> WeightsError:
    return WeightsError(
        f"{url} answered {response.status_code} {response.reason}. Try again later, "
        "or get the file in another way and name it in VGG19_WEIGHTS or --weights.",
        code="download-refused",
    )


def _download_failed(url: str, part: Path, exc: Exception) -> WeightsError:
    have = _size(part)
    if have:
        return WeightsError(
            f"The download from {url} broke off after {have / 1e6:.1f} MB. "
            "Run it again to continue from there.",
            code="download-broke-off",
        )
    reason = "took too long" if isinstance(exc, requests.Timeout) else "could not be reached"
    return WeightsError(
        f"{url} {reason}. Check the network (and HTTPS_PROXY if there is a proxy), "
        "or get the file in another way and name it in VGG19_WEIGHTS or --weights.",
        code="download-unreachable",
    )
