"""The services of docker-compose.yml as processes, with real nginx, PostgreSQL and Redis, paint a photo."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from benchmarks.load import slow_uploads
from tests.support.postgres import PostgresServer, find_programs, fresh_database
from tests.support.services import NGINX, Services, places
from tests.support.stack import Client, free_port, is_open, photo, until

pytestmark = [
    pytest.mark.skipif(not Path(NGINX).exists(), reason="nginx is not installed"),
    pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed"),
    pytest.mark.skipif(find_programs() is None, reason="PostgreSQL is not installed"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("services")
    for parent in list(folder.parents)[:-2]:
        parent.chmod(0o755)  # PostgreSQL is not root, and pytest's folders are its owner's alone
    folder.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def database(folder):
    (folder / "postgres").mkdir()
    server = PostgresServer(folder / "postgres").start()
    yield fresh_database(server.url)
    server.stop()


@pytest.fixture(scope="module")
def services(folder, database, tiny_weights):
    redis_port, web_port = free_port(), free_port()
    here = places(folder, redis_port=redis_port, database=database, web_port=web_port)
    services = Services(folder, here, {"VGG19_WEIGHTS": str(tiny_weights)})
    try:
        (folder / "redis").mkdir()
        redis = ["redis-server", "--port", str(redis_port), "--dir", str(folder / "redis")]
        # What the file asks for beside the program itself, which another one stands for here.
        services.launch("redis", [*redis, *services.command("redis")[1:]], services.environ("web"))
        services.run("migrate")
        for name in ("web", "worker", "drafter", "janitor"):
            services.start(name)
        for name in ("web", "worker", "drafter"):
            services.wait_healthy(name)
        yield services
    finally:
        services.end()


@pytest.fixture(scope="module")
def proxy(services) -> str:
    port = free_port()
    services.start_nginx(port, free_port())
    until(lambda: is_open(port), 30, "nginx to listen")
    return f"http://127.0.0.1:{port}"


@pytest.fixture
def start_front(tmp_path, database) -> Iterator[Callable[..., str]]:
    """Start a web and nginx with what .env says, healthy both as Compose sees it; return nginx's address."""
    if shutil.which("wget") is None:
        pytest.skip("wget, nginx's health check, is not installed")
    started: list[Services] = []

    def start(tls_port: int = 0, **dotenv: str) -> str:
        web_port, port = free_port(), free_port()
        # Without Redis the web is ready too, and counts how often it is asked by itself.
        here = places(tmp_path, redis_port=free_port(), database=database, web_port=web_port, nginx_port=port)
        front = Services(tmp_path, here, {}, dotenv)
        started.append(front)
        front.run("migrate")
        front.start("web")
        front.wait_healthy("web")
        front.start_nginx(port, tls_port or free_port())
        front.wait_healthy("nginx", 15)
        return f"http://127.0.0.1:{port}"

    yield start
    for front in started:
        front.end()


def test_a_photo_that_is_uploaded_through_nginx_is_painted(services, proxy):
    client = Client(proxy)
    painting = client.order(photo(), photo("coffee"), size=64, max_steps=3)
    client.wait_for(painting, "finished")
    assert client.download(painting)[:4] == b"\x89PNG"
    answer = client.get("/gallery", headers={"X-Forwarded-For": "203.0.113.9"})
    assert "nonce-" in answer.headers["Content-Security-Policy"]
    assert client.get("/metrics").status_code == 404
    client.close()


def test_forty_slow_uploads_keep_no_page_from_answering(services, proxy):
    slow_uploads(proxy, count=1, duration_s=0.5)
    assert slow_uploads(proxy, duration_s=6) < 3, "a page waited for them"


def test_a_worker_that_is_stopped_leaves_within_its_grace(services):
    assert services.stop("drafter") < 20
    services.start("drafter")
    services.wait_healthy("drafter")


def test_a_studio_that_answers_to_its_own_name_alone_starts(start_front):
    url = start_front(TRUSTED_HOSTS="studio.example")
    for name, status in (("studio.example", 200), ("evil.example", 400)):
        assert requests.get(f"{url}/gallery", headers={"Host": name}, timeout=30).status_code == status


