"""The real web app on a real database and real files, without Redis unless a test asks for it."""

from __future__ import annotations

import io
import os
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
from jinja2 import FileSystemBytecodeCache
from PIL import Image
from werkzeug.routing import Rule

from app import create_app
from app.services.services import Services
from engine.imaging import images
from jobs.job import Job, Queue, Result, Status, WorkerIdentity
from jobs.sandbox import Sandbox
from jobs.settings import Settings
from tests.support.postgres import VARIABLE, fresh_database

WORKER = WorkerIdentity(host="here", pid=1, process_started="1", queue=Queue.LONG)


def picture(width=48, height=32, kind="PNG", colour=(200, 80, 40), **options) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(file, kind, **options)
    return file.getvalue()


class Visitor:
    """A browser without scripts, which keeps its cookie and sends the token of the form it saw."""

    def __init__(self, app):
        self._client = app.test_client()
        self._token = ""

    def get(self, path, **options):
        return self._client.get(path, **options)

    def token(self) -> str:
        """Return the form's token, fetched once, as in a page that is left open."""
        if not self._token:
            self._token = re.search(r'name="csrf_token" value="([^"]+)"', self.get("/").text)[1]
        return self._token

    def post(self, path, data=None, **options):
        return self.post_bare(path, {"csrf_token": self.token()} | (data or {}), **options)

    def post_bare(self, path, data=None, **options):
        answer = self._client.post(path, data=data, **options)
        # Werkzeug's client leaves the file open in which it keeps a large body.
        answer.request.environ["wsgi.input"].close()
        return answer

    def order(self, *, photo=True, style=True, **fields):
        """Send the form with a photo and a style as files."""
        if photo is True:
            photo = (picture(), "cat.png")
        if style is True:
            style = (picture(40, 40, colour=(20, 30, 90)), "wave_at_sea.png")
        data = dict(fields)
        for name, file in (("photo", photo), ("style", style)):
            if file:
                data[name] = (io.BytesIO(file[0]), file[1])
        return self.post("/paintings", data)

    def cookie(self):
        return self._client.get_cookie("pastiche")

    def use_cookie(self, cookie: str) -> None:
        """Continue as the visitor this cookie was given to."""
        self._client.set_cookie("pastiche", cookie)


@pytest.fixture
def settings(tmp_path, empty_database) -> Settings:
    shutil.copy(empty_database, tmp_path / "pastiche.db")
    environ = {"PASTICHE_DATA": str(tmp_path), "REDIS_URL": f"unix://{tmp_path}/no.sock"}
    if server := os.environ.get(VARIABLE):
        environ["DATABASE_URL"] = fresh_database(server)
    return replace(Settings.from_env(environ), max_upload_bytes=2 * 2**20)


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory) -> FileSystemBytecodeCache:
    """Share compiled templates between apps, since compiling took a third of the time."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture(scope="session", autouse=True)
def compiled_addresses():
    """Compile the builder of each address once, since doing so per app took most of a test's start."""
    compile_builder, builders = Rule._compile_builder, {}

    def remembered(rule: Rule, append_unknown: bool = True):
        key = rule.rule, rule.subdomain, rule.host, str(rule.defaults), append_unknown
        if key not in builders:
            builders[key] = compile_builder(rule, append_unknown)
        return builders[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", remembered)
        yield


@pytest.fixture(scope="session")
def sandbox():
    """Share one sandbox between apps, since its helper takes half a second to start."""
    with Sandbox(helpers=1, max_pixels=50_000_000) as sandbox:
        yield sandbox


@pytest.fixture
def make_app(settings, compiled_templates, sandbox):
    apps = []

    def make(**changes):
        app = create_app(replace(settings, **changes))
        app.extensions["pastiche"] = replace(app.extensions["pastiche"], sandbox=sandbox)
        app.jinja_env.bytecode_cache = compiled_templates
        apps.append(app)
        return app

    yield make
    for app in apps:
        services = app.extensions["pastiche"]
        services.store.close()
        services.live.close()
        services.queue.close()


@pytest.fixture
def app(make_app, request):
    """Return the web app, with a real Redis if the test asks for one."""
    if "redis" not in request.fixturenames:
        return make_app()
    return make_app(redis_url=request.getfixturevalue("redis").url)


@pytest.fixture
def studio(app) -> Services:
    return app.extensions["pastiche"]


@pytest.fixture
def visitor(app) -> Visitor:
    return Visitor(app)


@pytest.fixture
def stranger(app) -> Visitor:
    return Visitor(app)


@pytest.fixture
def submit(visitor, studio):
    """Order a painting through the form, and return its job."""

    def order(**fields) -> Job:
        answer = visitor.order(**fields)
        assert answer.status_code == 303, answer.text
        return studio.store.jobs.find(answer.location.rsplit("/", 1)[-1])

    return order


@pytest.fixture
def paint(submit, studio):
    """Order a painting and finish it, as a worker would."""

    def paint(shape=(40, 60), **fields) -> Job:
        job = submit(**fields)
        claim = studio.store.leases.claim(WORKER)
        rgb = np.random.default_rng(0).random((*shape, 3), np.float32)
        png = images.encode(rgb, "png", recipe=job.recipe)
        folder = f"jobs/{job.id}/{claim.token}"
        studio.media.put(f"{folder}/result.png", png)
        studio.media.put(f"{folder}/thumbnail.webp", images.encode(rgb, "webp"))
        result = Result(
            key=f"{folder}/result.png",
            thumbnail_key=f"{folder}/thumbnail.webp",
            width=shape[1],
            height=shape[0],
            bytes=len(png),
            seconds=3.0,
            backbone="vgg19",
        )
        assert studio.store.leases.finish(job.id, claim.token, result, Status.FINISHED)
        return studio.store.jobs.find(job.id)

    return paint


def files_in(studio: Services) -> list[str]:
    return studio.media.keys("uploads/")


def notices(page: str) -> list[str]:
    """Return the codes of the notices at the top of a page."""
    return re.findall(r'<div class="notice" data-code="([\w-]*)"><p role="status">[^<]', page)


def error_code(page: str) -> str | None:
    """Return the code of an error page."""
    found = re.search(r'<div class="prose" data-code="([\w-]+)">\s*<h1>[^<]+</h1>\s*<p>[^<]', page)
    return found[1] if found else None


def id_of(answer) -> str:
    """Return the id of the painting that a response redirects to."""
    return answer.location.rsplit("/", 1)[-1]
