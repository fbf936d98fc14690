"""The Paint form: it makes an order, or shows a sentence next to the field at fault."""

from __future__ import annotations

import html
import io
import re
import struct
import zlib

import pytest
from PIL import Image
from wtforms import Form

from app.forms.fields import KnobField
from app.wording import default_title, megabytes
from engine.recipe import Recipe, knobs
from engine.recipe.knob import Knob
from jobs.job import Status
from jobs.media import FullError
from tests.unit.app.conftest import error_code, files_in, picture


def bomb(side=30_000) -> bytes:
    """Return a PNG that claims side x side black pixels, in a few kilobytes: it has data for four rows."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(side // 8 + 1) * 4, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64)
NOISY = bytes(range(256)) * 12_000

BAD_FILES = {
    "none": (None, "no-photo"),
    "empty": ((b"", "cat.jpg"), "picture-empty"),
    "text": ((b"Dear diary, today I", "cat.jpg"), "not-a-picture"),
    "heic": ((HEIC, "IMG_1.HEIC"), "picture-format"),
    "truncated": ((picture(400, 300, "JPEG", quality=95)[:700], "cat.jpg"), "picture-damaged"),
    "pixel": ((picture(1, 1), "dot.png"), "picture-too-small"),
    "bomb": ((bomb(), "huge.png"), "picture-too-large"),
    "heavy": ((picture() + NOISY, "big.png"), "file-too-large"),
}


def error_of(page: str, field: str) -> tuple[str, str] | None:
    """Return the code and the sentence of a field's error, or None."""
    found = re.search(rf'id="{field}-error" data-code="([\w-]*)">.*?<span>(.+?)</span>', page, re.S)
    return (found[1], html.unescape(found[2])) if found else None


def fault(page: str, field: str) -> str | None:
    """Return the code of a field's error, or None."""
    found = error_of(page, field)
    return found and found[0]


@pytest.mark.parametrize("field", ["photo", "style"])
@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_gets_a_sentence_and_nothing_else_is_lost(visitor, studio, field, case):
    file, code = BAD_FILES[case]
    if case == "none" and field == "style":
        code = "no-style"
    answer = visitor.order(**{field: file}, strength="73", seed="11")

    assert answer.status_code == 422
    assert fault(answer.text, field) == code
    assert file is None or f"“{file[1]}”" in error_of(answer.text, field)[1]
    assert not error_of(answer.text, "style" if field == "photo" else "photo")
    other = re.search(r'name="photo_id" value="(\w*)"|name="style_id" value="(\w+)"', answer.text)
    assert other
    assert re.search(r'name="strength" value="73"', answer.text)
    assert re.search(r'name="seed" value="11"', answer.text)
    # The bad file was not stored; the other one is staged and shown.
    assert len(files_in(studio)) == 1
    assert len(re.findall(r'src="/files/uploads/\w+/', answer.text)) == 1
    assert studio.store.queues.length() == 0


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        ("size", "63", "out-of-bounds"),
        ("size", "2049", "out-of-bounds"),
        ("size", "large", "out-of-bounds"),
        ("size", "", "out-of-bounds"),
        ("strength", "101", "out-of-bounds"),
        ("strength", "nan", "out-of-bounds"),
        ("quality", "perfect", "out-of-bounds"),
        ("start", "image", "not-offered"),
        ("style_layers", "block9_conv9", "out-of-bounds"),
        ("max_steps", "0", "out-of-bounds"),
    ],
)
def test_a_setting_out_of_bounds_is_refused_at_its_field(visitor, studio, field, text, code):
    answer = visitor.order(**{field: text})
    assert answer.status_code == 422
    found, sentence = error_of(answer.text, field)
    assert found == code
    assert knobs()[field].label in sentence
    assert len(re.findall(r'src="/files/uploads/\w+/', answer.text)) == 2
    assert studio.store.queues.length() == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"photo": None, "style": None, "size": "1", "style_scales": "x"},
        {"feedforward_style": ["a", "b"]},
        {"feedforward_style": "no-such-style"},
    ],
)
def test_every_fault_links_to_its_field(visitor, fields, monkeypatch):
    if fields.get("feedforward_style") == "no-such-style":
        monkeypatch.setattr("app.pages.paint.feedforward_styles", tuple)  # the page has none
    page = visitor.order(**fields).text
    linked = re.findall(r'<li data-of="\w+"><a href="#(\w+)">', page)
    assert linked
    assert [name for name in linked if f' id="{name}"' not in page] == []


