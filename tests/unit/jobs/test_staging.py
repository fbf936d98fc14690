import pytest

from jobs.media import FullError, Media
from jobs.staging import stage


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


def test_the_same_picture_is_stored_once_an_owner(desk, tmp_path):
    media = Media.open(f"file://{tmp_path / 'media'}")
    first = put(desk, media, b"pixels")
    assert put(desk, media, b"pixels").key == first.key
    assert put(desk, media, b"pixels", "bob").key != first.key
    assert len(media.keys("uploads/")) == 2
    assert media.get(first.key) == b"pixels"


def test_a_file_that_could_not_be_stored_is_stored_the_next_time(desk, tmp_path, monkeypatch):
    media = Media.open(f"file://{tmp_path / 'media'}")

    def refuse(*_):
        raise FullError("The disk for pictures is full.")

    monkeypatch.setattr(media, "put", refuse)
    with pytest.raises(FullError):
        put(desk, media, b"pixels")
    monkeypatch.undo()
    assert media.get(put(desk, media, b"pixels").key) == b"pixels"
