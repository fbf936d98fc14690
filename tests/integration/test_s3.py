"""Pictures in S3: the contract of tests/unit/jobs/test_media.py against a server that speaks its language."""

from __future__ import annotations

import secrets

import boto3
import pytest
from moto.server import ThreadedMotoServer

from jobs.media import Media
from tests.unit.jobs.test_media import (  # noqa: F401 -- the contract
    test_no_key_leads_outside,
    test_prefixes_are_listed_and_deleted,
    test_what_is_not_there_is_missing,
    test_what_is_put_can_be_read,
)


@pytest.fixture(scope="module")
def endpoint():
    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"
    server.stop()


@pytest.fixture
def media(endpoint, monkeypatch) -> Media:
    for name, value in (("ID", "AWS_ACCESS_KEY_ID"), ("KEY", "AWS_SECRET_ACCESS_KEY")):
        monkeypatch.setenv(value, name)
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    bucket = f"studio-{secrets.token_hex(4)}"
    boto3.client("s3").create_bucket(Bucket=bucket)
    return Media.open(f"s3://{bucket}/pictures")


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
