"""The benchmark of how good paintings look: pairs, blind pairs, the count of votes, and the command."""

import json
import sys

import numpy as np
import pytest

from benchmarks import bench
from benchmarks.quality import __main__ as quality
from benchmarks.quality import blind, tally
from benchmarks.quality.measure import Extractor, Reference
from benchmarks.quality.modes import MODES
from benchmarks.quality.pairs import PAIRS, Pair, read_pairs
from tests.support.tiny_vgg import write_tiny_vgg

NAMES = [f"pair-{number}" for number in range(8)]
ITEMS = blind.items_of(NAMES, ("old", "new"), seed=0)


def picture(seed, height=64, width=96):
    # With edges, so that the similarity of its places has a structure.
    blocks = np.random.default_rng(seed).random((height // 16, width // 16, 3), np.float32)
    return np.kron(blocks, np.ones((16, 16, 1), np.float32))


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return write_tiny_vgg(tmp_path_factory.mktemp("weights") / "tiny.h5")


@pytest.fixture
def extractor(weights, monkeypatch):
    monkeypatch.setenv("VGG19_WEIGHTS", str(weights))
    return Extractor()


@pytest.fixture
def pairs_file(tmp_path):
    """Two pairs of small pictures, listed relative to the list."""
    for number in range(3):
        bench.write_picture(tmp_path / f"photo {number}.png", picture(number))
    path = tmp_path / "pairs.tsv"
    path.write_text("photo 0.png\tphoto 2.png\n\nphoto 1.png\tphoto 2.png\n")
    return path


class TestPairs:
    def test_each_pair_has_a_name_of_its_own(self):
        assert len({pair.name for pair in PAIRS}) == len(PAIRS) == 10

    def test_a_style_of_the_library_is_read_from_its_file(self):
        _, style = Pair("coffee", next(pair.style for pair in PAIRS if pair.style.endswith(".webp"))).read()
        assert style.ndim == 3

    def test_a_file_lists_paths_relative_to_itself(self, pairs_file):
        pairs = read_pairs(pairs_file)
        assert [pair.name for pair in pairs] == ["photo 0-photo 2", "photo 1-photo 2"]
        photo, style = pairs[1].read()
        np.testing.assert_allclose(photo, picture(1), atol=1 / 255)
        np.testing.assert_allclose(style, picture(2), atol=1 / 255)

    @pytest.mark.parametrize("text", ["one.png\n", "a.png\tb.png\tc.png\n", "a.png\tb.png\na.jpg\tb.png\n"])
    def test_a_list_that_names_no_two_pictures_or_one_pair_twice_is_refused(self, tmp_path, text):
        (tmp_path / "pairs.tsv").write_text(text)
        with pytest.raises(SystemExit):
            read_pairs(tmp_path / "pairs.tsv")


class TestMeasure:
    def test_the_photo_and_the_style_are_the_ends_of_the_scale(self, extractor):
        photo, style = picture(1), picture(2)
        reference = Reference(photo, style, (64, 96), extractor)
        assert reference.scores(photo) == {"swd": 1, "cfsd": 0, "rgb_uv": 1}
        scores = reference.scores(style)
        assert scores["swd"] == scores["rgb_uv"] == 0
        assert scores["cfsd"] > 0.01

    def test_half_of_each_lies_between(self, extractor):
        photo, style = picture(1), picture(2) * np.array([1, 0.3, 0.2], np.float32)
        reference = Reference(photo, style, (64, 96), extractor)
        half = reference.scores(np.concatenate([photo[:, :48], style[:, 48:]], axis=1))
        assert 0 < half["swd"] < 1
        assert 0 < half["cfsd"] < reference.scores(style)["cfsd"]
        assert 0 < half["rgb_uv"] < 1

    def test_a_painting_of_another_size_cannot_be_compared(self, extractor):
        reference = Reference(picture(1), picture(2), (64, 96), extractor)
        with pytest.raises(ValueError, match="64"):
            reference.scores(picture(1, 96, 64))


class TestBlindPairs:
    def test_every_pair_appears_once_and_then_once_more_with_its_sides_swapped(self):
        first, second = ITEMS[:8], ITEMS[8:]
        assert [item.number for item in ITEMS] == list(range(1, 17))
        for half in (first, second):
            assert sorted(item.pair for item in half) == NAMES
        sides = {item.pair: (item.left, item.right) for item in first}
        assert all((item.right, item.left) == sides[item.pair] for item in second)

    def test_the_seed_chooses_order_and_sides(self):
        assert blind.items_of(NAMES, ("old", "new"), seed=0) == ITEMS
        other = blind.items_of(NAMES, ("old", "new"), seed=1)
        assert [item.pair for item in other] != [item.pair for item in ITEMS]
        assert {item.left for item in ITEMS[:8]} == {"old", "new"}

    def test_the_page_shows_the_pictures_and_hides_where_they_come_from(self, tmp_path):
        items = blind.items_of(["kitten", "puppy"], ("release", "prototype"), seed=0)
        shown = {"kitten": (picture(0), picture(1)), "puppy": (picture(2), picture(3))}
        paintings = {
            "release": {"kitten": picture(4), "puppy": picture(5)},
            "prototype": {"kitten": picture(6), "puppy": picture(7)},
        }
        blind.write(tmp_path / "page", items, shown, paintings, "Which & why?")
        page = (tmp_path / "page/index.html").read_text()
        assert "Which &amp; why?" in page
        assert not any(word in page for word in ("kitten", "puppy", "release", "prototype"))
        names = sorted(path.name for path in (tmp_path / "page").iterdir())
        assert names == ["01.png", "02.png", "03.png", "04.png", "index.html"]
        assert blind.read_key(tmp_path / "page-key.json") == items
        sheet = bench.read(tmp_path / "page/01.png").rgb
        left = sheet[64 + blind.GAP :, :96]
        np.testing.assert_allclose(left, paintings[items[0].left][items[0].pair], atol=1 / 255)

    def test_a_sheet_centres_pictures_of_other_shapes(self):
        sheet = blind.tile([picture(0), np.zeros((32, 32, 3), np.float32), picture(1), picture(2)])
        assert sheet.shape == (64 * 2 + blind.GAP, 96 * 2 + blind.GAP, 3)
        black = np.argwhere(sheet[:64].sum(-1) == 0)
        assert black.min(0).tolist() == [16, 96 + blind.GAP + 32]


class TestTally:
    def judge(self, choose):
        return {item.number: choose(item) for item in ITEMS}

    def side_of(self, source):
        return lambda item: "left" if item.left == source else "right"

    def test_one_who_always_takes_the_same_source_gives_it_all_pairs(self):
        result = tally.tally(ITEMS, [self.judge(self.side_of("new"))])
        assert result["preferred"] == {"new": 8, "old": 0}
        assert (result["tied"], result["consistent"]) == (0, 1)

    def test_one_who_always_takes_the_same_side_decides_nothing(self):
        result = tally.tally(ITEMS, [self.judge(lambda item: "left")])
        assert result["preferred"] == {"new": 0, "old": 0}
        assert (result["tied"], result["consistent"]) == (8, 0)

    def test_most_votes_of_all_judges_decide(self):
        for_new, for_old = (self.judge(self.side_of(source)) for source in ("new", "old"))
        result = tally.tally(ITEMS, [for_new, for_new, for_old])
        assert result["preferred"] == {"new": 8, "old": 0}
        assert result["votes"]["pair-0"] == {"new": 4, "old": 2}

    def test_votes_are_read_a_line_each(self, tmp_path):
        votes = self.judge(self.side_of("old"))
        (tmp_path / "votes").write_text("".join(f"{number} {side}\n" for number, side in votes.items()))
        assert tally.read_votes(tmp_path / "votes", ITEMS) == votes

    @pytest.mark.parametrize(
        "lines",
        [
            ["1 left"],
            [f"{number} left" for number in (*range(1, 17), 3)],
            [f"{number} both" for number in range(1, 17)],
        ],
    )
    def test_a_vote_that_is_missing_doubled_or_neither_is_refused(self, tmp_path, lines):
        (tmp_path / "votes").write_text("\n".join(lines))
        with pytest.raises(SystemExit):
            tally.read_votes(tmp_path / "votes", ITEMS)


class TestCommand:
    @pytest.fixture(autouse=True)
    def _small(self, monkeypatch, tmp_path, weights):
        """Paint with one step through the tiny network, and write to the test's folder."""
        monkeypatch.setenv("VGG19_WEIGHTS", str(weights))
        monkeypatch.setattr(bench, "RUNS", tmp_path / "runs")
        monkeypatch.setattr(bench, "RESULTS", tmp_path / "results")
        for mode, strength in (("default", 50), ("gatys", 90)):
            quick = {"scales": 1, "max_steps": 1, "precision": "float32", "strength": strength}
            monkeypatch.setitem(MODES, mode, quick)

    def run(self, monkeypatch, *arguments):
        monkeypatch.setattr(sys, "argv", ["quality", "--size", "96", *map(str, arguments)])
        quality.main()

    def test_it_paints_the_modes_and_keeps_the_figures(self, monkeypatch, tmp_path, pairs_file):
        modes = ["--modes", "default", "gatys", "--left", "default", "--right", "gatys"]
        self.run(monkeypatch, "--pairs", pairs_file, *modes)
        record = json.loads((tmp_path / "results/quality-96-vgg19.json").read_text())
        assert record["pairs"] == 2
        assert set(record["mean"]) == {"default", "gatys"}
        figures = record["by_pair"]["photo 0-photo 2"]["default"]
        assert {"swd", "cfsd", "rgb_uv", "precision", "steps", "seconds", "load_average"} <= set(figures)
        assert figures["steps"] == 1
        assert (tmp_path / "runs/quality-96-vgg19/04.png").exists()
        self.run(monkeypatch, "--pairs", pairs_file, *modes)
        again = json.loads((tmp_path / "results/quality-96-vgg19.json").read_text())
        assert again["by_pair"] == record["by_pair"], "they were painted again, in another time"

    def test_it_compares_two_folders_that_other_code_has_painted(self, monkeypatch, tmp_path, pairs_file):
        for folder, seed in (("one", 5), ("two", 6)):
            for pair in read_pairs(pairs_file):
                bench.write_picture(tmp_path / folder / f"{pair.name}.png", picture(seed))
        folders = ["--modes", "--left", tmp_path / "one", "--right", tmp_path / "two"]
        self.run(monkeypatch, "--pairs", pairs_file, *folders)
        record = json.loads((tmp_path / "results/quality-one-two.json").read_text())
        assert set(record["mean"]) == {"one", "two"}
        assert "network" not in record, "nobody knows what painted them"
        assert str(tmp_path) not in json.dumps(record["by_pair"])
        key = blind.read_key(tmp_path / "runs/quality-one-two-key.json")
        assert {key[0].left, key[0].right} == {"one", "two"}

    def test_a_folder_without_some_painting_is_refused(self, monkeypatch, tmp_path, pairs_file):
        with pytest.raises(SystemExit, match="photo 0-photo 2"):
            self.run(monkeypatch, "--pairs", pairs_file, "--modes", "--left", tmp_path, "--right", "gatys")

    def test_two_sources_of_one_name_are_refused(self, monkeypatch, tmp_path, pairs_file):
        with pytest.raises(SystemExit, match="default"):
            self.run(monkeypatch, "--pairs", pairs_file, "--left", tmp_path / "default")
