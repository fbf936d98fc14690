"""A full disk: said in a sentence, nothing half-written is left, and it goes on once there is room."""

import contextlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engine.imaging import images
from jobs.media import FullError
from tests.support.worker_process import LONG, Workshop

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a small disk is a tmpfs")


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 8 MB, if that may be mounted here."""
    folder = tmp_path / "data" / "media"
    folder.mkdir(parents=True)
    if shutil.which("mount") is None:
        pytest.skip("there is no mount")
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    done = subprocess.run(mount, check=False, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def workshop(small_disk, tiny_weights):
    workshop = Workshop(small_disk.parent, tiny_weights)
    yield workshop
    workshop.close()


def fill(folder: Path) -> Path:
    ballast = folder / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        for size in (2**16, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(bytes(size))
    return ballast


def test_a_full_disk_fails_with_a_sentence_and_try_again_resumes(workshop, small_disk):
    workshop.janitor()
    workshop.worker()
    job = workshop.submit(LONG)
    workshop.wait(job, "painting", checkpoint=True)
    ballast = fill(small_disk)
    workshop.wait(job, "failed")
    failed = workshop.job(job)
    with pytest.raises(FullError) as refusal:
        workshop.media.put("uploads/another.png", bytes(2**20))
    assert failed.reason == str(refusal.value)
    assert failed.result is None
    # What is left is whole, and what the job points to is among it.
    assert not list(small_disk.rglob("*.part"))
    assert failed.checkpoint_key in workshop.media.keys(f"jobs/{job.id}/")
    assert len(workshop.media.get(failed.checkpoint_key)) > 0
    ballast.unlink()

    assert workshop.store.wishes.retry(job.id, "ada")
    workshop.queue.wake()
    workshop.wait(job, "painting", step=failed.step + 1)
    assert '"resumes": true' in workshop.log.read_text()
    assert workshop.store.wishes.stop(job.id, "ada")
    workshop.wait(job, "stopped")
    assert images.read_recipe(workshop.media.get(workshop.job(job).result.key)).size == LONG.size
    assert workshop.event_names(job).count("tried again") == 1
