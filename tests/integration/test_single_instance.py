import errno
import json
import os
import socket
import subprocess
import sys

import pytest

from runner.single_instance import RunnerError, listen, lock_folder, write_holder


def test_a_second_studio_on_the_same_folder_is_refused_in_one_line(tmp_path):
    with lock_folder(tmp_path / "data") as lock:
        write_holder(lock, "http://127.0.0.1:8123")
        with pytest.raises(RunnerError) as refusal, lock_folder(tmp_path / "data"):
            pass
    message = str(refusal.value)
    assert "\n" not in message
    assert "http://127.0.0.1:8123" in message
    assert str(os.getpid()) in message


def test_the_folder_is_free_once_its_studio_has_ended(tmp_path):
    for _ in range(2):
        with lock_folder(tmp_path / "data"):
            pass


def test_the_children_of_a_dead_runner_are_waited_for(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True
    )
    with lock_folder(tmp_path) as lock:
        lock.seek(0)
        lock.truncate()
        json.dump({"pid": int(ended.stdout), "address": ""}, lock)
        lock.flush()
        heir = subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(1)"], pass_fds=(lock.fileno(),), close_fds=True
        )
    with lock_folder(tmp_path):
        assert heir.wait(5) == 0, "the lock was taken while a child still held it"


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunnerError) as refusal, lock_folder(tmp_path / "file" / "data"):
        pass
    assert isinstance(refusal.value.__cause__, NotADirectoryError)
    assert str(tmp_path / "file" / "data") in str(refusal.value)


def test_a_port_in_use_is_refused_in_one_line():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(RunnerError) as refusal, listen("127.0.0.1", port):
            pass
    cause = refusal.value.__cause__
    assert isinstance(cause, OSError)
    assert cause.errno == errno.EADDRINUSE
    message = str(refusal.value)
    assert "\n" not in message
    assert all(fact in message for fact in ("127.0.0.1", str(port), "--port"))


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70000), ("192.0.2.1", 0), ("no such host", 0)])
def test_an_address_that_cannot_be_used_is_refused(host, port):
    with pytest.raises(RunnerError), listen(host, port):
        pass


def test_connections_are_accepted_from_the_start():
    with listen("127.0.0.1", 0) as listener:
        socket.create_connection(listener.getsockname(), timeout=5).close()


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="there is no IPv6 here")
@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_every_address_means_both_kinds(address):
    with listen("::", 0) as listener:
        port = listener.getsockname()[1]
        try:
            socket.create_connection((address, port), timeout=5).close()
        except OSError as exc:
            if exc.errno != errno.EADDRNOTAVAIL:
                raise
            pytest.skip("this machine has no address of this kind")
