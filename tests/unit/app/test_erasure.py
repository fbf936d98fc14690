"""Revoking links and keys, changing the secret key, and deleting everything of a visitor."""

from __future__ import annotations

import re
from dataclasses import replace

from jobs.janitor import Janitor
from jobs.job import Queue
from tests.unit.app.conftest import Visitor, notices


def link(visitor) -> str:
    return re.search(r">http://localhost(/enter/[^<]+)<", visitor.get("/gallery/link").text)[1]


def test_private_links_and_keys_can_be_revoked(visitor, stranger, paint):
    job = paint()
    old = link(visitor)
    key = {"Authorization": f"Bearer {old.removeprefix('/enter/')}"}
    assert visitor.get(f"/api/v1/paintings/{job.id}", headers=key).status_code == 200
    assert visitor.post("/gallery/link/revoke").status_code == 303
    new = link(visitor)
    assert new != old
    assert stranger.get(old).status_code == 404
    assert stranger.post(old).status_code == 404
    assert stranger.get(f"/api/v1/paintings/{job.id}", headers=key).status_code == 401
    assert stranger.post(new).status_code == 303
    assert stranger.get(f"/paintings/{job.id}").status_code == 200
    # A second time, since not only the first revocation counts.
    visitor.post("/gallery/link/revoke")
    assert visitor.get(new).status_code == 404


def test_everything_of_one_visitor_is_deleted_and_nothing_of_others(visitor, stranger, paint, submit, studio):
    done, waiting = paint(), submit(strength="5")
    old = link(visitor)
    stranger.order()
    other = next(job.owner for job in studio.store.queues.waiting(Queue.LONG) if job.owner != done.owner)
    theirs = studio.store.uploads.in_role(other, "style")
    assert visitor.get("/gallery/erase").status_code == 200
    visitor.post("/gallery/erase")
    assert notices(visitor.get("/gallery/erase").text) == ["not-sure"]
    assert studio.store.jobs.find(done.id) is not None
    visitor.post("/gallery/erase", {"sure": "yes"})
    assert studio.store.jobs.find(done.id) is studio.store.jobs.find(waiting.id) is None
    assert studio.store.uploads.in_role(done.owner, "style") == []
    gallery = visitor.get("/gallery").text
    assert notices(gallery) == ["erased"]
    assert 'id="gallery-ready" data-state="nothing-yet"' in gallery
    assert visitor.get(old).status_code == 404
    janitor = Janitor(studio.store, studio.media, studio.queue, lease_s=15)
    janitor.delete_discarded()
    janitor.sweep()
    assert studio.media.keys("jobs/") == []
    assert len(studio.media.keys("uploads/")) == 2
    assert theirs
    assert studio.store.uploads.in_role(other, "style") == theirs


def test_stored_bytes_are_counted_by_owner(visitor, paint, studio):
    job = paint()
    mine = studio.store.owners.bytes_kept(job.owner)
    assert mine == job.result.bytes + job.content.bytes + sum(style.bytes for style in job.styles)
    assert studio.store.owners.bytes_kept() == mine
    assert studio.store.owners.bytes_kept("nobody") == 0


def test_after_a_change_of_the_secret_key_the_old_one_is_still_accepted(make_app, settings, submit, visitor):
    old = settings.load_secret_key()
    job = submit()
    address = link(visitor)
    for fallbacks, status in (((old,), 200), ((), 404)):
        later = Visitor(make_app(secret_key="new", secret_key_fallbacks=fallbacks))
        later._client.set_cookie("pastiche", visitor.cookie().value)
        assert later.get(f"/paintings/{job.id}").status_code == status
        assert Visitor(later._client.application).get(address).status_code == status


def test_secrets_are_not_shown_when_settings_are(settings):
    shown = repr(replace(settings, secret_key="hush", secret_key_fallbacks=("hush",), password_hash="hush"))
    assert "hush" not in shown


def test_only_the_owner_can_read_the_key_file(settings):
    settings.load_secret_key()
    path = settings.data / "secret.key"
    path.chmod(0o644)
    settings.load_secret_key()
    assert path.stat().st_mode & 0o777 == 0o600
