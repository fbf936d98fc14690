"""A server for one file that can break off, refuse, or send wrong data."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

from engine.backbones.weights import PublishedWeights

BODY = np.random.default_rng(0).bytes(3_000_000)
MD5 = hashlib.md5(BODY).hexdigest()


class Shelf:
    """What a test's server offers, and how badly it behaves."""

    def __init__(self, url: str) -> None:
        self.published = PublishedWeights(name="VGG19", url=url, md5=MD5, file_name="file.h5")
        self.body = BODY
        self.ranges = True
        self.wrong_range = False
        self.breaks: list[int] = []
        self.status = 0
        self.delay_s = 0.0
        self.requests: list[str | None] = []


class QuietServer(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """A client that hangs up is part of these tests."""


@contextmanager
def serving() -> Iterator[Shelf]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            wanted = self.headers.get("Range")
            shelf.requests.append(wanted)
            if shelf.status:
                self.send_error(shelf.status)
                return
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and shelf.ranges else 0
            if start and start >= len(shelf.body):
                self.send_error(416)
                return
            self.send_response(206 if start else 200)
            if start:
                stated = 7 if shelf.wrong_range else start
                self.send_header("Content-Range", f"bytes {stated}-{len(shelf.body) - 1}/{len(shelf.body)}")
            self.send_header("Content-Length", str(len(shelf.body) - start))
            self.end_headers()
            threading.Event().wait(shelf.delay_s)
            count = shelf.breaks.pop(0) if shelf.breaks else len(shelf.body)
            self.wfile.write(shelf.body[start : start + count])

        def log_message(self, *args):
            pass

    server = QuietServer(("127.0.0.1", 0), Handler)
    shelf = Shelf(f"http://127.0.0.1:{server.server_port}/file.h5")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield shelf
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
