"""The services of docker-compose.yml as processes, with real nginx, PostgreSQL and Redis, paint a photo."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from benchmarks.load import slow_senders
from tests.support.postgres import PostgresServer, find_programs, fresh_database
from tests.support.services import NGINX, Services, nginx_config, places
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
    services = Services(
        folder, here, {"VGG19_WEIGHTS": str(tiny_weights), "WEB_ADDRESS": f"127.0.0.1:{web_port}"}
    )
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
def proxy(services, folder) -> str:
    port = free_port()
    environ = services.environ("nginx") | {"NGINX_PORT": str(port), "NGINX_ETC": str(folder)}
    services.launch("nginx", [NGINX, "-p", str(folder), "-c", str(nginx_config(folder, environ))], environ)
    until(lambda: is_open(port), 30, "nginx to listen")
    return f"http://127.0.0.1:{port}"


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
    slow_senders(proxy, count=1, lasting_s=0.5)
    assert slow_senders(proxy, lasting_s=4) < 1


def test_a_worker_that_is_stopped_leaves_within_its_grace(services):
    assert services.stop("drafter") < 20
    services.start("drafter")
    services.wait_healthy("drafter")


def test_nginx_takes_the_settings_with_tls_too(services, tmp_path):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=studio.example",
         "-keyout", tmp_path / "privkey.pem", "-out", tmp_path / "fullchain.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    environ = services.environ("nginx") | {
        "NGINX_PORT": str(free_port()),
        "NGINX_ETC": str(tmp_path),
        "TLS": "tls",
    }
    config = nginx_config(tmp_path, environ)
    checked = subprocess.run(
        [NGINX, "-t", "-p", tmp_path, "-c", config], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
