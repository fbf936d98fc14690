"""Sends every file of the corpus to a real web process, as an ordinary upload."""

from __future__ import annotations

import os
import re
import time

import pytest
import requests

from tests.hostile.corpus import MARK, PLACE, REFUSED, TAKEN, corpus, mutations
from tests.support.web_process import WebProcess

SEED = int(os.environ.get("PASTICHE_SEED") or time.time_ns() % 10**6)
PEAK_MB = 400


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    with WebProcess(tmp_path_factory.mktemp("hostile") / "data", {"RATE_LIMITS": "off"}) as web:
        yield web


def test_every_file_is_accepted_or_refused_with_a_sentence(web, capsys):
    with capsys.disabled():
        print(f"\nmutations from seed {SEED}; PASTICHE_SEED={SEED} sends the same")
    files = list(corpus(SEED))
    assert len(files) >= 150
    worker, faults = web.worker(), []
    with requests.Session() as session:
        token = re.search(r'name="csrf_token" value="([^"]+)"', session.get(web.url).text)[1]
        for file in files:
            answer = session.post(
                f"{web.url}/uploads",
                data={"role": "content", "csrf_token": token},
                files={"file": (file.name, file.data)},
                headers={"Accept": "application/json"},
                timeout=90,
            )
            if fault := _fault(file, answer, session, web.url):
                faults.append(f"{file.name[:60]}: {fault}")
        assert session.get(web.url).status_code == 200
    assert faults == []
    assert not any(MARK in data or PLACE in data for data in web.kept())
    assert web.worker() == worker, "the web's process was lost"
    assert web.peak_mb() < PEAK_MB
    assert '"level": "error"' not in web.log()


def _fault(file, answer, session, url) -> str | None:
    """Return what is wrong with a response, or None."""
    if answer.status_code == 201:
        if file.fate == REFUSED:
            return "was taken"
        shown = session.get(url + answer.json()["url"])
        kept = shown.content
        if shown.status_code != 200 or shown.headers["Content-Type"] != "image/webp":
            return f"is shown as {shown.status_code}"
        return "kept what came with it" if MARK in kept or PLACE in kept else None
    if answer.status_code not in (413, 422):
        return f"was answered with {answer.status_code}"
    message = answer.json()["error"]["message"]
    if not re.fullmatch(r"[“A-Z].{20,400}[.)]", message, re.DOTALL):
        return f"was answered with no sentence: {message}"
    return f"was refused: {message}" if file.fate == TAKEN else None


def test_a_seed_gives_the_same_mutations_again():
    first, again, other = ([file.data for file in mutations(seed)] for seed in (3, 3, 4))
    assert first == again
    assert first != other
