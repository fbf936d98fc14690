"""Pages poll at a limited rate, however many there are."""

import heapq

import pytest

from app.services.poll_interval import MAX_PER_S, PollInterval


def simulate(pollers: int, min_ms: int, lasting_s: float = 120) -> tuple[float, list[int]]:
    """Simulate pages that poll; return their rate in the second half, and the last intervals."""
    now = 0.0
    poll_interval = PollInterval(clock=lambda: now)
    due = [(number * min_ms / 1000 / pollers, number) for number in range(pollers)]
    heapq.heapify(due)
    count, intervals = 0, []
    while (event := heapq.heappop(due))[0] < lasting_s:
        now = event[0]
        interval = poll_interval.next_ms(min_ms)
        count += now > lasting_s / 2
        intervals.append(interval)
        heapq.heappush(due, (now + interval / 1000, event[1]))
    return count / (lasting_s / 2), intervals[-pollers:]


@pytest.mark.parametrize("pollers", [1, 2])
def test_a_few_pages_poll_at_full_speed(pollers):
    assert set(simulate(pollers, 700)[1]) == {700}


@pytest.mark.parametrize("pollers", [30, 60])
def test_many_pages_are_slowed_down_together(pollers):
    rate, intervals = simulate(pollers, 700)
    assert 0.7 * MAX_PER_S < rate < 1.3 * MAX_PER_S
    assert max(intervals) < 1.7 * min(intervals)


def test_the_interval_has_a_maximum():
    assert max(simulate(1000, 700)[1]) == 15_000


def test_polling_is_fast_again_when_pages_are_closed():
    now = 0.0
    poll_interval = PollInterval(clock=lambda: now)
    for _ in range(500):
        poll_interval.next_ms(700)
    now = 20.0
    assert poll_interval.next_ms(700) == 700