CLAIMED = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "art.example"}


def test_without_another_proxy_it_does_not_count_what_a_visitor_claims(start_front):
    url = start_front()
    answer = requests.get(f"{url}/gallery/link", headers=CLAIMED, timeout=30)
    assert f"{url}/enter/" in answer.text
    assert "Strict-Transport-Security" not in answer.headers
    assert [_asked_for_a_key(url, f"203.0.113.{n}") for n in range(61)] == [201] * 60 + [429]
    with _uploads(url, [f"203.0.113.{n}" for n in range(100)]):
        until(lambda: _looked_from(url, "198.51.100.7") == 429, 10, "the visitor to be told to wait")


def test_behind_a_proxy_of_ones_own_visitors_are_who_it_says_they_are(start_front):
    url = start_front(TRUSTED_PROXIES="2")
    answer = requests.get(f"{url}/gallery/link", headers=CLAIMED, timeout=30)
    assert "https://art.example/enter/" in answer.text
    assert "Strict-Transport-Security" in answer.headers
    # It may tell nothing but addresses, and leave the name as it is.
    assert f"{url}/enter/" in requests.get(f"{url}/gallery/link", timeout=30).text
    assert [_asked_for_a_key(url, "203.0.113.1") for _ in range(61)] == [201] * 60 + [429]
    assert _asked_for_a_key(url, "203.0.113.2") == 201
    # What a visitor has made up stands before what the proxy has seen.
    assert _asked_for_a_key(url, "203.0.113.2, 203.0.113.1") == 429
    with _uploads(url, ["203.0.113.1"] * 100):
        until(lambda: _looked_from(url, "203.0.113.1") == 429, 10, "the visitor to be told to wait")
        assert _looked_from(url, "203.0.113.2") == 200


def test_without_tls_one_is_sent_to_where_it_is(start_front, tmp_path):
    certificate, tls_port = _certificate(tmp_path), free_port()
    url = start_front(tls_port, TLS="tls", TLS_FOLDER=str(tmp_path), TLS_PORT=str(tls_port))
    answer = requests.get(f"{url}/gallery?status=finished", timeout=30, allow_redirects=False)
    there = f"https://127.0.0.1:{tls_port}"
    assert (answer.status_code, answer.headers["Location"]) == (301, f"{there}/gallery?status=finished")
    secure = requests.get(f"{there}/gallery/link", timeout=30, verify=certificate)
    assert f"{there}/enter/" in secure.text
    assert "Strict-Transport-Security" in secure.headers


def test_an_address_with_tls_at_its_usual_port_has_none(start_front, tmp_path):
    _certificate(tmp_path)
    url = start_front(TLS="tls", TLS_FOLDER=str(tmp_path), TLS_PORT="443")
    answer = requests.get(f"{url}/gallery", timeout=30, allow_redirects=False)
    assert answer.headers["Location"] == "https://127.0.0.1/gallery"


def _asked_for_a_key(url: str, address: str) -> int:
    headers = {"X-Forwarded-For": address}
    return requests.post(f"{url}/api/v1/keys", headers=headers, timeout=30).status_code


def _looked_from(url: str, address: str) -> int:
    return requests.get(f"{url}/gallery", headers={"X-Forwarded-For": address}, timeout=30).status_code


@contextlib.contextmanager
def _uploads(url: str, addresses: list[str]) -> Iterator[None]:
    """Begin uploads, and send no more of them for the length of a block."""
    where = urlsplit(url)
    with contextlib.ExitStack() as stack:
        for address in addresses:
            one = stack.enter_context(socket.create_connection((where.hostname, where.port)))
            head = f"POST /uploads HTTP/1.1\r\nHost: {where.netloc}\r\nX-Forwarded-For: {address}\r\n"
            one.sendall(f"{head}Content-Length: 2000000\r\n\r\n".encode())
        yield


def _certificate(folder: Path) -> str:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=studio.example",
         "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    return str(folder / "fullchain.pem")
