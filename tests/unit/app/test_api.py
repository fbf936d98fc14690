"""The API: the same actions as the pages, for programs with a key."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from engine.recipe import Recipe, knobs
from jobs.job import Result, Status
from tests.unit.app.conftest import WORKER, picture


class Program:
    """A program with a key."""

    def __init__(self, app):
        self._client = app.test_client()
        self.key = self._client.post("/api/v1/keys").json["key"]

    def __call__(self, method, path, **options):
        headers = {"Authorization": f"Bearer {self.key}"} | options.pop("headers", {})
        answer = self._client.open(f"/api/v1{path}", method=method, headers=headers, **options)
        answer.request.environ["wsgi.input"].close()
        return answer

    def upload(self, role="content"):
        data = {"role": role, "file": (io.BytesIO(picture()), "cat.png")}
        return self("POST", "/uploads", data=data).json["id"]

    def order(self, **fields):
        order = {"photo": self.upload(), "styles": ["two-carp"]} | fields
        return self("POST", "/paintings", json=order)


@pytest.fixture
def program(app):
    return Program(app)


@pytest.fixture
def done(program, studio):
    """The id of a finished painting."""
    job_id = program.order(recipe={"size": 64}).json["id"]
    claim = studio.store.claim(WORKER)
    studio.media.put("jobs/x/result.png", picture(60, 40))
    result = Result(
        key="jobs/x/result.png", thumbnail_key="jobs/x/result.png", width=60, height=40, bytes=9, seconds=3.0,
        backbone="vgg19",
    )  # fmt: skip
    studio.store.finish(job_id, claim.token, result, Status.FINISHED)
    return job_id


def test_a_painting_is_ordered_and_watched(program, studio):
    ordered = program.order(recipe={"size": 128, "strength": 70}, title="Mine")
    assert ordered.status_code == 201
    painting = program("GET", ordered.headers["Location"].removeprefix("/api/v1"))
    assert painting.json == ordered.json
    assert (painting.json["title"], painting.json["status"], painting.json["place"]) == ("Mine", "queued", 1)
    assert studio.store.job(ordered.json["id"]).recipe == Recipe(size=128, strength=70)
    again = program(
        "GET", f"/paintings/{ordered.json['id']}", headers={"If-None-Match": painting.headers["ETag"]}
    )
    assert again.status_code == 304
    assert [found["id"] for found in program("GET", "/paintings?underway=true").json["paintings"]] == [
        ordered.json["id"]
    ]


def test_a_token_makes_an_order_safe_to_send_again(program):
    first, second, third = (program.order(token=token).json["id"] for token in ("a", "a", "b"))
    assert first == second != third


def test_it_is_steered_paused_stopped_and_cancelled(program, studio):
    job_id = program.order().json["id"]
    steered = program("PATCH", f"/paintings/{job_id}", json={"recipe": {"strength": 80}})
    assert steered.json["recipe"]["strength"] == 80
    refused = program("PATCH", f"/paintings/{job_id}", json={"recipe": {"size": 80}})
    assert (refused.status_code, refused.json["error"]["field"]) == (422, "recipe.size")
    assert program("POST", f"/paintings/{job_id}/pause").json["status"] == "paused"
    assert program("POST", f"/paintings/{job_id}/resume").json["status"] == "queued"
    assert program("POST", f"/paintings/{job_id}/stop").status_code == 409
    assert program("POST", f"/paintings/{job_id}/cancel").json["status"] == "cancelled"
    assert program("POST", f"/paintings/{job_id}/burn").status_code == 404


def test_a_finished_picture_is_found_labelled_fetched_and_deleted(program, done):
    changed = program("PATCH", f"/paintings/{done}", json={"title": "Tiger", "rating": 4, "note": "n"})
    assert (changed.json["title"], changed.json["rating"], changed.json["note"]) == ("Tiger", 4, "n")
    assert [found["id"] for found in program("GET", "/paintings?q=tiger&rating=4").json["paintings"]] == [
        done
    ]
    assert program("GET", "/paintings?q=zebra").json == {"paintings": [], "next": None}
    for ending, kind in (("png", "PNG"), ("jpg", "JPEG"), ("webp", "WEBP")):
        answer = program("GET", f"/paintings/{done}/result.{ending}")
        assert Image.open(io.BytesIO(answer.data)).format == kind
    assert program("GET", f"/paintings/{done}/result.gif").status_code == 404
    assert program("GET", f"/paintings/{done}/preview").status_code == 200
    assert program("DELETE", f"/paintings/{done}").status_code == 204
    assert program("GET", f"/paintings/{done}").status_code == 404


def test_it_is_painted_further(program, done):
    further = program("POST", f"/paintings/{done}/further", json={"recipe": {"size": 128}})
    assert further.status_code == 201
    assert further.json["parent"] == done
    assert program("POST", f"/paintings/{done}/further", json={"step": 7}).status_code == 422
    assert program("POST", f"/paintings/{further.json['id']}/further", json={}).status_code == 409


def test_an_estimate(program):
    photo = program.upload()
    answer = program("POST", "/estimate", json={"photo": photo, "recipe": {"size": 256}}).json
    assert answer["seconds"] > 0
    assert answer["peak_bytes"] > 2**20


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"photo": "x"}, "photo"),
        ({"photo": 5}, "photo"),
        ({"styles": []}, "styles"),
        ({"styles": ["two-carp"] * 5}, "styles"),
        ({"styles": [None]}, "styles"),
        ({"styles": "two-carp"}, "styles"),
        ({"recipe": {"size": 1}}, "recipe.size"),
        ({"recipe": {"seize": 1}}, "recipe.seize"),
        ({"recipe": {"size": True}}, "recipe.size"),
        ({"title": "\0"}, "title"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_bad_order_is_refused_by_its_field(program, studio, sent, field):
    answer = program.order(**sent)
    assert (answer.status_code, answer.json["error"]["field"]) == (422, field)
    assert studio.store.waiting() == 0


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"'])
def test_what_is_no_json_object_is_refused(program, body):
    answer = program("POST", "/paintings", data=body, content_type="application/json")
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "not_json")


def test_a_bad_upload_is_refused(program):
    bad = program("POST", "/uploads", data={"role": "content", "file": (io.BytesIO(b"x"), "cat.png")})
    assert (bad.status_code, bad.json["error"]["code"]) == (422, "bad_picture")
    assert program("POST", "/uploads", data={"role": "other"}).status_code == 422
    assert program("POST", "/uploads", data={"role": "style"}).status_code == 422


def test_nothing_is_told_without_a_key(app, program, done, visitor):
    stranger = Program(app)
    for path in (f"/paintings/{done}", f"/paintings/{done}/result.png", f"/paintings/{done}/preview"):
        assert stranger("GET", path).status_code == 404
        stolen = visitor.get(f"/api/v1{path}", headers={"Authorization": "Bearer made-up"})
        assert (stolen.status_code, stolen.json["error"]["code"]) == (401, "no_key")
    assert stranger("DELETE", f"/paintings/{done}").status_code == 404


def test_a_browsers_cookie_is_no_key(visitor, submit):
    """Else another site could have a visitor's browser act for it."""
    job = submit()
    assert visitor.get(f"/api/v1/paintings/{job.id}").status_code == 401
    assert visitor.post_bare(f"/api/v1/paintings/{job.id}/cancel").status_code == 401


