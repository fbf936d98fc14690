"""Every route, requested by every kind of visitor; a route without a row here fails.

The visitors are the owner, another visitor, one without a cookie, one with a
forged cookie, the owner without the form's token, and the owner with a method
that the route does not support. Hostile requests must change nothing.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from app.http.keys import key_of
from engine.imaging import images
from engine.recipe import Recipe
from jobs import staging
from jobs.job import Order, Queue, Result, Snapshot, Status, WorkerIdentity
from tests.support.web_app import app_without_redis
from tests.unit.app.conftest import Visitor, picture

OPEN, OWN, MINE, CHANGE = "open", "own", "mine", "change"
API, API_MINE, API_OPEN = "api", "api mine", "api open"
WORKER = WorkerIdentity(host="here", pid=1, process_started="1", queue=Queue.LONG)

ANSWERS = {
    # kind: stranger, nobody, forged, untokened; "ok" is the owner's status, from the row.
    OPEN: ("ok", "ok", "ok", "ok"),
    OWN: (404, 404, 404, "ok"),
    MINE: ("ok", 400, 400, 400),  # a change to the sender's own data
    CHANGE: (404, 400, 400, 400),  # a change to the owner's data
    API: (404, 401, 401, None),  # programs send a key, and no token
    API_MINE: ("ok", 401, 401, None),
    API_OPEN: ("ok", "ok", "ok", "ok"),
}


@dataclass(frozen=True)
class Row:
    """The expected responses of a route."""

    endpoint: str
    method: str
    kind: str
    ok: int
    data: dict[str, Any] = field(default_factory=dict)
    path: dict[str, Any] = field(default_factory=dict)


JOB = {"job_id": "{job}"}
FILE = {"role": "content", "file": "{file}"}
ROWS = [
    Row("static", "GET", OPEN, 200, path={"filename": "icon.svg"}),
    Row("health.alive", "GET", OPEN, 200),
    Row("health.ready", "GET", OPEN, 200),
    Row("health.metrics", "GET", OPEN, 200),
    Row("paint.form", "GET", OPEN, 200),
    Row("about.show", "GET", OPEN, 200),
    Row("api_page.show", "GET", OPEN, 200),
    Row("paint.submit", "POST", MINE, 422),
    Row("paint.try_example", "POST", MINE, 303),
    Row("steering.control", "POST", CHANGE, 303, path=JOB | {"action": "delete"}),
    Row("password.show", "GET", OPEN, 302),
    Row("password.enter", "POST", MINE, 303),
    Row("paintings.show", "GET", OWN, 200, path=JOB),
    Row("paintings.status", "GET", OWN, 200, path=JOB),
    Row("paintings.preview", "GET", OWN, 200, path=JOB),
    Row("steering.steer", "POST", CHANGE, 303, {"strength": "30"}, JOB),
    Row("paintings.upload", "POST", MINE, 201, FILE),
    Row("continuation.snapshot", "GET", OWN, 200, path=JOB | {"step": 3}),
    Row("continuation.order", "POST", CHANGE, 303, path=JOB),
    Row("films.film", "GET", OWN, 404, path=JOB | {"format": "gif"}),
    Row("films.status", "GET", OWN, 200, path=JOB | {"format": "gif"}),
    Row("films.make", "POST", CHANGE, 303, path=JOB | {"format": "gif"}),
    Row("labels.write", "POST", CHANGE, 303, {"title": "Taken"}, JOB),
    Row("labels.share", "POST", CHANGE, 303, {"shared": "no"}, JOB),
    Row("labels.shared", "GET", OPEN, 200, path={"key": "{share}"}),
    Row("labels.shared_picture", "GET", OPEN, 200, path={"key": "{share}"}),
    Row("gallery.index", "GET", OPEN, 200),
    Row("gallery.link", "GET", OPEN, 200),
    Row("gallery.compare", "GET", OPEN, 303),
    Row("gallery.enter", "GET", OPEN, 200, path={"token": "{key}"}),
    Row("gallery.enter", "POST", MINE, 303, path={"token": "{key}"}),
    Row("gallery.delete", "POST", MINE, 303, {"id": "{job}"}),
    Row("gallery.undo", "POST", MINE, 303, {"undo": "0"}),
    Row("gallery.download", "POST", MINE, 303, {"id": "x"}),
    Row("gallery.choose_two", "POST", MINE, 303, {"id": "{job}"}),
    Row("erasure.ask", "GET", OPEN, 200),
    Row("erasure.erase", "POST", MINE, 303, {"sure": "yes"}),
    Row("erasure.revoke", "POST", MINE, 303),
    Row("styles.index", "GET", OPEN, 200),
    Row("styles.add", "POST", MINE, 303),
    Row("styles.rename", "POST", CHANGE, 303, {"name": "Taken"}, {"upload_id": "{style}"}),
    Row("styles.remove", "POST", CHANGE, 303, path={"upload_id": "{style}"}),
    Row("styles.restore", "POST", CHANGE, 303, path={"upload_id": "{style}"}),
    Row("files.upload", "GET", OWN, 200, path={"upload_id": "{photo}", "side": 320}),
    Row("files.style", "GET", OPEN, 200, path={"picture_id": "night-garden", "side": 320}),
    Row("files.thumbnail", "GET", OWN, 200, path=JOB),
    Row("files.picture", "GET", OWN, 200, path=JOB),
    Row("files.download", "GET", OWN, 200, path=JOB | {"ending": "png"}),
    Row("paint.estimate", "GET", OPEN, 200),
    Row("about.state", "GET", OPEN, 200),
    Row("about.fetch", "POST", MINE, 303),
    Row("steering.masks", "POST", CHANGE, 303, {"place": "0"}, JOB),
    Row("steering.place", "POST", CHANGE, 303, {"place": "0"}, JOB),
    Row("continuation.contact_sheet", "GET", OWN, 200, path=JOB),
    Row("continuation.order_contact_sheet", "POST", CHANGE, 303, path=JOB),
    Row("continuation.paint_large", "POST", CHANGE, 404, path=JOB),
    Row("drafts.ask", "POST", MINE, 400),
    Row("drafts.fetch", "GET", OWN, 404, path={"draft_id": "0" * 32}),
    Row("api.openapi", "GET", API_OPEN, 200),
    Row("api.styles", "GET", API_OPEN, 200),
    Row("api.make_key", "POST", API_OPEN, 201),
    Row("api.upload", "POST", API_MINE, 201, FILE),
    Row("api.order", "POST", API_MINE, 400),
    Row("api.estimate", "POST", API_MINE, 400),
    Row("api.paintings", "GET", API_MINE, 200),
    Row("api.painting", "GET", API, 200, path=JOB),
    Row("api.change", "PATCH", API, 400, path=JOB),
    Row("api.delete", "DELETE", API, 204, path=JOB),
    Row("api.control", "POST", API, 409, path=JOB | {"action": "stop"}),
    Row("api.continuation", "POST", API, 400, path=JOB),
    Row("api.preview", "GET", API, 200, path=JOB),
    Row("api.result", "GET", API, 200, path=JOB | {"ending": "png"}),
    Row("api.film", "GET", API, 404, path=JOB | {"format": "gif"}),
    Row("api.feedforward_styles", "GET", API_OPEN, 200),
    Row("api.uploads", "GET", API_MINE, 200),
    Row("api.rename_upload", "PATCH", API, 400, path={"upload_id": "{style}"}),
    Row("api.remove_upload", "DELETE", API, 204, path={"upload_id": "{style}"}),
    Row("api.ask_draft", "POST", API_MINE, 400),
    Row("api.draft", "GET", API, 404, path={"draft_id": "0" * 32}),
    Row("api.queue", "GET", API_MINE, 200),
    Row("api.place", "PUT", API, 400, path=JOB),
    Row("api.download", "POST", API_MINE, 400),
    Row("api.remove", "POST", API_MINE, 400),
    Row("api.restore", "POST", API_MINE, 400),
    Row("api.share", "PUT", API, 200, path=JOB),
    Row("api.unshare", "DELETE", API, 200, path=JOB),
    Row("api.snapshots", "GET", API, 200, path=JOB),
    Row("api.snapshot", "GET", API, 200, path=JOB | {"step": 3}),
    Row("api.contact_sheet", "GET", API, 200, path=JOB),
    Row("api.order_contact_sheet", "POST", API, 400, path=JOB),
    Row("api.paint_large", "POST", API, 400, path=JOB),
    Row("api.make_film", "POST", API, 503, path=JOB | {"format": "gif"}),
]


class World:
    """An owner with a finished picture, and the other visitors."""

    def __init__(self, app):
        self.app = app
        self.owner, self.stranger = Visitor(app), Visitor(app)
        for visitor in (self.owner, self.stranger):
            visitor.token()
        self.studio = app.extensions["pastiche"]
        self.names = {"file": "", **self._paint(self._id(self.owner))}
        with app.test_request_context():
            self.names["key"] = key_of(self._id(self.owner))
            self.names["other_key"] = key_of(self._id(self.stranger))

    def _id(self, visitor) -> str:
        with self.app.test_request_context(
            headers={"Cookie": f"pastiche={visitor.cookie().value}"}
        ) as context:
            return context.session["owner"]

    def _paint(self, owner: str) -> dict[str, str]:
        store, media = self.studio.store, self.studio.media
        chosen = {
            role: staging.stage(
                store, media, picture(), owner=owner, role=role, name="a.png", width=48, height=32,
                suffix=".png", expiry_s=3600,
            )
            for role in ("content", "style")
        }  # fmt: skip
        order = Order(
            owner=owner, content_id=chosen["content"].id, style_ids=(chosen["style"].id,), recipe=Recipe(),
            title="Mine", token="once",
        )  # fmt: skip
        job = store.jobs.submit(order)
        # Orders of earlier rows are ahead of it in the queue.
        claim = next(
            claim for claim in iter(lambda: store.leases.claim(WORKER), None) if claim.job.id == job.id
        )
        folder = f"jobs/{job.id}/{claim.token}"
        rgb = np.zeros((32, 48, 3), np.float32)
        media.put(f"{folder}/result.png", images.encode(rgb, "png", recipe=job.recipe))
        media.put(f"{folder}/thumbnail.webp", images.encode(rgb, "webp"))
        media.put(f"{folder}/frame-3.jpg", images.encode(rgb, "jpeg"))
        snapshot = Snapshot(place=0, step=3, progress=0.5, key=f"{folder}/frame-3.jpg", width=48, height=32)
        assert store.snapshots.keep(job.id, claim.token, snapshot)
        made = Result(
            key=f"{folder}/result.png", thumbnail_key=f"{folder}/thumbnail.webp", width=48, height=32,
            bytes=99, seconds=1.0, backbone="vgg19",
        )  # fmt: skip
        assert store.leases.finish(job.id, claim.token, made, Status.FINISHED)
        store.gallery.share(job.id, owner, shared=True)
        share = store.gallery.labels([job.id])[job.id].share_key
        return {"job": job.id, "photo": chosen["content"].id, "style": chosen["style"].id, "share": share}

    def form_data(self, row: Row) -> dict[str, Any]:
        filled = {name: self._fill(value) for name, value in row.data.items()}
        if "file" in filled:
            filled["file"] = (io.BytesIO(picture()), "a.png")
        return filled

    def _fill(self, value: Any) -> Any:
        return value.format(**self.names) if isinstance(value, str) else value

    def path(self, row: Row) -> str:
        with self.app.test_request_context():
            url = self.app.url_for
            return url(row.endpoint, **{name: self._fill(value) for name, value in row.path.items()})

    def unknown_method(self, row: Row) -> str:
        known = self.app.url_map.bind("localhost").allowed_methods(self.path(row))
        return next(method for method in ("PUT", "PATCH", "DELETE") if method not in known)

    def everything(self) -> object:
        """Return what hostile requests must not change."""
        store, job = self.studio.store, self.names["job"]
        found = store.jobs.find(job)
        owner = self._id(self.owner)
        mine = (
            store.uploads.in_role(owner, "style"),
            store.owners.key_serial(owner),
            store.jobs.children(found),
        )
        return found, store.gallery.labels([job]), mine

    def send(self, row: Row, who: str, method: str | None = None) -> int:
        visitor = {"stranger": self.stranger}.get(who, self.owner)
        client = visitor._client
        if who in ("nobody", "forged") and not row.kind.startswith("api"):
            client = self.app.test_client()
            if who == "forged":
                client.set_cookie("pastiche", self.owner.cookie().value[:-3] + "xyz")
        data = self.form_data(row)
        if not row.kind.startswith("api") and who != "untokened":
            data |= {"csrf_token": visitor.token()}
        headers = {}
        if row.kind.startswith("api") and who != "nobody":
            key = self.names["other_key" if who == "stranger" else "key"]
            headers["Authorization"] = f"Bearer {key[:-3] + 'xyz' if who == 'forged' else key}"
        method = method or row.method
        sent = {} if method in ("GET", "DELETE") else {"data": data}
        answer = client.open(self.path(row), method=method, headers=headers, **sent)
        answer.close()
        if "wsgi.input" in answer.request.environ:
            answer.request.environ["wsgi.input"].close()
        return answer.status_code


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    with app_without_redis(tmp_path_factory.mktemp("matrix")) as app:
        yield app


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.endpoint}-{row.method}")
def test_every_visitor_gets_the_expected_response(app, row):
    world = World(app)
    before = world.everything()
    visitors = zip(("stranger", "nobody", "forged", "untokened"), ANSWERS[row.kind], strict=True)
    hostile = {who: status for who, status in visitors if status is not None}
    refused = [who for who, status in hostile.items() if status != "ok" or who == "stranger"]
    seen = {who: world.send(row, who) for who in refused}
    seen["wrong method"] = world.send(row, "owner", world.unknown_method(row))
    assert world.everything() == before
    seen |= {who: world.send(row, who) for who in hostile if who not in seen}
    seen["owner"] = world.send(row, "owner")
    expected = {who: row.ok if status == "ok" else status for who, status in hostile.items()}
    assert seen == expected | {"owner": row.ok, "wrong method": 405}


def test_every_route_has_a_row(app):
    rules = app.url_map.iter_rules()
    routes = {(rule.endpoint, method) for rule in rules for method in rule.methods - {"HEAD", "OPTIONS"}}
    assert routes == {(row.endpoint, row.method) for row in ROWS}
