"""Pages ask at a rate that is bounded, however many they are."""

import heapq

import pytest

from app.services.poll_interval import MOST_PER_S, PollInterval


def asked(lookers: int, least_ms: int, lasting_s: float = 120) -> tuple[float, list[int]]:
    """Let so many ask as they are told; return their rate in the second half, and the last intervals."""
    now = 0.0
    pacing = PollInterval(clock=lambda: now)
    due = [(number * least_ms / 1000 / lookers, number) for number in range(lookers)]
    heapq.heapify(due)
    count, intervals = 0, []
    while (event := heapq.heappop(due))[0] < lasting_s:
        now = event[0]
        interval = pacing.next_ms(least_ms)
        count += now > lasting_s / 2
        intervals.append(interval)
        heapq.heappush(due, (now + interval / 1000, event[1]))
    return count / (lasting_s / 2), intervals[-lookers:]


@pytest.mark.parametrize("lookers", [1, 2])
def test_a_few_ask_as_often_as_they_like(lookers):
    assert set(asked(lookers, 700)[1]) == {700}


@pytest.mark.parametrize("lookers", [30, 60])
def test_many_are_slowed_down_together(lookers):
    rate, intervals = asked(lookers, 700)
    assert 0.7 * MOST_PER_S < rate < 1.3 * MOST_PER_S
    assert max(intervals) < 1.7 * min(intervals)


def test_nobody_waits_for_ever():
    assert max(asked(1000, 700)[1]) == 15_000


def test_it_is_quick_again_when_they_have_left():
    now = 0.0
    pacing = PollInterval(clock=lambda: now)
    for _ in range(500):
        pacing.next_ms(700)
    now = 20.0
    assert pacing.next_ms(700) == 700
