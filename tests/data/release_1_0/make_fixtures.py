"""Make files as release 1.0 wrote them, for tests that later versions still read them.

    git worktree add ../pastiche-1.0 9756808
    cd ../pastiche-1.0 && PYTHONPATH=. .venv/bin/python /path/to/make_fixtures.py /path/to/folder

It runs with the code of release 1.0: its API, its worker's loop, its store, its queue. The pictures are drawn here,
and clocks and random ids repeat, so that a second run gives the same files (except for the ids of the messages in
Redis) wherever TensorFlow computes the same.
"""

from __future__ import annotations

import io
import json
import logging
import os
import random
import re
import secrets
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "TF_NUM_INTRAOP_THREADS": "1"}

import numpy as np
import redis
import structlog
from PIL import Image

from app import create_app, redis_server
from engine import Checkpoint, Painting, Recipe, encode, load_backbone
from jobs import backup
from jobs.janitor import Janitor
from jobs.job import WorkerIdentity
from jobs.queue import Queue
from jobs.settings import Settings
from jobs.store import migrate
from worker import ledger, sitting
from worker.easel import Easel
from worker.projector import Projector

COMMIT = "9756808"
KEY = "made for the tests of version 1.0"
PLAIN = {"backbone": "compact", "precision": "float32", "size": 64, "scales": 2, "max_steps": 3}


