import errno
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest

from engine.backbones import download as downloads
from engine.backbones import weights
from engine.errors import WeightsError
from engine.recipe import VGG19_LAYERS
from tests.support.refusals import refused
from tests.support.shelf import BODY, MD5, serving

ROOT = Path(__file__).parents[3]
FETCH = "python -m engine weights fetch"


@pytest.fixture
def shelf():
    with serving() as shelf:
        yield shelf


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A temporary home folder, no proxies, and no pauses between attempts."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    return tmp_path / "home"


def write_weights(path: Path, layers=VGG19_LAYERS) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        for name in layers:
            file.create_dataset(f"{name}/{name}_W_1:0", data=np.zeros((3, 3, 1, 1), np.float32))
            file.create_dataset(f"{name}/{name}_b_1:0", data=np.zeros(1, np.float32))
    return path


def leftovers(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir())


class TestFetch:
    def test_the_address_and_the_hash_are_those_of_keras(self):
        source = Path(importlib.util.find_spec("keras").submodule_search_locations[0])
        text = (source / "src/applications/vgg19.py").read_text()
        assert weights.VGG19.md5 in text
        assert weights.VGG19.file_name in text
        assert weights.VGG19.url in text.replace('"\n    "', "")

    def test_the_file_arrives_with_progress(self, shelf, tmp_path):
        seen = []
        path = weights.fetch(shelf.published, cache=tmp_path, progress=lambda *at: seen.append(at))
        assert path.read_bytes() == BODY
        assert leftovers(tmp_path) == ["file.h5"]
        assert seen[-1] == (len(BODY), len(BODY))
        assert [done for done, _ in seen] == sorted(done for done, _ in seen)

    def test_an_existing_file_is_not_fetched_again(self, shelf, tmp_path):
        for _ in range(2):
            weights.fetch(shelf.published, cache=tmp_path)
        assert len(shelf.requests) == 1

    def test_a_damaged_file_is_fetched_again(self, shelf, tmp_path):
        (tmp_path / "file.h5").write_bytes(BODY[:100])
        assert weights.fetch(shelf.published, cache=tmp_path).read_bytes() == BODY

    def test_a_broken_connection_is_resumed(self, shelf, tmp_path):
        shelf.breaks = [1_000_000, 500_000, 10, 0, 400_000]
        assert weights.fetch(shelf.published, cache=tmp_path).read_bytes() == BODY
        starts = [int(wanted[6:-1]) for wanted in shelf.requests[1:]]
        assert starts == sorted(starts)
        assert starts[0] > 900_000
        assert starts[-1] > 1_700_000

    def test_the_next_run_continues_where_the_last_broke_off(self, shelf, tmp_path):
        shelf.breaks = [1_000_000, 0, 0, 0]
        with refused(WeightsError, "download-broke-off", shelf.published.url) as caught:
            weights.fetch(shelf.published, cache=tmp_path)
        assert re.search(r"\b(0\.9|1\.0) MB\b", str(caught.value))
        assert leftovers(tmp_path) == ["file.h5.part"]
        shelf.requests.clear()
        assert weights.fetch(shelf.published, cache=tmp_path).read_bytes() == BODY
        assert [wanted > "bytes=9" for wanted in shelf.requests] == [True]
        assert leftovers(tmp_path) == ["file.h5"]

    def test_a_server_without_ranges_starts_over(self, shelf, tmp_path):
        shelf.ranges = False
        shelf.breaks = [1_000_000]
        assert weights.fetch(shelf.published, cache=tmp_path).read_bytes() == BODY

    def test_a_server_with_wrong_ranges_starts_over(self, shelf, tmp_path):
        shelf.wrong_range = True
        shelf.breaks = [1_000_000]
        assert weights.fetch(shelf.published, cache=tmp_path).read_bytes() == BODY

    @pytest.mark.parametrize("left", [b"rubbish" * 1000, BODY + b"more", BODY])
    def test_the_part_from_an_earlier_attempt_does_no_harm(self, left, shelf, tmp_path):
        (tmp_path / "file.h5.part").write_bytes(left)
        assert weights.fetch(shelf.published, cache=tmp_path).read_bytes() == BODY

    def test_another_file_at_that_address_is_deleted(self, shelf, tmp_path):
        shelf.body = b"<html>please log in to this hotel</html>"
        with refused(WeightsError, "download-other-file", MD5):
            weights.fetch(shelf.published, cache=tmp_path)
        assert leftovers(tmp_path) == []

    @pytest.mark.parametrize("ranges", [True, False])
    def test_the_page_of_a_hotels_network_takes_nothing_away(self, ranges, shelf, tmp_path):
        (tmp_path / "file.h5.part").write_bytes(BODY[:2_000_000])
        shelf.body, shelf.ranges = b"<html>please log in to this hotel</html>", False
        with refused(WeightsError, "download-other-file"):
            weights.fetch(shelf.published, cache=tmp_path)
        assert leftovers(tmp_path) == ["file.h5.part"]
        assert (tmp_path / "file.h5.part").read_bytes() == BODY[:2_000_000]
        shelf.body, shelf.ranges = BODY, ranges
        shelf.requests.clear()
        assert weights.fetch(shelf.published, cache=tmp_path).read_bytes() == BODY
        assert shelf.requests == ["bytes=2000000-"]
        assert leftovers(tmp_path) == ["file.h5"]

    def test_a_page_in_the_middle_of_a_download_takes_nothing_away(self, shelf, tmp_path):
        def change(*_):
            shelf.body, shelf.ranges = b"<html>your time is up</html>", False

        shelf.breaks = [1_000_000]
        with refused(WeightsError, "download-other-file", shelf.published.url):
            weights.fetch(shelf.published, cache=tmp_path, progress=change)
        (left,) = tmp_path.iterdir()
        assert BODY.startswith(left.read_bytes())
        assert left.stat().st_size > 900_000

    def test_two_at_once_download_it_once(self, shelf, tmp_path):
        """In processes of their own, as a lock is for processes."""
        shelf.delay_s = 2.0
        code = (
            "import sys, pathlib; from engine.backbones import weights; p = weights.PublishedWeights("
            "name='VGG19', url=sys.argv[1], md5=sys.argv[2], file_name='file.h5')\n"
            "print(weights.fetch(p, cache=pathlib.Path(sys.argv[3])))"
        )
        argv = [sys.executable, "-c", code, shelf.published.url, MD5, str(tmp_path)]
        fetching = [subprocess.Popen(argv, stdout=subprocess.DEVNULL, cwd=ROOT) for _ in range(3)]
        assert [process.wait(60) for process in fetching] == [0, 0, 0]
        assert (tmp_path / "file.h5").read_bytes() == BODY
        assert leftovers(tmp_path) == ["file.h5"]
        assert len(shelf.requests) == 1

    @pytest.mark.parametrize("status", [403, 404, 500, 503])
    def test_an_error_status_of_the_server(self, status, shelf, tmp_path):
        shelf.status = status
        with refused(WeightsError, "download-refused", status):
            weights.fetch(shelf.published, cache=tmp_path)

    def test_no_network(self, tmp_path):
        with serving() as shelf:
            published = shelf.published
        with refused(WeightsError, "download-unreachable", published.url):
            weights.fetch(published, cache=tmp_path)

    def test_a_full_disk_is_noticed_beforehand(self, shelf, tmp_path, monkeypatch):
        usage = shutil.disk_usage(tmp_path)
        monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1000))
        with refused(WeightsError, "disk-full", tmp_path):
            weights.fetch(shelf.published, cache=tmp_path)

    def test_a_disk_that_fills_up_during_the_download(self, shelf, tmp_path, monkeypatch):
        def full(descriptor):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, "fsync", full)
        with refused(WeightsError, "disk-full", tmp_path):
            weights.fetch(shelf.published, cache=tmp_path)

    def test_a_cache_that_is_a_file(self, shelf, tmp_path):
        (tmp_path / "cache").write_text("")
        with refused(WeightsError, "unwritable", tmp_path / "cache", "--cache"):
            weights.fetch(shelf.published, cache=tmp_path / "cache")

    def test_an_endless_response(self, shelf, tmp_path, monkeypatch):
        monkeypatch.setattr(downloads, "MAX_BYTES", 1_000_000)
        with refused(WeightsError, "download-too-large", shelf.published.url):
            weights.fetch(shelf.published, cache=tmp_path)


