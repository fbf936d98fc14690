"""Lighthouse scores of the pages: Paint, a painting, and a gallery of 200 pictures; the median of five runs.

`python -m benchmarks.lighthouse` starts a studio of its own. It needs Node (npx
fetches Lighthouse from npm) and Chromium. Lighthouse emulates a phone on a slow
network, or with --desktop a computer.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import statistics
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps
from playwright.sync_api import sync_playwright
from sqlalchemy import insert, select

from benchmarks import bench
from engine import Recipe
from engine.imaging import images
from engine.recipe.history import History
from jobs.media import Media
from jobs.settings import Settings
from jobs.store import JobStore
from jobs.store.tables import job_styles, jobs
from tests.support.browser import FLAGS, find_chromium
from tests.support.stack import Client, Stack, photo
from worker import pictures

LIGHTHOUSE = "lighthouse@12.8.2"
"""The last version that runs on Node 20."""
CATEGORIES = ("performance", "accessibility", "best-practices")
BOUNDS = {"performance": 95, "accessibility": 100, "best-practices": 100}
MAX_SHIFT = 0.02
PICTURES = 200
_ATTEMPTS = 3
STYLES = Path("static/styles")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--desktop", action="store_true")
    parser.add_argument(
        "--only", choices=("paint", "painting", "gallery"), help="measure one page only, and keep no results"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder) / "data", "")
        try:
            stack.start()
            client = stack.client()
            painting = client.order(
                photo("astronaut", 512), photo("coffee"), size=512, quality="sketch", max_steps=4
            )
            client.wait_for(painting, "finished", limit_s=300)
            fill(Settings.from_env({"PASTICHE_DATA": str(stack.data)}), painting.rpartition("/")[2])
            pages = {"paint": "/", "painting": painting, "gallery": "/gallery"}
            pages = {name: pages[name] for name in pages if options.only in (None, name)}
            runs = {
                name: [measure(client, path, options.desktop) for _ in range(options.rounds)]
                for name, path in pages.items()
            }
        finally:
            stack.end()
    medians = {name: median(rounds) for name, rounds in runs.items()}
    device = "desktop" if options.desktop else "phone"
    if not options.only:
        bench.keep(
            f"lighthouse-{device}", {"lighthouse": LIGHTHOUSE, "rounds": options.rounds, "pages": medians}
        )
    return 0 if all(passes(page) for page in medians.values()) else 1


def fill(settings: Settings, job_id: str) -> None:
    """Add copies of a finished painting to the gallery, each with a different picture."""
    store, media = JobStore.open(settings.database_url), Media.open(settings.media_url)
    with store.engine.begin() as connection:
        row = dict(connection.execute(select(jobs).where(jobs.c.id == job_id)).mappings().one())
        style = dict(
            connection.execute(select(job_styles).where(job_styles.c.job_id == job_id)).mappings().one()
        )
        sources = sorted(STYLES.glob("*.webp"))
        for number in range(1, PICTURES):
            copy = f"{number:032x}"
            keys = {
                "result_key": f"jobs/{copy}/0/result.png",
                "thumbnail_key": f"jobs/{copy}/0/thumbnail.webp",
            }
            size = (row["width"], row["height"])
            result, thumbnail = cut(sources[number % len(sources)], number, size)
            media.put(keys["result_key"], result)
            media.put(keys["thumbnail_key"], thumbnail)
            connection.execute(
                insert(jobs).values(row | keys | {"id": copy, "order_token": copy, "position": number})
            )
            connection.execute(insert(job_styles).values(style | {"job_id": copy}))


def cut(source: Path, number: int, size: tuple[int, int]) -> tuple[bytes, bytes]:
    """Crop a new picture from one in the library; return its files: the result and the thumbnail."""
    original = Image.open(source).convert("RGB")
    center = (number * 37 % 100 / 100, number * 59 % 100 / 100)
    scaled, recipe = original.resize((2 * size[0], 2 * size[1])), Recipe()
    cropped = ImageOps.fit(scaled, size, bleed=0.2, centering=center)
    picture = np.asarray(cropped, np.float32) / np.float32(255)
    return pictures.result(picture, images.Picture(rgb=picture), recipe, History(initial_recipe=recipe), "")


def measure(client: Client, path: str, desktop: bool) -> dict[str, Any]:
    """Run Lighthouse on a page once, logged in as the client."""
    cookie = client.cookie()
    command = ["npx", "--yes", LIGHTHOUSE, client.url + path, "--quiet", "--output=json"]
    command += [f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={' '.join(FLAGS)}"]
    command += [f"--extra-headers={json.dumps({'Cookie': f'{cookie.name}={cookie.value}'})}"]
    command += ["--preset=desktop"] if desktop else []
    report = _report(command)
    failed = [
        name
        for category in CATEGORIES
        for name in (ref["id"] for ref in report["categories"][category]["auditRefs"] if ref["weight"])
        if (report["audits"][name]["score"] or 0) < 1 and report["audits"][name]["score"] is not None
    ]
    scores = {name: round(100 * report["categories"][name]["score"]) for name in CATEGORIES}
    shift = report["audits"]["cumulative-layout-shift"]["numericValue"]
    print(path, scores, f"shift {shift:.4f}", failed, flush=True)
    return scores | {"layout_shift": round(shift, 4), "below_full_score": failed}


def _report(command: Sequence[str]) -> dict[str, Any]:
    for _ in range(_ATTEMPTS):
        environment = os.environ | {"CHROME_PATH": _chromium()}
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=False)
        # Now and then Chromium's trace lacks its beginning, and Lighthouse fails.
        if done.returncode == 0:
            return dict(json.loads(done.stdout))
    raise SystemExit(f"Lighthouse ended with {done.returncode}, {_ATTEMPTS} times.")


@functools.cache
def _chromium() -> str:
    with sync_playwright() as playwright:
        path = find_chromium(playwright)
    if path is None:
        raise SystemExit("Chromium is not installed.")
    return str(path)


def median(rounds: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the median of each figure."""
    names = [*CATEGORIES, "layout_shift"]
    below = sorted({audit for run in rounds for audit in run["below_full_score"]})
    return {name: statistics.median(run[name] for run in rounds) for name in names} | {
        "below_full_score": below
    }


def passes(page: dict[str, Any]) -> bool:
    """Return whether a page stays within the bounds."""
    return page["layout_shift"] <= MAX_SHIFT and all(page[name] >= least for name, least in BOUNDS.items())


if __name__ == "__main__":
    raise SystemExit(main())
