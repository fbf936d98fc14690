"""The draft worker with a real Redis and real media, and a network that only mixes colours."""

import io

import numpy as np
import pytest
from PIL import Image

from engine.errors import ImageError
from engine.imaging import images
from jobs.drafts import DraftRequest, DraftStyle
from jobs.live import Live
from jobs.media import Media
from tests.support.studio_store import Clock
from worker import draft_worker
from worker.draft_worker import DraftWorker

UNFIT = "Unfit."


class Mixer:
    """Mixes the mean colours of the styles with the photo."""

    def __init__(self):
        self.asked = []

    def draft(self, content, styles, *, weights=None, strength=100.0, keep_colours=0.0, size=512):
        self.asked.append((content, tuple(styles), weights, strength, keep_colours, size))
        if strength == 13:
            raise ImageError(UNFIT)
        if strength == 14:
            raise ValueError(strength)
        means = [style.mean((0, 1)) for style in styles]
        return images.fit(0.5 * content + 0.5 * np.average(means, axis=0, weights=weights), size)

    def apply(self, content, weights, *, size):
        assert weights == "wave"
        return images.fit(1 - content, size)


class Desk:
    def __init__(self, url, folder):
        self.live = Live.open(url)
        self.media = Media.open(f"file://{folder}")
        self.mixer = Mixer()
        self.loaded: list[str] = []
        self.clock = Clock()
        self.draft_worker = DraftWorker(
            self.live,
            self.media,
            drafter=lambda: self.loaded.append("drafter") or self.mixer,
            feedforward_styles=lambda: self.loaded.append("feedforward_styles") or self.mixer,
            clock=self.clock.monotonic,
        )
        self.put("photo", (0.2, 0.2, 0.2), (60, 80))
        self.put("red", (1, 0, 0), (90, 90))
        self.put("blue", (0, 0, 1), (90, 90))

    def put(self, key, colour, size):
        self.media.put(key, images.encode(np.full((*size, 3), colour, np.float32), "png"))

    def ask(self, visitor="ada", **changes):
        styles = tuple(DraftStyle(key=key, weight=weight) for key, weight in (("red", 3.0), ("blue", 1.0)))
        asked = DraftRequest(
            **{"visitor": visitor, "content": "photo", "styles": styles, "size": 64} | changes
        )
        assert self.live.request_draft(asked)
        return asked

    def answer(self, asked):
        return self.live.draft(asked.visitor, asked.id)


@pytest.fixture
def desk(redis, tmp_path):
    desk = Desk(redis.url, tmp_path)
    yield desk
    desk.live.close()


def test_a_draft_is_made_and_answered_as_webp(desk):
    asked = desk.ask(strength=70.0, keep_colours=5.0)
    assert desk.draft_worker.draft_next()
    draft = desk.answer(asked)
    assert (draft.state, draft.width, draft.height, draft.network) == ("ready", 64, 48, "compact")
    picture = Image.open(io.BytesIO(draft.picture))
    assert (picture.format, picture.size) == ("WEBP", (64, 48))
    assert np.asarray(picture)[24, 32].tolist() == pytest.approx([122, 26, 57], abs=6)
    ((*_, weights, strength, keep_colours, size),) = desk.mixer.asked
    assert (weights, strength, keep_colours, size) == ([3.0, 1.0], 70.0, 5.0, 64)
    assert not desk.draft_worker.draft_next()


def test_a_one_pass_style_needs_no_other_style(desk):
    asked = desk.ask(styles=(), feedforward_style="wave")
    desk.draft_worker.draft_waiting()
    assert desk.answer(asked).network == "wave"
    assert desk.loaded == ["feedforward_styles"]


def test_pictures_are_decoded_once_and_not_kept_forever(desk):
    for strength in (10.0, 20.0):
        desk.ask(strength=strength)
        desk.draft_worker.draft_waiting()
    (first, styles, *_), (second, again, *_) = desk.mixer.asked
    assert first is second
    assert all(a is b for a, b in zip(styles, again, strict=True))
    assert desk.loaded == ["drafter"]
    for other in range(draft_worker.KEPT_PICTURES):
        desk.put(f"other{other}", (0, 1, 0), (60, 80))
        desk.ask(content=f"other{other}")
        desk.draft_worker.draft_waiting()
    desk.ask(strength=30.0)
    desk.draft_worker.draft_waiting()
    assert desk.mixer.asked[-1][0] is not first


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"content": "nowhere"}, draft_worker.GONE),
        ({"strength": 13.0}, UNFIT),
        ({"strength": 14.0}, draft_worker.BROKEN),
    ],
)
def test_a_failed_draft_says_why_and_holds_nobody_up(desk, changes, problem):
    asked, next_one = desk.ask(**changes), desk.ask("grace")
    desk.draft_worker.draft_waiting()
    assert (desk.answer(asked).state, desk.answer(asked).problem) == ("failed", problem)
    assert desk.answer(next_one).state == "ready"


def test_between_steps_it_looks_for_drafts_only_now_and_then(desk):
    desk.draft_worker.draft_between_steps()
    asked = desk.ask()
    desk.draft_worker.draft_between_steps()
    assert desk.answer(asked).state == "waiting"
    desk.clock.sleep(draft_worker.CHECK_S)
    desk.draft_worker.draft_between_steps()
    assert desk.answer(asked).state == "ready"


def test_warming_up_loads_the_drafter(desk):
    desk.draft_worker.warm_up()
    assert desk.loaded == ["drafter"]
    ((content, *_),) = desk.mixer.asked
    assert content.shape == (384, 512, 3)
