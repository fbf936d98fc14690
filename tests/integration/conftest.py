import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.support.stack import Stack
from tests.support.tiny_vgg import write_tiny_vgg


@pytest.fixture(scope="session")
def tiny_weights(tmp_path_factory) -> Path:
    """VGG19's layout with a few random channels: the real loop, at the speed of a test."""
    path = tmp_path_factory.mktemp("weights") / "tiny.h5"
    write_tiny_vgg(path)
    return path


@pytest.fixture
def make_stack(tmp_path: Path, tiny_weights: Path) -> Iterator[Callable[..., Stack]]:
    """Make studios that are not started yet, and that are gone after the test."""
    made: list[Stack] = []

    def make(name: str = "data", **options) -> Stack:
        made.append(Stack(tmp_path / name, tiny_weights, **options))
        return made[-1]

    yield make
    for stack in made:
        stack.end()


@pytest.fixture(scope="session")
def stack(tmp_path_factory, tiny_weights: Path) -> Iterator[Stack]:
    """One running studio for every test that leaves it running; each comes as a visitor of its own."""
    stack = Stack(tmp_path_factory.mktemp("studio") / "data", tiny_weights)
    try:
        yield stack.start()
    finally:
        stack.end()


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """A server that speaks S3's language; one for all tests, since clients are remembered by a process."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A bucket of the test's own, and the settings of a process that keeps its pictures there."""
    environ = {
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "key",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": s3_endpoint,
    }
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    bucket = f"studio-{secrets.token_hex(4)}"
    boto3.client("s3").create_bucket(Bucket=bucket)
    return environ | {"MEDIA_URL": f"s3://{bucket}/pictures"}
