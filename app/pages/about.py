"""The About page: which network paints, and the download of a better one where that is allowed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.services.services import current_services
from app.wording import megabytes
from engine.version import __version__
from jobs.fetching import Fetch

blueprint = Blueprint("about", __name__)


@blueprint.post("/network/fetch")
def fetch() -> AnyResponse:
    """Request the download of VGG19's weights."""
    services = current_services()
    if not services.settings.fetch_from_page:
        abort(404)
    if not services.live.request_fetch():
        flash("Nothing can be downloaded right now. Please try again in a moment.", "unavailable")
    services.queue.wake()
    return redirect(url_for("about.show", _anchor="network"), 303)


@blueprint.get("/network")
def state() -> AnyResponse:
    """Return the progress of the download."""
    return jsonify(_fetch_state(current_services().live.fetching()))


def _fetch_state(download: Fetch | None) -> dict[str, Any]:
    """Describe the download's progress in a sentence, and in percent if it is known."""
    if download is None:
        return {"state": "none", "sentence": "", "percent": None}
    percent = int(100 * download.bytes / download.total) if download.total else None
    total = f" of {megabytes(download.total)}" if download.total else ""
    sentences = {
        "wanted": "The download of VGG19 starts in a moment.",
        "running": f"Downloading VGG19: {megabytes(download.bytes)}{total}.",
        "done": "VGG19 is ready. New paintings are made with it.",
        "failed": download.problem,
    }
    return {"state": download.state, "sentence": sentences[download.state], "percent": percent}


@blueprint.get("/about")
def show() -> str:
    """Show which networks paint, what is missing, and which files are accepted."""
    services = current_services()
    return render_template(
        "about.html",
        version=__version__,
        settings=services.settings,
        workers=services.live.workers(),
        fetching=_fetch_state(services.live.fetching()),
    )