class TestCache:
    def test_xdg(self, home, tmp_path):
        assert weights.default_cache() == home / ".cache" / "pastiche"
        assert weights.default_cache("") == home / ".cache" / "pastiche"
        assert weights.default_cache("relative/does/not/count") == home / ".cache" / "pastiche"
        assert weights.default_cache(str(tmp_path)) == tmp_path / "pastiche"


class TestLocate:
    def test_a_given_file(self, tmp_path):
        path = write_weights(tmp_path / "mine.h5")
        assert weights.locate_vgg19(path) == path

    def test_a_missing_given_file_is_not_replaced_by_the_cache(self, home, tmp_path):
        write_weights(home / ".cache/pastiche" / weights.VGG19.file_name)
        with refused(WeightsError, "weights-file-missing", "mine.h5"):
            weights.locate_vgg19(tmp_path / "mine.h5")

    def test_the_cache_comes_before_that_of_keras(self, home, tmp_path):
        keras = write_weights(home / ".keras/models" / weights.VGG19.file_name)
        assert weights.locate_vgg19() == keras
        cached = write_weights(home / ".cache/pastiche" / weights.VGG19.file_name)
        assert weights.locate_vgg19() == cached
        other = write_weights(tmp_path / "cache" / weights.VGG19.file_name)
        assert weights.locate_vgg19(cache=tmp_path / "cache") == other

    def test_without_a_file_the_error_says_how_to_get_it(self):
        facts = (weights.VGG19.file_name, weights.VGG19.url, "VGG19_WEIGHTS", FETCH, "~/.cache/pastiche")
        with refused(WeightsError, "weights-not-fetched", *facts):
            weights.locate_vgg19()


