"""One file from the network, whole and unchanged or not at all.

What has arrived lies beside the target as `….part`; a download that broke
off goes on from there, by HTTP's Range. The target appears by a rename, once
its hash is right.
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
"""Called with the bytes so far and, where the server says it, of all."""

ATTEMPTS = 4
"""How often in a row a connection may break without a byte gained."""
TIMEOUTS_S = (10, 30)
"""For connecting, and between two pieces."""
MAX_BYTES = 2**30
"""No file of weights is larger; stops a server that never ends."""

_PIECE = 2**16
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}

_log = logging.getLogger(__name__)


class _BrokeOffError(Exception):
    """The connection ended early: worth another attempt."""


def download(
    url: str, target: Path, *, md5: str, progress: Progress | None = None, pause_s: float = 1.0
) -> None:
    """Bring a file here.

    Args:
        url: where it is.
        target: where it shall lie; its folder is made.
        md5: the hash that it must have.
        progress: called as pieces arrive.
        pause_s: how long to wait after a connection broke; grows from one to the next.

    Raises:
        WeightsError: says why not, and what to do.
    """
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        resumed = part.exists()
        _gather(url, part, progress, pause_s)
        if md5_of(part) != md5 and resumed:
            _log.info("What an earlier attempt left does not fit; starting over")
            part.unlink()
            _gather(url, part, progress, pause_s)
        _check(part, md5, url)
        part.replace(target)
    except OSError as exc:
        raise _refusal(exc, target) from exc


def md5_of(path: Path) -> str:
    """Return a file's MD5, the hash that Keras publishes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _gather(url: str, part: Path, progress: Progress | None, pause_s: float) -> None:
    """Ask again for what is missing until all is there."""
    failures = 0
    while True:
        before = _size(part)
        try:
            return _ask(url, part, progress)
        except (_BrokeOffError, requests.RequestException) as exc:
            failures = 1 if _size(part) > before else failures + 1
            if failures >= ATTEMPTS:
                raise _gave_up(url, part, exc) from exc
            time.sleep(pause_s * failures)


def _ask(url: str, part: Path, progress: Progress | None) -> None:
    """Request what is missing of a file once, and append it."""
    have = _size(part)
    headers = {"Accept-Encoding": "identity"}  # a compressed answer could not be resumed
    if have:
        headers["Range"] = f"bytes={have}-"
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUTS_S) as response:
        if response.status_code == requests.codes.requested_range_not_satisfiable:
            return  # nothing is missing, or what is here is wrong: the hash tells
        if response.status_code not in (requests.codes.ok, requests.codes.partial_content):
            raise _unexpected(url, response)
        have = _agreed_start(response, part, have)
        length = response.headers.get("Content-Length", "")
        total = have + int(length) if length.isdecimal() else None
        _check_room(part, (total or 0) - have)
        _append(response, part, have, total, progress)


def _agreed_start(response: requests.Response, part: Path, have: int) -> int:
    """Return from which byte on the server sends: a server may ignore the Range."""
    if response.status_code == requests.codes.ok:
        return 0
    stated = response.headers.get("Content-Range", "")
    if not stated.startswith(f"bytes {have}-"):
        part.unlink()  # its own idea of a Range: ask for the whole file next
        raise _BrokeOffError(f"was asked for bytes from {have} on and sent {stated!r}")
    return have


def _append(
    response: requests.Response, part: Path, have: int, total: int | None, progress: Progress | None
) -> None:
    with part.open("ab") as file:
        file.truncate(have)
        for piece in response.iter_content(_PIECE):
            file.write(piece)
            have += len(piece)
            if progress:
                progress(have, total)
            if have > MAX_BYTES:
                raise WeightsError(
                    f"What {response.url} sends is larger than any file of weights; check the address.",
                    code="download-too-large",
                )
        file.flush()
        os.fsync(file.fileno())
    if total is not None and have < total:
        raise _BrokeOffError(f"sent {have} of {total} bytes")


def _check(part: Path, md5: str, url: str) -> None:
    found = md5_of(part)
    if found != md5:
        part.unlink()
        raise WeightsError(
            f"What {url} sent is not the published file (its MD5 is {found}, not {md5}), so it was "
            "thrown away; try again, perhaps over another network.",
            code="download-other-file",
        )


def _check_room(part: Path, missing: int) -> None:
    if missing > shutil.disk_usage(part.parent).free:
        raise OSError(errno.ENOSPC, "No space left on device")


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _refusal(exc: OSError, target: Path) -> WeightsError:
    if exc.errno in _FULL:
        return WeightsError(
            f"There is no room left on the disk of {target.parent}; free about 200 MB and run it again.",
            code="disk-full",
        )
    return WeightsError(
        f"{target.parent} cannot be written to ({(exc.strerror or str(exc)).lower()}); "
        "allow that, or choose another folder with --cache.",
        code="unwritable",
    )


def _unexpected(url: str, response: requests.Response) -> WeightsError:
    return WeightsError(
        f"{url} answered {response.status_code} {response.reason}; try again later, "
        "or bring the file by other means and name it in VGG19_WEIGHTS or --weights.",
        code="download-refused",
    )


def _gave_up(url: str, part: Path, exc: Exception) -> WeightsError:
    have = _size(part)
    if have:
        return WeightsError(
            f"The download from {url} broke off after {have / 1e6:.1f} MB; "
            "run it again and it goes on from there.",
            code="download-broke-off",
        )
    reason = "took too long" if isinstance(exc, requests.Timeout) else "could not be reached"
    return WeightsError(
        f"{url} {reason}; check the network (and HTTPS_PROXY where there is a proxy), "
        "or bring the file by other means and name it in VGG19_WEIGHTS or --weights.",
        code="download-unreachable",
    )
