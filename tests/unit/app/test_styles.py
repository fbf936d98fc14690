"""Own styles: adding, renaming and removing them; and the masks of styles."""

import io

from tests.unit.app.conftest import notices, picture


def add(visitor, *names):
    colours = ((9, 99, 199), (199, 99, 9))
    files = [(io.BytesIO(picture(colour=colour)), name) for colour, name in zip(colours, names, strict=False)]
    return visitor.post("/styles", {"file": files})


def kept(studio, visitor):
    with visitor._client.session_transaction() as session:
        return {style.name: style for style in studio.store.uploads.in_role(session["owner"], "style")}


def test_styles_are_added_renamed_and_removed(visitor, studio):
    assert add(visitor, "wave.png", "night.png").status_code == 303
    styles = kept(studio, visitor)
    assert set(styles) == {"wave.png", "night.png"}
    assert {style.expires_at.year - style.created_at.year >= 10 for style in styles.values()} == {True}
    wave = styles["wave.png"].id
    assert f"w-{wave}" in visitor.get("/").text
    visitor.post(f"/styles/{wave}/name", {"name": "  The \n Wave "})
    page = visitor.get("/styles").text
    assert 'value="The Wave"' in page
    assert notices(page) == ["renamed"]
    assert "“The Wave”" in page
    visitor.post(f"/styles/{wave}/name", {"name": "Evening Wind"})
    page = visitor.get("/styles").text
    assert notices(page) == ["name-taken"]
    assert "“Evening Wind”" in page
    assert 'value="The Wave"' in page
    visitor.post(f"/styles/{wave}/name", {"name": " "})
    assert notices(visitor.get("/styles").text) == ["no-name"]
    visitor.post(f"/styles/{wave}/remove")
    assert wave not in visitor.get("/styles").text
    assert wave not in visitor.get("/").text


def test_a_removal_can_be_undone(visitor, studio, stranger):
    add(visitor, "wave.png")
    wave = kept(studio, visitor)["wave.png"].id
    page = visitor.post(f"/styles/{wave}/remove", follow_redirects=True).text
    assert f'action="/styles/{wave}/restore"' in page
    assert stranger.post(f"/styles/{wave}/restore").status_code == 404
    again = visitor.post(f"/styles/{wave}/restore", follow_redirects=True).text
    assert notices(again) == ["restored"]
    assert "“Wave”" in again
    assert kept(studio, visitor)["wave.png"].id == wave
    again = visitor.post(f"/styles/{wave}/restore", follow_redirects=True).text
    assert notices(again) == ["not-restored"]


def test_restoring_a_style_makes_no_second_copy(visitor, studio):
    add(visitor, "wave.png")
    wave = kept(studio, visitor)["wave.png"].id
    visitor.post(f"/styles/{wave}/remove")
    add(visitor, "wave.png")
    visitor.post(f"/styles/{wave}/restore")
    assert kept(studio, visitor)["wave.png"].id != wave


def test_a_bad_file_is_refused_and_the_others_are_added(visitor, studio):
    files = [(io.BytesIO(b"words"), "words.png"), (io.BytesIO(picture()), "wave.png")]
    visitor.post("/styles", {"file": files})
    page = visitor.get("/styles").text
    assert notices(page) == ["not-a-picture", "added"]
    assert "“words.png”" in page
    assert set(kept(studio, visitor)) == {"wave.png"}
    visitor.post("/styles")
    assert notices(visitor.get("/styles").text) == ["no-file"]


def test_another_visitors_style_cannot_be_changed(visitor, stranger, studio):
    add(visitor, "wave.png")
    wave = kept(studio, visitor)["wave.png"].id
    assert stranger.post(f"/styles/{wave}/name", {"name": "Mine"}).status_code == 404
    assert stranger.post(f"/styles/{wave}/remove").status_code == 404


def test_a_removed_style_stays_with_its_paintings(visitor, submit):
    job = submit()
    visitor.post(f"/styles/{job.styles[0].id}/remove")
    assert job.styles[0].id in visitor.get(f"/paintings/{job.id}").text
    assert job.styles[0].id in visitor.get(f"/?again={job.id}").text


def mask(visitor, data=None):
    sent = {"role": "mask", "file": (io.BytesIO(data or picture(colour=(255, 255, 255))), "mask.png")}
    headers = {"X-CSRFToken": visitor.token(), "Accept": "application/json"}
    return visitor.post_bare("/uploads", sent, headers=headers).json["id"]


def test_a_mask_is_ordered_with_its_style_and_fills_the_form_again(visitor, submit, studio):
    style = submit().styles[0].id
    chosen = mask(visitor)
    job = submit(style=False, style_id=style, **{f"mask-{style}": chosen})
    assert [found.id for found in job.masks] == [chosen]
    assert f'name="mask-{style}" value="{chosen}"' in visitor.get(f"/?again={job.id}").text


def test_a_mask_can_be_sent_as_a_file(visitor, submit):
    style = submit().styles[0].id
    file = (io.BytesIO(picture(colour=(255, 255, 255))), "mask.png")
    job = submit(style=False, style_id=style, **{f"maskfile-{style}": file})
    assert job.masks[0].role == "mask"
    bad = visitor.order(style=False, style_id=style, **{f"maskfile-{style}": (io.BytesIO(b"no"), "mask.png")})
    assert bad.status_code == 422
    assert "mask.png" in bad.text


def test_masks_can_be_changed_while_the_painting_waits(visitor, submit, stranger, studio):
    job = submit()
    chosen = mask(visitor)
    visitor.post(f"/paintings/{job.id}/masks", {"place": "0", "mask": chosen})
    assert studio.store.jobs.find(job.id).masks[0].id == chosen
    visitor.post(f"/paintings/{job.id}/masks", {"place": "0", "mask": ""})
    assert studio.store.jobs.find(job.id).masks == (None,)
    for bad in ({"place": "1"}, {"place": "x"}):
        assert visitor.post(f"/paintings/{job.id}/masks", bad).status_code == 422
    unknown = {"place": "0", "mask": "0" * 32}
    assert visitor.post(f"/paintings/{job.id}/masks", unknown).status_code == 404
    assert stranger.post(f"/paintings/{job.id}/masks", {"place": "0"}).status_code == 404