def test_the_key_on_the_page_is_that_of_the_browsers_gallery(visitor, submit, app):
    job = submit()
    page = visitor.get("/api").text
    program = Program(app)
    program.key = page.split('id="key" readonly value="')[1].split('"')[0]
    assert program("GET", f"/paintings/{job.id}").json["title"] == job.title


def test_the_document_has_every_knob_and_every_route(program, app, visitor):
    document = program("GET", "/openapi.json").json
    assert document["openapi"] == "3.1.0"
    recipe = document["components"]["schemas"]["Recipe"]["properties"]
    assert set(recipe) == set(knobs())
    assert (recipe["size"]["minimum"], recipe["size"]["maximum"], recipe["size"]["default"]) == (
        64,
        2048,
        512,
    )
    for path, acts in document["paths"].items():
        for method in set(acts) & {"get", "post", "patch", "delete"}:
            example = path.replace("{id}", "0" * 32).replace("{ending}", "png")
            assert program(method.upper(), example).status_code != 405, (method, path)
    page = visitor.get("/api").text
    assert all(f"<code>{path}</code>" in page for path in document["paths"])
    assert all(f"<code>{name}</code>" in page for name in knobs())


def test_errors_are_json_whatever_is_accepted(program):
    answer = program("GET", "/nowhere", headers={"Accept": "text/html"})
    assert answer.json["error"]["code"] in ("not_found", "no_key")
