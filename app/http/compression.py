"""Compresses texts for clients that accept gzip."""

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
_MIN_BYTES = 1000
"""Shorter texts fit into one packet anyway."""
_GZIP_WITH_NAME = b"\x1f\x8b\x08\x08\0\0\0\0\x02\xff"


def configure_compression(app: Flask) -> None:
    """Compress every response that is worth it."""
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
    if len(data) < _MIN_BYTES:
        return response
    response.set_data(_file(data) if own_file else gzipped(data, 6))
    response.headers["Content-Encoding"] = "gzip"
    etag, _ = response.get_etag()
    if etag:
        response.set_etag(etag, weak=True)  # the same text, but different bytes
    return response


def _text(response: Response) -> bytes:
    body = response.response
    response.direct_passthrough = False
    response.set_data(response.get_data())
    if callable(close := getattr(body, "close", None)):
        close()  # the file it was read from
    return response.get_data()


@functools.lru_cache(maxsize=64)
def _file(data: bytes) -> bytes:
    return gzipped(data, 9)


def gzipped(data: bytes, level: int) -> bytes:
    """Compress with gzip, under a file name of random length.

    A page may show a search text next to a secret. Without the random name, the
    length of the response would reveal how similar the two are (BREACH).
    """
    name = secrets.token_hex(secrets.randbelow(16)).encode()
    compressor = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = compressor.compress(data) + compressor.flush()
    trailer = zlib.crc32(data).to_bytes(4, "little") + (len(data) & 0xFFFFFFFF).to_bytes(4, "little")
    return _GZIP_WITH_NAME + name + b"\0" + body + trailer
