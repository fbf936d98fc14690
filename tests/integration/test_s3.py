"""Pictures in S3: the contract of tests/unit/jobs/test_media.py against a server that speaks its language."""

from __future__ import annotations

import pytest

from jobs.media import Media
from tests.unit.jobs.test_media import (  # noqa: F401 -- the contract
    test_no_key_leads_outside,
    test_prefixes_are_listed_and_deleted,
    test_what_is_not_there_is_missing,
    test_what_is_put_can_be_read,
)


@pytest.fixture
def media(s3) -> Media:
    return Media.open(s3["MEDIA_URL"])


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
