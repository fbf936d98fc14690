"""Compression: texts are compressed for clients that accept it, and stay the same texts."""

import gzip

PACKED = {"Accept-Encoding": "gzip"}


def test_pages_and_static_files_are_compressed_if_accepted(visitor):
    for path in ("/about", "/static/css/studio.css", "/api/v1/openapi.json"):
        plain, packed = visitor.get(path, buffered=True), visitor.get(path, headers=PACKED)
        assert "Content-Encoding" not in plain.headers
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in packed.vary
        assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) / 2
        if path != "/about":  # whose nonce is different each time
            assert gzip.decompress(packed.data) == plain.data


def test_pictures_and_unchanged_files_are_not_compressed(visitor, paint):
    picture = visitor.get(f"/files/paintings/{paint().id}/picture.webp", headers=PACKED)
    assert "Content-Encoding" not in picture.headers
    first = visitor.get("/static/css/studio.css", headers=PACKED)
    again = visitor.get(
        "/static/css/studio.css", headers=PACKED | {"If-None-Match": first.headers["ETag"]}, buffered=True
    )
    assert (again.status_code, again.data) == (304, b"")


def test_the_length_of_a_page_varies_and_so_reveals_nothing(visitor):
    assert len({len(visitor.get("/static/css/studio.css", headers=PACKED).data)}) == 1
    assert len({len(visitor.get("/gallery", headers=PACKED).data) for _ in range(12)}) > 3
