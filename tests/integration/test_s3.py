"""Pictures in S3: the contract of tests/unit/jobs/test_media.py against a server that speaks its language."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from s3fs import S3FileSystem

from jobs.media import Media, MediaError
from tests.unit.jobs.test_media import (  # noqa: F401 -- the contract
    test_a_file_that_does_not_exist_is_missing,
    test_no_key_points_outside,
    test_prefixes_are_listed_and_deleted,
    test_what_is_written_can_be_read,
)


@pytest.fixture
def media(s3) -> Media:
    return Media.open(s3["MEDIA_URL"])


@pytest.fixture
def away(monkeypatch) -> Iterator[Media]:
    """S3 behind a port where nobody listens, asked once and not for ten seconds."""
    # Clients are remembered by a process, with the address that they once had.
    S3FileSystem.clear_instance_cache()
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        environ = {
            "AWS_ACCESS_KEY_ID": "id",
            "AWS_SECRET_ACCESS_KEY": "key",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{closed.getsockname()[1]}",
            "AWS_MAX_ATTEMPTS": "1",
        }
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        yield Media.open("s3://studio/pictures")
    S3FileSystem.clear_instance_cache()


def test_while_it_is_away_that_is_said_and_nothing_is_believed_gone(away):
    asks = {
        away.exists: ("uploads/a.png",),
        away.get: ("uploads/a.png",),
        away.size: ("uploads/a.png",),
        away.put: ("uploads/a.png", b"x"),
        away.delete: ("uploads/a.png",),
        away.delete_prefix: ("jobs/a/",),
        away.keys: ("jobs/a/",),
        away.folders: ("jobs/",),
        away.ping: (),
    }
    for ask, values in asks.items():
        with pytest.raises(MediaError) as raised:
            ask(*values)
        assert raised.type is MediaError, "not one that says it is gone, or that there is no room"


def test_what_another_machine_wrote_is_seen_at_once(media):
    other = Media(
        media._filesystem.__class__(skip_instance_cache=True, use_listings_cache=False), media._root
    )
    assert not media.exists("jobs/a/1")
    assert media.keys("jobs/a/") == []
    other.put("jobs/a/1", b"x")
    assert media.exists("jobs/a/1")
    assert media.keys("jobs/a/") == ["jobs/a/1"]
    other.delete_prefix("jobs/a/")
    assert not media.exists("jobs/a/1")
    assert media.folders("jobs/") == []
