"""The distances by which paintings are compared, against plain NumPy."""

from itertools import pairwise

import numpy as np
import pytest

from benchmarks.quality import metrics

RANDOM = np.random.default_rng(7)


def features(height=20, width=30, channels=5, seed=0):
    return np.random.default_rng(seed).random((height, width, channels), np.float32)


class TestSlicedWasserstein:
    def test_a_map_is_at_no_distance_from_itself(self):
        assert metrics.sliced_wasserstein(features(), features()) == 0

    def test_a_shift_counts_by_its_root_mean_square_over_the_directions(self):
        shift = np.array([1, -2, 0, 0.5, 3], np.float32)
        distance = metrics.sliced_wasserstein(features(), features() + shift, projections=4096)
        assert distance == pytest.approx(np.linalg.norm(shift) / np.sqrt(5), rel=0.03)

    def test_one_channel_has_the_distance_of_two_normal_distributions(self):
        # In one dimension W2² of N(m, s²) and N(n, t²) is (m - n)² + (s - t)².
        a, b = (
            RANDOM.normal(mean, spread, (300, 300, 1)).astype(np.float32) for mean, spread in ((0, 1), (2, 3))
        )
        assert metrics.sliced_wasserstein(a, b) == pytest.approx(np.sqrt(4 + 4), rel=0.02)

    def test_where_the_columns_are_does_not_matter(self):
        shuffled = RANDOM.permutation(features().reshape(-1, 5)).reshape(30, 20, 5)
        assert metrics.sliced_wasserstein(features(), shuffled) == pytest.approx(0, abs=1e-6)

    def test_maps_of_two_sizes_compare(self):
        twice = np.repeat(features(), 2, axis=0)
        assert metrics.sliced_wasserstein(features(), twice) < 0.01

    def test_it_grows_with_the_features(self):
        a, b = features(), features(seed=1) ** 2
        distance = metrics.sliced_wasserstein(a, b)
        assert metrics.sliced_wasserstein(3 * a, 3 * b) == pytest.approx(3 * distance, rel=1e-5)

    def test_the_seed_chooses_the_directions(self):
        a, b = features(), features(seed=1) ** 2
        first, again, other = (metrics.sliced_wasserstein(a, b, seed=seed) for seed in (3, 3, 4))
        assert first == again != other


class TestStructuralDistance:
    def test_a_map_is_at_no_distance_from_itself(self):
        assert metrics.structural_distance(features(), features()) == 0

    def test_it_is_the_divergence_of_softmaxed_cosines(self):
        photo, painting = features(3, 4), features(3, 4, seed=1)
        expected = np.mean([_divergence(photo, painting, place) for place in range(12)])
        assert metrics.structural_distance(photo, painting) == pytest.approx(expected, rel=1e-4)

    def test_the_length_of_the_columns_does_not_matter(self):
        brighter = features() * np.float32(2.5)
        assert metrics.structural_distance(features(), brighter) == pytest.approx(0, abs=1e-5)

    def test_a_change_of_all_columns_alike_does_not_matter(self):
        turned = features()[..., [2, 0, 1, 4, 3]]
        assert metrics.structural_distance(features(), turned) == pytest.approx(0, abs=1e-5)

    def test_it_grows_as_the_structure_is_lost(self):
        noise = features(seed=1)
        distances = [
            metrics.structural_distance(features(), (1 - share) * features() + share * noise)
            for share in np.array([0, 0.25, 0.5, 1], np.float32)
        ]
        assert distances == sorted(distances)
        assert distances[-1] > 0.1

    @pytest.mark.parametrize("size", [(24, 24), (49, 100), (7, 300)])
    def test_cells_average_all_positions_once(self, size):
        plane = RANDOM.random((*size, 1)).astype(np.float32)
        rows = np.arange(min(24, size[0]) + 1) * size[0] // min(24, size[0])
        columns = np.arange(min(24, size[1]) + 1) * size[1] // min(24, size[1])
        expected = [
            [plane[top:bottom, left:right].mean() for left, right in pairwise(columns)]
            for top, bottom in pairwise(rows)
        ]
        np.testing.assert_allclose(metrics._grid_means(plane)[..., 0], expected, rtol=1e-5)


class TestColours:
    def test_a_histogram_is_a_distribution_for_each_channel(self):
        histogram = metrics.rgb_uv_histogram(features(channels=3))
        assert histogram.shape == (3, 64, 64)
        assert histogram.min() >= 0
        assert histogram.sum() == pytest.approx(1, rel=1e-5)

    def test_a_colour_lies_where_the_logarithms_of_its_ratios_say(self):
        colour = np.full((4, 4, 3), (0.9, 0.3, 0.1), np.float32)
        histogram = metrics.rgb_uv_histogram(colour)
        centres = np.linspace(-3, 3, 64)
        for channel, (u, v) in enumerate(((3, 9), (1 / 3, 3), (1 / 9, 1 / 3))):
            at = np.unravel_index(histogram[channel].argmax(), (64, 64))
            assert centres[list(at)] == pytest.approx(np.log([u, v]), abs=0.05)

    def test_a_pixel_counts_by_its_brightness(self):
        red, dark_blue = (np.array(colour, np.float32) for colour in ([0.8, 0.1, 0.1], [0.025, 0.025, 0.2]))
        both = metrics.rgb_uv_histogram(np.stack([red, dark_blue])[None])
        alone = [metrics.rgb_uv_histogram(colour[None, None]) for colour in (red, dark_blue)]
        np.testing.assert_allclose(both, 0.8 * alone[0] + 0.2 * alone[1], atol=1e-4)

    def test_how_bright_all_of_it_is_does_not_matter(self):
        picture = 0.2 + 0.5 * features(channels=3)
        first, darker = (metrics.rgb_uv_histogram(each) for each in (picture, picture / 2))
        assert metrics.hellinger(first, darker) == pytest.approx(0, abs=1e-3)

    def test_black_has_no_colour(self):
        assert metrics.rgb_uv_histogram(np.zeros((4, 4, 3), np.float32)).sum() == 0

    def test_the_distance_is_0_of_the_same_and_1_without_a_common_bin(self):
        a, b = np.array([0.25, 0.75, 0], np.float32), np.array([0, 0, 1], np.float32)
        assert metrics.hellinger(a, a) == 0
        assert metrics.hellinger(a, b) == pytest.approx(1)

    def test_the_distance_follows_from_the_common_share(self):
        # Hellinger² = 1 - sum of sqrt(a b)
        a, b = (RANDOM.dirichlet(np.ones(30)).astype(np.float32) for _ in range(2))
        assert metrics.hellinger(a, b) == pytest.approx(np.sqrt(1 - np.sqrt(a * b).sum()), rel=1e-4)

    def test_a_nearer_colour_is_nearer(self):
        hues = [np.full((2, 2, 3), (0.8, green, 0.2), np.float32) for green in (0.2, 0.3, 0.6)]
        first, near, far = (metrics.rgb_uv_histogram(hue) for hue in hues)
        assert 0 < metrics.hellinger(first, near) < metrics.hellinger(first, far)


def _divergence(photo, painting, place):
    p, q = (_similarities(features_, place) for features_ in (photo, painting))
    return float(np.sum(p * np.log(p / q)))


def _similarities(features_, place):
    columns = features_.reshape(-1, features_.shape[-1]).astype(np.float64)
    own = columns[place]
    cosines = columns @ own / np.linalg.norm(columns, axis=1) / np.linalg.norm(own)
    weights = np.exp(cosines / 0.1)
    return weights / weights.sum()
