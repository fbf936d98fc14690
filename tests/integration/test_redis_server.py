import stat
import subprocess
import time

import pytest
import redis

from runner import redis_server


@pytest.fixture
def run_server(tmp_path):
    started = []

    def run(folder):
        config, url = redis_server.prepare(folder)
        server = redis_server.find_server()
        started.append(
            subprocess.Popen(
                [server, config.name], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
            )
        )
        deadline = time.monotonic() + 10
        while not redis_server.answers(url) and time.monotonic() < deadline:
            time.sleep(0.05)
        return url, started[-1]

    yield run
    for process in started:
        process.kill()
        process.wait()


def fake_server(folder, name, version):
    path = folder / name
    path.write_text(f"#!/bin/sh\necho 'Redis server v={version} sha=0:0 malloc=libc'\n")
    path.chmod(0o755)
    return path


def test_what_it_holds_survives_being_killed(run_server, tmp_path):
    url, process = run_server(tmp_path / "redis")
    with redis.Redis.from_url(url) as client:
        client.set("key", "value")
        # fsync comes once a second; a killed process loses nothing that it has written.
        assert client.config_get("appendonly")["appendonly"] == "yes"
        assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
    process.kill()
    process.wait()
    url, _ = run_server(tmp_path / "redis")
    with redis.Redis.from_url(url) as client:
        assert client.get("key") == b"value"


def test_nobody_gets_in_without_its_password(run_server, tmp_path):
    url, _ = run_server(tmp_path / "redis")
    bare = "redis://" + url.split("@")[1]
    with redis.Redis.from_url(bare) as client, pytest.raises(redis.AuthenticationError):
        client.ping()
    mode = stat.S_IMODE((tmp_path / "redis" / "redis.conf").stat().st_mode)
    assert mode == 0o600


def test_a_server_on_the_path_comes_first(tmp_path, monkeypatch):
    expected = fake_server(tmp_path, "valkey-server", "8.0.1")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert redis_server.find_server() == expected


def test_one_that_is_too_old_is_passed_over(tmp_path, monkeypatch):
    old = fake_server(tmp_path, "redis-server", "6.0.16")
    monkeypatch.setenv("PATH", str(tmp_path))
    found = redis_server.find_server()
    assert found is not None
    assert found != old


def test_the_one_installed_with_us_is_found_without_any_on_the_path(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert redis_server.find_server().name == "valkey-server"


def test_a_server_that_is_not_there_does_not_answer():
    assert not redis_server.answers("redis://127.0.0.1:1/0")


def test_a_folder_set_aside_makes_room(tmp_path):
    for text in ("first", "second"):
        folder = tmp_path / "redis"
        folder.mkdir()
        (folder / "file").write_text(text)
        redis_server.set_aside(folder)
        assert not folder.exists()
    assert (tmp_path / "redis.unreadable" / "file").read_text() == "second"
