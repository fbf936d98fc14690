"""Which network paints, and fetching a better one where whoever runs the studio lets its pages do so."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.services.services import services
from app.wording import megabytes
from engine.version import __version__
from jobs.fetching import Fetch

blueprint = Blueprint("about", __name__)


@blueprint.post("/network/fetch")
def fetch() -> AnyResponse:
    """Ask for VGG19's weights."""
    here = services()
    if not here.settings.fetch_from_page:
        abort(404)
    if not here.live.request_fetch():
        flash("Nothing can be fetched just now; try again in a moment.", "unavailable")
    here.queue.wake()
    return redirect(url_for("about.show", _anchor="network"), 303)


@blueprint.get("/network")
def state() -> AnyResponse:
    """Say how far fetching is."""
    return jsonify(_fetching(services().live.fetching()))


def _fetching(found: Fetch | None) -> dict[str, Any]:
    """Put into words how far fetching is, and in percent where that is known."""
    if found is None:
        return {"state": "none", "sentence": "", "percent": None}
    percent = int(100 * found.bytes / found.total) if found.total else None
    of = f" of {megabytes(found.total)}" if found.total else ""
    sentences = {
        "wanted": "VGG19 will be fetched in a moment.",
        "running": f"Fetching VGG19: {megabytes(found.bytes)}{of}.",
        "done": "VGG19 is here; new paintings are made with it.",
        "failed": found.problem,
    }
    return {"state": found.state, "sentence": sentences[found.state], "percent": percent}


@blueprint.get("/about")
def show() -> str:
    """Say which networks paint here, what is missing, and what is taken."""
    here = services()
    return render_template(
        "about.html",
        version=__version__,
        settings=here.settings,
        workers=here.live.workers(),
        fetching=_fetching(here.live.fetching()),
    )
