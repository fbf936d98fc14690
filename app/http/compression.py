"""Texts are sent compressed to whoever takes them so."""

from __future__ import annotations

import functools
import secrets
import zlib

from flask import Flask, request
from werkzeug.wrappers import Response

_TEXTS = (
    "text/html",
    "text/css",
    "text/javascript",
    "application/javascript",
    "application/json",
    "image/svg+xml",
)
_LEAST = 1000
"""Shorter ones fit into one packet as they are."""
_GZIP_WITH_NAME = b"\x1f\x8b\x08\x08\0\0\0\0\x02\xff"


def configure_compression(app: Flask) -> None:
    """Compress what is worth it."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if (
        response.status_code != 200
        or response.mimetype not in _TEXTS
        or "Content-Encoding" in response.headers
    ):
        return response
    response.vary.add("Accept-Encoding")
    if request.method == "HEAD" or not request.accept_encodings["gzip"]:
        return response
    own_file = request.endpoint == "static"
    if response.is_streamed and not own_file:
        return response
    data = _text(response)
    if len(data) < _LEAST:
        return response
    response.set_data(_file(data) if own_file else gzipped(data, 6))
    response.headers["Content-Encoding"] = "gzip"
    etag, _ = response.get_etag()
    if etag:
        response.set_etag(etag, weak=True)  # the same text, but not the same bytes
    return response


def _text(response: Response) -> bytes:
    body = response.response
    response.direct_passthrough = False
    response.set_data(response.get_data())
    if callable(close := getattr(body, "close", None)):
        close()  # the file that it came from
    return response.get_data()


@functools.lru_cache(maxsize=64)
def _file(data: bytes) -> bytes:
    return gzipped(data, 9)


def gzipped(data: bytes, level: int) -> bytes:
    """Compress with gzip, under a name of random length.

    A page may repeat what was searched for beside what nobody else shall know;
    so its length must not tell how well the two went together (BREACH).
    """
    name = secrets.token_hex(secrets.randbelow(16)).encode()
    packer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = packer.compress(data) + packer.flush()
    ends = zlib.crc32(data).to_bytes(4, "little") + (len(data) & 0xFFFFFFFF).to_bytes(4, "little")
    return _GZIP_WITH_NAME + name + b"\0" + body + ends
