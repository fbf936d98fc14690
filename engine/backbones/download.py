"""Download one file completely and unchanged, or not at all.

The part that has arrived is kept beside the target as `….part`, and an
interrupted download continues from there with an HTTP Range request. The target
appears by a rename, once its hash is right.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import shutil
import time
from collections.abc import Callable
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
_DISK_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}

_log = logging.getLogger(__name__)


class _ConnectionBrokenError(Exception):
    """The connection ended early; another attempt may succeed."""


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
        continued = part.exists()
        _download_rest(url, part, progress, pause_s)
        if md5_of(part) != md5 and continued:
            _log.info("The part from an earlier attempt does not match; starting over")
            part.unlink()
            _download_rest(url, part, progress, pause_s)
        _check_hash(part, md5, url)
        part.replace(target)
    except OSError as exc:
        raise _file_error(exc, target) from exc


def md5_of(path: Path) -> str:
    """Return a file's MD5, the hash that Keras publishes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _download_rest(url: str, part: Path, progress: Progress | None, pause_s: float) -> None:
    """Request the missing bytes until the file is complete, with retries."""
    failures = 0
    while True:
        before = _size(part)
        try:
            return _request_rest(url, part, progress)
        except (_ConnectionBrokenError, requests.RequestException) as exc:
            failures = 1 if _size(part) > before else failures + 1
            if failures >= ATTEMPTS:
                raise _download_failed(url, part, exc) from exc
            time.sleep(pause_s * failures)


def _request_rest(url: str, part: Path, progress: Progress | None) -> None:
    """Request the missing bytes once, and append them."""
    have = _size(part)
    headers = {"Accept-Encoding": "identity"}  # a compressed response could not be continued
    if have:
        headers["Range"] = f"bytes={have}-"
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUTS_S) as response:
        if response.status_code == requests.codes.requested_range_not_satisfiable:
            return  # nothing is missing, or the part is wrong: the hash will show
        if response.status_code not in (requests.codes.ok, requests.codes.partial_content):
            raise _unexpected_status(url, response)
        have = _start_offset(response, part, have)
        length = response.headers.get("Content-Length", "")
        total = have + int(length) if length.isdecimal() else None
        _check_disk_space(part, (total or 0) - have)
        _append(response, part, have, total, progress)


def _start_offset(response: requests.Response, part: Path, have: int) -> int:
    """Return the offset at which the response starts; a server may ignore the Range header."""
    if response.status_code == requests.codes.ok:
        return 0
    stated = response.headers.get("Content-Range", "")
    if not stated.startswith(f"bytes {have}-"):
        part.unlink()  # the server misread the Range: request the entire file next
        raise _ConnectionBrokenError(f"was asked for bytes from {have} on and sent {stated!r}")
    return have


def _append(
    response: requests.Response, part: Path, have: int, total: int | None, progress: Progress | None
) -> None:
    with part.open("ab") as file:
        file.truncate(have)
        for chunk in response.iter_content(_CHUNK_BYTES):
            file.write(chunk)
            have += len(chunk)
            if progress:
                progress(have, total)
            if have > MAX_BYTES:
                raise WeightsError(
                    f"The file at {response.url} is larger than any file of weights. Check the address.",
                    code="download-too-large",
                )
        file.flush()
        os.fsync(file.fileno())
    if total is not None and have < total:
        raise _ConnectionBrokenError(f"sent {have} of {total} bytes")


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
