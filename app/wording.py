"""How the studio says things: times, sizes, names, and where a painting stands."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from engine.recipe import knobs
from jobs.job import Event, Job, Status
from jobs.live import Progress, WorkerNote

_ENDING = re.compile(r"\.(jpe?g|png|webp|avif|gif|heic|tiff?|bmp)$", re.IGNORECASE)
TOO_LATE = "That came too late: the painting had moved on."

UNDO = "For an hour that can be undone."

STANDS = {
    Status.QUEUED: "Waiting",
    Status.PAUSED: "Paused",
    Status.PAINTING: "Painting",
    Status.FINISHED: "Finished",
    Status.STOPPED: "Stopped early and kept",
    Status.CANCELLED: "Cancelled; nothing was kept",
    Status.FAILED: "Could not be painted",
}


def megabytes(size: float) -> str:
    """Say a size of a file, as "25 MB"."""
    if size < 2**20:
        return f"{max(1, round(size / 2**10))} KB"
    return f"{size / 2**20:.1f} MB".replace(".0 MB", " MB")


def gigabytes(size: float) -> str:
    """Say an amount of memory, as "9 GB"."""
    return f"{size / 2**30:.0f} GB"


def duration(seconds: float) -> str:
    """Say a span of time in its two largest units, as "2 min 10 s"."""
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, rest = divmod(round(whole / 60), 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def roughly(seconds: float) -> str:
    """Say a span of time as people estimate, as "about 2 minutes"."""
    if seconds < 8:
        return "a few seconds"
    if seconds < 50:
        return f"about {5 * round(seconds / 5)} seconds"
    minutes = round(seconds / 60)
    if minutes < 60:
        return "about a minute" if minutes <= 1 else f"about {minutes} minutes"
    hours = round(seconds / 3600)
    return "about an hour" if hours <= 1 else f"about {hours} hours"


def day(moment: datetime) -> str:
    """Say a date, as "22 November 2025"."""
    return f"{moment.day} {moment:%B %Y}"


def ago(moment: datetime, now: datetime | None = None) -> str:
    """Say when something was, near times by how long ago."""
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    seconds = ((now or datetime.now(UTC)) - moment).total_seconds()
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        minutes = int(seconds // 60)
        return f"{minutes} minute{'s' * (minutes > 1)} ago"
    if seconds < 86_400:
        hours = int(seconds // 3600)
        return f"{hours} hour{'s' * (hours > 1)} ago"
    return day(moment)


def plain_name(filename: str) -> str:
    """Return a file's name as words: no ending of a picture, no underscores."""
    stem = _ENDING.sub("", filename)
    # Where there are spaces, a hyphen is one and does not stand in for a space.
    gaps = r"[_\s]+" if " " in stem else r"[_\s]+|(?<=\w)-(?=\w)"
    words = " ".join(re.sub(gaps, " ", stem).split())
    return _capital(words[:80]) or "Untitled"


def made_title(photo: str, styles: Sequence[str]) -> str:
    """Name a painting after the files it comes from."""
    names = [plain_name(name) for name in styles]
    after = names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
    return f"{plain_name(photo)}, after {after}"


def deleted(count: int, title: str = "") -> str:
    """Say that pictures were taken down; one by its title, if that is known."""
    one = f"“{title}”" if title else "1 picture"
    return f"{one if count == 1 else f'{count} pictures'} {'was' if count == 1 else 'were'} deleted. {UNDO}"


def told(event: Event) -> str:
    """Say what happened to a painting."""
    if event.kind == "steered":
        return _steered(json.loads(event.detail))
    words = _HAPPENED.get(event.kind, _capital(event.kind))
    return words.format(event.detail)


def _steered(changes: dict[str, Any]) -> str:
    step = changes.pop("step", 0)
    parts = ["Masks changed"] if changes.pop("masks", None) else []
    for name, value in changes.items():
        knob = knobs().get(name)
        if knob:
            numbers = value if isinstance(value, list) else [value]
            written = ", ".join(f"{item:g}" if isinstance(item, float) else str(item) for item in numbers)
            parts.append(f"{knob.label} to {written}{f' {knob.unit}' if knob.unit else ''}")
    return f"{'; '.join(parts) or 'Steered'}, at step {step}"


_HAPPENED = {
    "submitted": "Ordered",
    "claimed": "A painter took it up",
    "moved": "Moved in the queue, to place {}",
    "stop asked for": "You asked to stop and keep it",
    "pause asked for": "You asked to pause",
    "handed over": "The painter put it back, to go on later",
    "worker lost": "The painter was lost; another goes on from the last checkpoint",
    "memory ran short": "Memory ran short; it goes on in smaller tiles, of at most {} px",
    "stopped": "Stopped and kept",
}


def file_stem(title: str) -> str:
    """Return a title as a name that every file system takes."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:60] or "painting"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def where_it_stands(
    job: Job, progress: Progress | None, place: int | None, workers: Sequence[WorkerNote]
) -> str:
    """Say in a few words what is happening to a job now."""
    if job.status is Status.QUEUED:
        return _waiting(job, place, workers)
    if job.status is not Status.PAINTING:
        return STANDS[job.status]
    if job.stop_requested:
        return "Stopping after this step"
    if job.pause_requested:
        return "Pausing after this step"
    if progress and progress.phase == "loading":
        return "The painter is getting ready"
    left = progress.seconds_left if progress else None
    return "Painting" if left is None else f"Painting, {roughly(left)} left"


def _waiting(job: Job, place: int | None, workers: Sequence[WorkerNote]) -> str:
    problem = why_nobody_paints(workers)
    if problem:
        return "Waiting for a network that can paint"
    if job.stop_requested:
        return "Waiting to be kept as it is"
    if not place or place <= 1:
        return "Next in line"
    return f"Waiting, {place - 1} before it"


def why_nobody_paints(workers: Sequence[WorkerNote]) -> str | None:
    """Return what keeps every worker from painting, or None when one can paint or none has spoken."""
    painters = [note for note in workers if note.kind == "paint"]
    if not painters or any(note.problem is None for note in painters):
        return None
    return painters[0].problem


@dataclass(frozen=True)
class PainterStatus:
    """Who will paint.

    Attributes:
        ready: whether anybody does.
        sentence: who, or what is missing.
        built_in: whether only the network that comes with the studio does, so that a finer one could be had.
    """

    ready: bool
    sentence: str
    built_in: bool = False


def network_name(backbone: str | None) -> str:
    """Say a network's name as people know it."""
    known = {"compact": "the built-in network", "vgg19": "VGG19", "vgg16": "VGG16"}
    return known.get(backbone or "", f"the brush “{backbone}”" if backbone else "a network")


def who_paints(workers: Sequence[WorkerNote]) -> PainterStatus:
    """Say which network will paint, or what is missing."""
    painters = [note for note in workers if note.kind == "paint"]
    ready = sorted({note.backbone for note in painters if note.problem is None and note.backbone})
    if ready:
        names = " and ".join(network_name(name) for name in ready)
        return PainterStatus(True, _capital(f"{names} will paint."), built_in=ready == ["compact"])
    problem = why_nobody_paints(workers)
    if problem:
        return PainterStatus(False, problem)
    return PainterStatus(
        False, "No painter is at work just now: what you start waits and is painted when one comes."
    )