@pytest.fixture
def built_in(tmp_path, monkeypatch):
    path = tmp_path / "encoder.npz"
    path.write_bytes(b"")
    monkeypatch.setattr(weights, "COMPACT_FILE", path)
    return path


class TestResolve:
    def test_auto_is_vgg19_if_its_file_is_there(self, home, built_in):
        path = write_weights(home / ".cache/pastiche" / weights.VGG19.file_name)
        assert weights.resolve("auto") == weights.NetworkFile("vgg19", path)

    def test_auto_is_the_built_in_network_without_vgg19(self, built_in):
        assert weights.resolve("auto") == weights.NetworkFile("compact", built_in)
        assert weights.status() == weights.WeightsStatus(network="compact", path=built_in)

    def test_the_compact_network_needs_no_file_of_vgg19(self, built_in, tmp_path):
        assert weights.resolve("compact", tmp_path / "none.h5") == weights.NetworkFile("compact", built_in)

    def test_a_missing_named_file_is_an_error_and_not_replaced(self, built_in, tmp_path):
        with refused(WeightsError, "weights-file-missing", "none.h5"):
            weights.resolve("auto", tmp_path / "none.h5")

    def test_vgg19_is_not_replaced_if_the_recipe_names_it(self, built_in):
        with refused(WeightsError, "weights-not-fetched", FETCH):
            weights.resolve("vgg19")

    @pytest.mark.parametrize("named", [True, False])
    def test_an_unreadable_folder_is_an_error_and_not_skipped(self, named, built_in, tmp_path, monkeypatch):
        forbid(monkeypatch, tmp_path / "locked")
        path = tmp_path / "locked" / "mine.h5" if named else None
        file = path or tmp_path / "locked" / weights.VGG19.file_name
        with refused(WeightsError, "weights-unreadable", file, os.strerror(errno.EACCES)):
            weights.resolve("auto", path, cache=tmp_path / "locked")
        found = weights.status(path, cache=tmp_path / "locked")
        assert_problem(found, "weights-unreadable", file)

    def test_an_incomplete_copy_says_so(self, built_in):
        built_in.unlink()
        with refused(WeightsError, "network-missing", built_in.name):
            weights.resolve("compact")
        with refused(WeightsError, "weights-not-fetched", FETCH):
            weights.resolve("auto")


class TestLayers:
    def test_all(self, tmp_path):
        path = write_weights(tmp_path / "all.h5")
        assert weights.layers_in(path) == VGG19_LAYERS
        assert weights.status(path) == weights.WeightsStatus(path=path, layers=VGG19_LAYERS)
        assert weights.status(path).complete

    def test_the_first_ones(self, tmp_path):
        path = write_weights(tmp_path / "some.h5", VGG19_LAYERS[:9])
        assert weights.layers_in(path)[-1] == "block4_conv1"
        assert not weights.status(path).complete

    @pytest.mark.parametrize("content", [b"", b"not hdf5", b"\x89HDF\r\n\x1a\n" + bytes(100)])
    def test_no_hdf5(self, content, tmp_path):
        path = tmp_path / "bad.h5"
        path.write_bytes(content)
        with refused(WeightsError, "weights-damaged", "bad.h5"):
            weights.layers_in(path)

    def test_a_truncated_file(self, tmp_path):
        path = write_weights(tmp_path / "cut.h5")
        path.write_bytes(path.read_bytes()[:5000])
        assert_problem(weights.status(path), "weights-damaged", path)

    def test_another_network(self, tmp_path):
        path = write_weights(tmp_path / "other.h5", ["conv2d_1"])
        with refused(WeightsError, "weights-empty", "other.h5", weights.VGG19.file_name):
            weights.layers_in(path)

    def test_a_gap(self, tmp_path):
        path = write_weights(tmp_path / "gap.h5", [VGG19_LAYERS[0], VGG19_LAYERS[2]])
        with refused(WeightsError, "weights-gap", "gap.h5", VGG19_LAYERS[1], VGG19_LAYERS[2]):
            weights.layers_in(path)

    def test_status_raises_nothing(self, tmp_path):
        assert_problem(weights.status(tmp_path / "none.h5"), "weights-file-missing", "none.h5")
        assert_problem(weights.status(write_text(tmp_path / "bad.h5")), "weights-damaged", "bad.h5")


def assert_problem(found: weights.WeightsStatus, code: str, fact: object) -> None:
    assert found.code == code
    assert str(fact) in found.problem


def forbid(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Make a folder unreadable, even for root, since tests may run as root."""
    stat = Path.stat

    def refuse(path, **options):
        if path.is_relative_to(folder):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return stat(path, **options)

    monkeypatch.setattr(Path, "stat", refuse)


def write_text(path: Path) -> Path:
    path.write_text("no weights")
    return path