def photo(side: int = 64) -> np.ndarray:
    """Draw a sun over a field, (side, side, 3) uint8."""
    y, x = np.mgrid[0:side, 0:side].astype(np.int64) * 64 // side
    picture = np.stack([100 + y, 140 + y, 220 - y], -1)
    picture[(x - 44) ** 2 + (y - 18) ** 2 < 81] = (250, 220, 90)
    picture[y > 40 - x // 8] = (70, 120, 60)
    return picture.astype(np.uint8)


def style(number: int, side: int = 64) -> np.ndarray:
    """Draw stripes (0), rings (1) or squares (2), (side, side, 3) uint8."""
    y, x = np.mgrid[0:side, 0:side].astype(np.int64)
    value = ((x + 2 * y) % 16 * 15, ((x - 32) ** 2 + (y - 32) ** 2) // 8 % 32 * 8, (x // 8 + y // 8) % 3 * 100)[number]
    return np.stack([value, 255 - value, np.full_like(value, 60 * number)], -1).astype(np.uint8)


def mask(side: int = 32) -> np.ndarray:
    """Draw a mask, (side, side) uint8: white on the left, black on the right."""
    return np.repeat(np.linspace(255, 0, side).astype(np.uint8)[None], side, axis=0)


def png(array: np.ndarray) -> bytes:
    """Write an array as PNG."""
    file = io.BytesIO()
    Image.fromarray(array).save(file, "png")
    return file.getvalue()


def floats(array: np.ndarray) -> np.ndarray:
    """Return a picture as the engine takes it, float32 in [0, 1]."""
    return np.asarray(array, np.float32) / 255


def repeat_ids() -> None:
    """Make random ids the same in every run."""
    source = random.Random(10)
    secrets.token_hex = lambda count=16: source.randbytes(count).hex()  # type: ignore[misc]
    uuid.uuid4 = lambda: uuid.UUID(bytes=source.randbytes(16), version=4)  # type: ignore[misc]


class Clock:
    """A wall clock that moves a second at each look, and a monotonic clock for the worker."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 1, 1, 9, tzinfo=UTC)
        self.seconds, self.tick = 1000.0, 0.3

    def now(self) -> datetime:
        """Return the time."""
        self.moment += timedelta(seconds=1)
        return self.moment

    def monotonic(self) -> float:
        """Return seconds for what a worker times."""
        self.seconds += self.tick
        return self.seconds


# --- files of the engine ---


def write_pictures(out: Path) -> None:
    """Write pictures that contain their recipe, a checkpoint and a recipe, with every old name."""
    recipe = Recipe(
        size=64, scales=2, max_steps=4, backbone="compact", precision="float32", optimizer="adam", learning_rate=0.03,
        strength=55, brush_size=60, keep_colours=20, smoothness=30, style_weights=(70, 30), patch_share=10,
        patch_layers=("block2_conv1",), style_layers=("block1_conv1", "block2_conv1"), style_layer_weights=(1, 2),
        content_layers=("block3_conv1",), content_layer_weights=(1,), colour_method="histogram", pooling="max",
        start="blend", start_noise=25, seed=7,
    )  # fmt: skip
    for name, drawn in {"photo": photo(), "stripes": style(0), "rings": style(1), "mask": mask()}.items():
        (out / f"{name}.png").write_bytes(png(drawn))
    content, styles = floats(photo()), [floats(style(0)), floats(style(1))]
    backbone = load_backbone(recipe)
    painting = Painting.begin(content, styles, recipe, backbone=backbone, masks=[floats(mask()), None])
    painting.advance()
    painting.steer(recipe.changed(strength=80, keep_colours=45))
    painting.advance()
    painting.steer(painting.recipe.changed(style_weights=(20, 80), smoothness=10))
    painting.advance()
    data = painting.checkpoint().to_bytes()  # halfway through the first scale, 32 px
    (out / "checkpoint.bin").write_bytes(data)
    # Resumed without the optimizer's memory, so that the log says so; and stopped before its end.
    at = Checkpoint.from_bytes(data).forgetting()
    painting = Painting.resume(at, content, styles, backbone=backbone, masks=[floats(mask()), None])
    while painting.step < 7:
        painting.advance()
    picture, said = painting.picture(), painting.recipe
    (out / "painting.png").write_bytes(
        encode(picture, "png", recipe=said, making=painting.making, texts={"Title": "A field"})
    )
    (out / "painting.jpg").write_bytes(encode(picture, "jpeg", recipe=said))
    (out / "painting.webp").write_bytes(encode(picture, "webp", recipe=said))
    (out / "recipe.json").write_text(json.dumps(recipe.to_dict(), indent=2) + "\n")


def write_one_pass_network(out: Path, scratch: Path) -> None:
    """Train a tiny network of one style with the command line of 1.0."""
    photos = scratch / "photos"
    photos.mkdir()
    (photos / "one.png").write_bytes(png(photo()))
    (scratch / "stripes.png").write_bytes(png(style(0)))
    subprocess.run(
        [sys.executable, "-m", "engine", "brush", "train", str(scratch / "stripes.png"), "--photos", str(photos),
         "-o", str(out / "one-pass.npz"), "--work", str(scratch / "work"), "--network", "compact", "--precision", "float32",
         "--steps", "2", "--side", "32", "--batch", "1", "--widths", "4,4,4", "--blocks", "1", "--style-sides", "64"],
        check=True, capture_output=True,
    )  # fmt: skip


# --- a studio ---


class Studio:
    """The web application and the worker of 1.0 in this process, without Redis."""

    def __init__(self, data: Path, clock: Clock) -> None:
        environ = {"PASTICHE_DATA": str(data), "REDIS_URL": f"unix://{data}/no.sock", "RATE_LIMITS": "off",
                   "SECRET_KEY": KEY, "MIN_FREE_MB": "0"}  # fmt: skip
        self.settings = Settings.from_env(environ)
        migrate(self.settings.database_url)
        self.app = create_app(self.settings)
        self.here = self.app.extensions["pastiche"]
        self.here.store._now = clock.now
        self.clock = clock
        self.web = self.app.test_client()
        self.leave = False
        self.at_step: dict[int, object] = {}
        self._steps = 0
        self.easel = Easel(
            self.settings, self.here.store, self.here.live, self.here.media,
            leaving=lambda: self.leave, between_steps=self._between, clock=clock.monotonic,
        )  # fmt: skip
        self.key = self.ask("POST", "/keys")["key"]

    def ask(self, method: str, path: str, body: object = None, key: str | None = None, **more: object):
        """Call the API."""
        key = key or getattr(self, "key", None)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        options = {"json": body} if body is not None else more
        answer = self.web.open(f"/api/v1{path}", method=method, headers=headers, **options)
        if answer.status_code >= 400:
            raise SystemExit(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json

    def upload(self, array: np.ndarray, role: str, name: str, key: str | None = None, **fields: str) -> str:
        """Upload a picture; return its id."""
        form = {"role": role, "file": (io.BytesIO(png(array)), name), **fields}
        return self.ask("POST", "/uploads", key=key, data=form)["id"]

    def order(self, photo: str, styles: list[str], recipe: dict, **more: object) -> str:
        """Order a painting; return its id."""
        return self.ask("POST", "/paintings", {"photo": photo, "styles": styles, "recipe": PLAIN | recipe, **more})["id"]

    def paint(self, job_id: str, **at_step: object) -> None:
        """Paint a job, which must be the next one; `step_3=act` calls something after its third step."""
        self.leave, self._steps = False, 0
        self.at_step = {int(name.removeprefix("step_")): act for name, act in at_step.items()}
        job = self.here.store.job(job_id)
        worker = WorkerIdentity(host="studio pid:[1]", pid=7, process_started="boot 1", kind=job.kind)
        if self.here.store.queue(job.kind)[0].id != job_id or not self.easel.paint_next(worker):
            raise SystemExit(f"“{job.title}” is not the next in {job.kind}")

    def _between(self) -> bool:
        self._steps += 1
        if act := self.at_step.get(self._steps):
            act()
        return False

    def go(self) -> None:
        """Leave at the next step, as a worker does when it has to end."""
        self.leave = True

    def close(self) -> None:
        """Close all connections."""
        for part in (self.here.store, self.here.live, self.here.queue, self.here.gate):
            part.close()


def fill(studio: Studio) -> dict[str, str]:
    """Fill a gallery; return the ids of its jobs by name."""
    ask, ids = studio.ask, {}
    field = studio.upload(photo(), "content", "A_field.png")
    names = ("stripes", "rings", "squares")
    stripes, rings, squares = (studio.upload(style(n), "style", f"{name}.png", keep="true") for n, name in enumerate(names))
    left = studio.upload(mask(), "mask", "left.png")
    ask("PATCH", f"/uploads/{squares}", {"name": "Kitchen tiles"})

    def change(job: str, **body: object):
        return lambda: ask("PATCH", f"/paintings/{ids[job]}", body)

    def wish(job: str, wish: str):
        return lambda: ask("POST", f"/paintings/{ids[job]}/{wish}")

    ids["steered"] = studio.order(
        field, [stripes, squares], {"brush_size": 60, "style_weights": [70, 30], "seed": 3, "colour_method": "mean_covariance"},
        masks=[left, None], content_mask=left, title="Two styles, steered",
    )  # fmt: skip
    studio.paint(ids["steered"], step_2=change("steered", recipe={"strength": 80, "keep_colours": 40, "style_weights": [40, 60]}))
    ids["one_pass"] = ask("POST", "/paintings", {"photo": field, "recipe": {"size": 64, "brush": "starry_night"}})["id"]
    studio.paint(ids["one_pass"])
    ids["further"] = ask("POST", f"/paintings/{ids['steered']}/further", {"recipe": {"brush_size": 120, "max_steps": 2}})["id"]
    studio.paint(ids["further"])
    ask("PATCH", f"/paintings/{ids['further']}", {"title": "The one for the hall", "rating": 5, "note": "Oak.\n30 × 30 cm."})
    ask("PUT", f"/paintings/{ids['further']}/share")
    step = ask("GET", f"/paintings/{ids['steered']}/frames")["frames"][0]["step"]
    ids["from_frame"] = ask("POST", f"/paintings/{ids['steered']}/further", {"step": step, "recipe": {"max_steps": 1}})["id"]
    studio.paint(ids["from_frame"])
    ids["stopped"] = studio.order(field, [rings], {"optimizer": "adam", "max_steps": 9, "scales": 1}, title="Enough")
    studio.paint(ids["stopped"], step_3=wish("stopped", "stop"))
    ids["plain"] = studio.order(field, [stripes], {"scales": 1, "quality": "sketch", "max_steps": None}, title="Nothing done to it")
    studio.clock.tick = 0.01  # so quick that few snapshots are kept
    studio.paint(ids["plain"])
    studio.clock.tick = 0.3
    Projector(studio.here.store, studio.here.live, studio.here.media, lambda: False).make(ids["stopped"], "gif")
    lost = studio.upload(style(1, 80), "style", "lost.png")
    ids["failed"] = studio.order(field, [lost], {})
    studio.here.media.delete(studio.here.store.upload(lost, studio.here.store.job(ids["failed"]).owner).key)
    studio.paint(ids["failed"])
    ask("DELETE", f"/uploads/{rings}")  # the paintings made with it keep it

    for name in ("deleted_long_ago", "deleted_a", "deleted_b"):
        ids[name] = studio.order(field, [squares], {"max_steps": 1, "scales": 1}, title=name)
        studio.paint(ids[name])
    ask("POST", "/paintings/remove", {"ids": [ids["deleted_long_ago"]]})
    ids["undo"] = ask("POST", "/paintings/remove", {"ids": [ids["deleted_a"], ids["deleted_b"]]})["undo"]

    other = ask("POST", "/keys")["key"]
    theirs = studio.upload(photo(), "content", "theirs.png", key=other)
    ids["of_another"] = ask("POST", "/paintings", {"photo": theirs, "recipe": {"size": 64, "brush": "great_wave"}}, key=other)["id"]
    studio.paint(ids["of_another"])
    studio.here.store.revoke_keys(studio.here.store.job(ids["of_another"]).owner)
    ids["void_key"] = other

    ids["paused"] = studio.order(
        field, [stripes, squares], {"brush_size": 75, "max_steps": 5, "style_weights": [50, 50], "keep_colours": 10},
        masks=[None, left], title="Half way",
    )  # fmt: skip
    studio.paint(ids["paused"], step_2=change("paused", recipe={"strength": 70, "style_weights": [80, 20]}), step_4=wish("paused", "pause"))
    ids["lost_worker"] = studio.order(field, [stripes], {"max_steps": 4}, title="Its worker was killed")
    dead = WorkerIdentity(host="elsewhere", pid=8, process_started="boot 2", kind="paint")
    claim = studio.here.store.claim(dead)
    if claim is None or claim.job.id != ids["lost_worker"]:
        raise SystemExit("another job was claimed")
    studio.here.store.heartbeat(claim.job.id, claim.token, step=1, progress=0.1, patience_s=15, backbone="compact")
    ids["handed_over"] = studio.order(field, [stripes], {"brush_size": 150, "max_steps": 6, "smoothness": 35}, title="In the middle")
    studio.paint(ids["handed_over"], step_3=studio.go)
    ids["waiting"] = studio.order(field, [stripes], {"brush_size": 40, "start": "blend", "start_noise": 20}, title="Waits")
    ids["waiting_first"] = studio.order(field, [squares], {"brush_size": 200}, title="Was moved to the front")
    ask("PUT", f"/paintings/{ids['waiting_first']}/place", {"place": 0})
    ids["one_pass_waiting"] = ask("POST", "/paintings", {"photo": field, "recipe": {"size": 64, "brush": "the_scream"}})["id"]
    Janitor(studio.here.store, studio.here.media, studio.here.queue, lease_s=15).empty_bin()
    ids["cancelled"] = studio.order(field, [stripes], {}, title="Not this one")
    ask("POST", f"/paintings/{ids['cancelled']}/cancel")  # its files are still to be deleted
    ids["sheet_of"] = ids["plain"]
    ask("POST", f"/paintings/{ids['plain']}/variations", {})
    return ids


def fill_a_little(studio: Studio) -> dict[str, str]:
    """Fill a gallery that is small enough to keep with its pictures."""
    ask, ids = studio.ask, {}
    field = studio.upload(photo(), "content", "A_field.png")
    stripes = studio.upload(style(0), "style", "stripes.png", keep="true")
    left = studio.upload(mask(), "mask", "left.png")
    ids["steered"] = studio.order(field, [stripes], {"brush_size": 60, "seed": 3}, masks=[left], title="Steered")
    studio.paint(
        ids["steered"],
        step_2=lambda: ask("PATCH", f"/paintings/{ids['steered']}", {"recipe": {"strength": 80, "keep_colours": 40}}),
    )
    ask("PATCH", f"/paintings/{ids['steered']}", {"rating": 4, "note": "For the hall."})
    ask("PUT", f"/paintings/{ids['steered']}/share")
    ids["one_pass"] = ask("POST", "/paintings", {"photo": field, "recipe": {"size": 64, "brush": "starry_night"}})["id"]
    studio.paint(ids["one_pass"])
    ids["paused"] = studio.order(field, [stripes], {"brush_size": 75, "max_steps": 5}, title="Half way")
    studio.paint(
        ids["paused"],
        step_2=lambda: ask("PATCH", f"/paintings/{ids['paused']}", {"recipe": {"strength": 70}}),
        step_4=lambda: ask("POST", f"/paintings/{ids['paused']}/pause"),
    )
    ids["waiting"] = studio.order(field, [stripes], {"brush_size": 40, "max_steps": 2}, title="Waits")
    ids["one_pass_waiting"] = ask("POST", "/paintings", {"photo": field, "recipe": {"size": 64, "brush": "the_scream"}})["id"]
    Janitor(studio.here.store, studio.here.media, studio.here.queue, lease_s=15).empty_bin()
    return ids


def write_studios(out: Path, scratch: Path) -> str:
    """Write a database and a backup of another gallery, with their facts; return the id of a finished job."""
    ledger.device_name = sitting.device_name = lambda: "studio x86_64 x2"  # type: ignore[assignment]
    studio = Studio(scratch / "data", Clock())
    ids = fill(studio)
    told = {"made_by": COMMIT, "database": facts(studio, ids)}
    studio.close()
    database = sqlite3.connect(scratch / "data" / "pastiche.db")
    with database:
        database.execute(
            "UPDATE labels SET removed_at = removed_at - ? WHERE job_id = ?", (2 * 3600 * 10**6, ids["deleted_long_ago"])
        )
    dump = "\n".join(database.iterdump()) + "\n"
    database.close()
    (out / "database.sql").write_text(dump)

    small = Studio(scratch / "small", Clock())
    told["backup"] = facts(small, fill_a_little(small))
    small.close()
    (out / "backup.tar").unlink(missing_ok=True)
    clock = time.time
    time.time = lambda: datetime(2026, 1, 1, 10, tzinfo=UTC).timestamp()
    try:
        backup.create(small.settings, out / "backup.tar")
    finally:
        time.time = clock
    (out / "facts.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    return ids["plain"]


def facts(studio: Studio, ids: dict[str, str]) -> dict[str, object]:
    """Return what a gallery holds: how to open it, and its jobs by name."""
    others = ("undo", "void_key", "sheet_of")
    field = studio.here.store.job(ids["steered"]).content.id
    return {
        "secret_key": KEY,
        "key": studio.key,
        **{name: ids[name] for name in others if name in ids},
        "estimate_of_256_px_s": studio.ask("POST", "/estimate", {"photo": field, "recipe": {"size": 256, "backbone": "compact"}})["seconds"],
        "now": int(studio.clock.moment.timestamp() * 1e6),
        "jobs": {name: {"id": job, **ask_all(studio, job)} for name, job in ids.items() if name not in others},
    }


def ask_all(studio: Studio, job_id: str) -> dict[str, object]:
    """Return what is known of a job."""
    job = studio.here.store.job(job_id)
    if job is None:
        raise SystemExit(job_id)
    return {
        "status": job.status.value, "queue": job.kind, "title": job.title, "step": job.step,
        "parent": job.parent_id, "recipe": Recipe().differences(job.recipe), "recipe_version": job.recipe_version,
        "frames": [frame.step for frame in studio.here.store.frames(job_id)],
        "has_checkpoint": job.checkpoint_key is not None,
    }  # fmt: skip


# --- Redis ---


def write_calls(out: Path, scratch: Path, film_of: str) -> None:
    """Publish every call of 1.0 while no worker runs, and write what is then in Redis."""
    folder = scratch / "redis"
    config, url = redis_server.prepare(folder)
    server = subprocess.Popen([str(redis_server.find_server()), config.name], cwd=folder, stdout=subprocess.DEVNULL)
    try:
        while not redis_server.answers(url):
            time.sleep(0.05)
        queue = Queue(Settings.from_env({"REDIS_URL": url, "PASTICHE_DATA": str(scratch)}))
        calls = [queue.wake("paint"), queue.wake("draft"), queue.wake_drafter(), queue.wake_projector(film_of, "gif")]
        queue.close()
        if not all(calls):
            raise SystemExit("a call could not be published")
        client = redis.Redis.from_url(url)
        # In the order in which LPUSH restores them.
        lists = {key.decode(): client.lrange(key, 0, -1)[::-1] for key in client.keys() if client.type(key) == b"list"}
        client.close()
    finally:
        server.terminate()
        server.wait(20)
    # The name of the process that published it does not matter.
    raw = {name: [re.sub(r"gen\d+@[^\"\\]+", "gen1@studio", item.decode()) for item in items] for name, items in sorted(lists.items())}
    (out / "redis.json").write_text(json.dumps(raw, indent=1) + "\n")


def main() -> None:
    """Write everything into the folder of the first argument, or beside this script."""
    out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent).resolve()
    out.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp())
    try:
        repeat_ids()
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
        write_pictures(out)
        write_one_pass_network(out, scratch)
        write_calls(out, scratch, write_studios(out, scratch))
    finally:
        shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
