import pytest

from jobs.media import FullError, Media
from jobs.staging import stage
from jobs.store.uploads import UNDO_S


def put(desk, media, data, owner="ada"):
    return stage(
        desk.store,
        media,
        data,
        owner=owner,
        role="content",
        name="n",
        width=1,
        height=1,
        suffix=".png",
        expiry_s=9,
    )


def test_the_same_picture_is_stored_once_for_each_owner(desk, tmp_path):
    media = Media.open(f"file://{tmp_path / 'media'}")
    first = put(desk, media, b"pixels")
    assert put(desk, media, b"pixels").key == first.key
    assert put(desk, media, b"pixels", "bob").key != first.key
    assert len(media.keys("uploads/")) == 2
    assert media.get(first.key) == b"pixels"


def test_a_file_that_could_not_be_stored_is_stored_at_the_next_upload(desk, tmp_path, monkeypatch):
    media = Media.open(f"file://{tmp_path / 'media'}")

    def refuse(*_):
        raise FullError("full")

    monkeypatch.setattr(media, "put", refuse)
    with pytest.raises(FullError):
        put(desk, media, b"pixels")
    monkeypatch.undo()
    assert media.get(put(desk, media, b"pixels").key) == b"pixels"


def staged(desk, expiry_s=9.0, name="n"):
    return desk.store.uploads.stage(
        owner="ada", sha256="s", role="style", name=name, width=1, height=1, bytes=1, suffix=".png",
        expiry_s=expiry_s,
    )  # fmt: skip


def test_a_picture_that_is_kept_for_longer_keeps_its_expiry_and_name(desk):
    kept = staged(desk, 1000, "Wave")
    again = staged(desk, 9, "wave.png")
    assert (again.id, again.name, again.expires_at) == (kept.id, "Wave", kept.expires_at)
    assert staged(desk, 2000, "Surf").name == "Surf"


def test_a_style_is_renamed_by_its_owner_only(desk):
    style = staged(desk)
    assert desk.store.uploads.rename(style.id, "ada", "Night")
    assert not desk.store.uploads.rename(style.id, "bob", "Day")
    assert desk.store.uploads.find(style.id, "ada").name == "Night"


def test_a_retired_style_is_no_longer_offered_and_is_deleted_with_its_last_painting(desk):
    claim = desk.begun()
    style = claim.job.styles[0]
    assert desk.store.uploads.retire(style.id, style.owner)
    assert not desk.store.uploads.retire(style.id, "bob")
    assert desk.store.uploads.in_role(style.owner, "style") == []
    assert desk.store.housekeeping.expire_uploads() == 0
    assert desk.store.jobs.find(claim.job.id).styles[0].id == style.id
    desk.store.wishes.delete(claim.job.id, style.owner)
    assert desk.store.housekeeping.expire_uploads() == 0  # for it may be brought back
    desk.clock.sleep(UNDO_S + 1)
    assert desk.store.housekeeping.expire_uploads() >= 1
    assert desk.store.uploads.find(style.id, style.owner) is None


def test_a_picture_uploaded_again_is_another_one_and_the_retired_one_cannot_come_back_beside_it(desk):
    first = staged(desk)
    assert desk.store.uploads.retire(first.id, "ada")
    again = staged(desk)
    assert again.id != first.id
    assert not desk.store.uploads.restore(first.id, "ada", expiry_s=60)
    assert desk.store.uploads.retire(again.id, "ada"), "a picture may be retired several times"
    assert desk.store.uploads.restore(first.id, "ada", expiry_s=60)
    assert [upload.id for upload in desk.store.uploads.in_role("ada", "style")] == [first.id]