def test_staged_pictures_need_not_be_sent_again(visitor, studio):
    page = visitor.order(size="1").text
    photo = re.search(r'name="photo_id" value="(\w+)"', page)[1]
    style = re.search(r'name="style_id" value="(\w+)"', page)[1]
    answer = visitor.order(photo=None, style=None, photo_id=photo, style_id=style, size="128")
    job = studio.store.jobs.find(answer.location.rsplit("/", 1)[-1])
    assert (job.content.id, [upload.id for upload in job.styles]) == (photo, [style])
    assert job.recipe == Recipe(size=128)


def test_layers_need_a_weight_each(visitor):
    answer = visitor.order(style_layers=["block1_conv1", "block2_conv1"], style_layer_weights="1")
    assert answer.status_code == 422
    assert fault(answer.text, "style_layer_weights") == "weight-count"


def test_every_knob_can_be_set(submit):
    job = submit(
        size="96", quality="sketch", strength="10.5", style_layers=["block1_conv1", "block3_conv1"],
        style_layer_weights="1, 2", content_weight="5", tv_weight="", optimizer="adam", max_steps="7",
        start="noise",
    )  # fmt: skip
    assert job.recipe == Recipe(
        size=96, quality="sketch", strength=10.5, style_layers=("block1_conv1", "block3_conv1"),
        style_layer_weights=(1, 2), content_weight=5, optimizer="adam", max_steps=7, start="noise",
    )  # fmt: skip


