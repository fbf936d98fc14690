"""Texts are compressed for whoever takes them so, and are the same texts."""

import gzip

PACKED = {"Accept-Encoding": "gzip"}


def test_pages_and_our_own_files_are_compressed_on_demand(visitor):
    for path in ("/about", "/static/css/studio.css", "/api/v1/openapi.json"):
        plain, packed = visitor.get(path, buffered=True), visitor.get(path, headers=PACKED)
        assert "Content-Encoding" not in plain.headers
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in packed.vary
        assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) / 2
        if path != "/about":  # whose nonce is another each time
            assert gzip.decompress(packed.data) == plain.data


def test_what_is_compressed_already_or_has_not_changed_is_left_alone(visitor, paint):
    picture = visitor.get(f"/files/paintings/{paint().id}/picture.webp", headers=PACKED)
    assert "Content-Encoding" not in picture.headers
    first = visitor.get("/static/css/studio.css", headers=PACKED)
    again = visitor.get(
        "/static/css/studio.css", headers=PACKED | {"If-None-Match": first.headers["ETag"]}, buffered=True
    )
    assert (again.status_code, again.data) == (304, b"")


def test_the_length_of_a_page_does_not_tell_what_is_in_it(visitor):
    assert len({len(visitor.get("/static/css/studio.css", headers=PACKED).data)}) == 1
    assert len({len(visitor.get("/gallery", headers=PACKED).data) for _ in range(12)}) > 3