def test_each_choice_in_the_form_has_its_knobs_label(visitor):
    page = visitor.get("/").text
    ticks = r'<label[^>]*><input[^>]* name="(\w+)" value="(\w+)"[^>]*><span>([^<]*)</span></label>'
    shown = re.findall(ticks, page)
    for name, options in re.findall(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', page, re.S):
        shown += [(name, *option) for option in re.findall(r'<option value="(\w+)"[^>]*>([^<]*)<', options)]
    of_knobs = [(name, choice, label) for name, choice, label in shown if name in knobs()]
    offered = {name for name, knob in knobs().items() if knob.choices} - {"feedforward_style"}
    assert {name for name, _, _ in of_knobs} == offered
    for name, choice, label in of_knobs:
        assert label == knobs()[name].choice_label(choice), (name, choice)


def test_each_knob_labels_its_own_choices(app):
    knob = Knob(
        label="Frame",
        help="",
        value_type="choice",
        choices=("none", "oak"),
        choice_labels={"oak": "Dark oak"},
    )

    class Framed(Form):
        frame = KnobField(knob, "none")

    with app.test_request_context():
        macro = app.jinja_env.get_template("parts.html").module.knob
        shown = re.findall(r"<span>([^<]*)</span>", str(macro(Framed().frame)))
    assert shown == ["None", "Dark oak"]


def test_a_paintings_page_uses_the_labels_of_the_form(visitor, submit):
    chosen = {"quality": "sketch", "paper": "own", "backbone": "vgg16", "start": "noise", "optimizer": "adam"}
    page = visitor.get(f"/paintings/{submit(**chosen).id}").text
    facts = dict(re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", page))
    for name, value in chosen.items():
        assert facts[knobs()[name].label] == knobs()[name].choice_label(value)


def test_the_title_is_made_from_the_file_names(submit):
    assert submit().title == default_title("cat.png", ["wave_at_sea.png"])


def styles(count):
    return [(io.BytesIO(picture(40 + n, 40)), f"style{n}.png") for n in range(count)]


def test_several_styles_are_mixed_by_their_shares(visitor, studio):
    page = visitor.post(
        "/paintings", {"size": "1", "style": styles(2), "photo": (io.BytesIO(picture()), "a.png")}
    )
    photo = re.search(r'name="photo_id" value="(\w+)"', page.text)[1]
    first, second = re.findall(r'name="style_id" value="(\w+)" checked', page.text)
    again = {"photo_id": photo, "style_id": [first, second], f"share-{first}": "70", f"share-{second}": "30"}
    kept = visitor.post("/paintings", again | {"size": "1"})
    assert re.search(rf'name="share-{first}" value="70"', kept.text)
    answer = visitor.post("/paintings", again)
    job = studio.store.jobs.find(answer.location.rsplit("/", 1)[-1])
    assert job.recipe.style_weights == (70, 30)
    assert [upload.id for upload in job.styles] == [first, second]

    refused = visitor.post("/paintings", again | {f"share-{first}": "700"})
    assert refused.status_code == 422
    code, sentence = error_of(refused.text, "style")
    assert code == "out-of-bounds"
    assert knobs()["style_weights"].label in sentence


def test_five_styles_are_too_many(visitor):
    answer = visitor.post("/paintings", {"photo": (io.BytesIO(picture()), "a.png"), "style": styles(5)})
    assert answer.status_code == 422
    assert fault(answer.text, "style") == "too-many-styles"
    assert len(re.findall(r'name="style_id" value="\w+" checked', answer.text)) == 4


def test_a_double_click_makes_one_painting(visitor, studio):
    order = {"order": "f" * 32, "size": "128"}
    first, second = visitor.order(**order), visitor.order(**order)
    assert first.location == second.location
    assert studio.store.queues.length() == 1


def test_a_form_changed_after_going_back_makes_another_painting(visitor, studio):
    first, second = (visitor.order(order="f" * 32, size=size) for size in ("128", "130"))
    assert first.location != second.location
    assert studio.store.queues.length() == 2


def test_a_cancelled_order_can_be_sent_again(visitor, studio):
    first = visitor.order(order="f" * 32)
    visitor.post(f"{first.location}/cancel")
    second = visitor.order(order="f" * 32)
    assert studio.store.jobs.find(second.location.rsplit("/", 1)[-1]).status is Status.QUEUED


def test_an_oversized_request_gets_an_error_page(visitor, app):
    answer = visitor.order(photo=(bytes(app.config["MAX_CONTENT_LENGTH"] + 1), "big.png"))
    assert answer.status_code == 413
    assert error_code(answer.text) == "too_large"
    assert megabytes(2 * 2**20) in answer.text
    assert "Pastiche" in answer.text


def test_metadata_of_a_photo_is_not_stored(visitor, studio):
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (48.0, 31.0, 0.0)}
    exif[0x010F] = "Camera & Co"
    visitor.order(photo=(picture(64, 48, "JPEG", exif=exif), "cat.jpg"))
    for key in files_in(studio):
        data = studio.media.get(key)
        assert b"Camera" not in data
        assert 0x8825 not in Image.open(io.BytesIO(data)).getexif()


def test_a_form_with_an_expired_token_keeps_its_contents(visitor, studio):
    page = visitor.order(size="1", strength="61").text
    photo = re.search(r'name="photo_id" value="(\w+)"', page)[1]
    kept = len(files_in(studio))
    data = {
        "csrf_token": "stale",
        "photo_id": photo,
        "strength": "61",
        "photo": (io.BytesIO(picture(99, 99)), "b.png"),
    }
    answer = visitor.post_bare("/paintings", data)
    assert answer.status_code == 400
    assert 'role="alert" data-code="csrf">' in answer.text
    assert f'name="photo_id" value="{photo}"' in answer.text
    assert 'name="strength" value="61"' in answer.text
    assert len(files_in(studio)) == kept


def test_the_form_can_repeat_the_settings_of_a_painting(visitor, paint):
    job = paint(strength="61", quality="sketch", style_layers=["block2_conv1"])
    page = visitor.get(f"/?again={job.id}").text
    assert f'name="photo_id" value="{job.content.id}"' in page
    assert f'name="style_id" value="{job.styles[0].id}" checked' in page
    assert 'name="strength" value="61"' in page
    assert 'value="sketch" checked' in page
    assert 'value="block2_conv1" checked' in page


def test_nothing_is_stored_when_the_disk_is_full(visitor, studio, monkeypatch):
    def full(*_):
        raise FullError("full")

    monkeypatch.setattr(type(studio.media), "put", full)
    answer = visitor.order()
    assert answer.status_code == 507
    assert error_code(answer.text) == "full"
    assert files_in(studio) == []


def test_staged_pictures_in_the_address_fill_the_form(visitor, stranger):
    page = visitor.order(size="1").text
    photo = re.search(r'name="photo_id" value="(\w+)"', page)[1]
    style = re.search(r'name="style_id" value="(\w+)"', page)[1]
    address = f"/?photo={photo}&style={style}"
    assert len(re.findall(r'src="/files/uploads/\w+/', visitor.get(address).text)) == 2
    assert "/files/uploads/" not in stranger.get(address).text
