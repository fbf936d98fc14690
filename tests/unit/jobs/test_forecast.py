"""Measured rates, the forecasts based on them, and the order that an owner chooses."""

import pytest

from engine.recipe import Recipe
from engine.recipe.estimate import estimate
from engine.recipe.rates import Rates, Sample
from jobs.forecast import estimate_order, forecast, queue_for
from jobs.job import Queue, Status


def sample(seconds=10.0, **changes):
    return Sample(
        **{"key": "vgg19/float32", "megapixel_steps": 5.0, "steps_s": 10.0, "seconds": seconds} | changes
    )


class TestRates:
    def test_before_any_painting_the_rates_are_guesses(self, desk):
        assert desk.store.costs.rates() == Rates()
        assert desk.store.costs.estimate_errors() == []

    def test_each_device_has_its_own_rates_and_the_last_device_is_the_default(self, desk):
        desk.store.costs.record_painting("slow", sample(), expected_s=8)
        desk.clock.sleep(1)
        desk.store.costs.record_painting("quick", sample(steps_s=1.0), expected_s=10)
        assert desk.store.costs.rates("slow").step_s == {"vgg19/float32": 2.0}
        assert desk.store.costs.rates().step_s == {"vgg19/float32": 0.2}
        desk.clock.sleep(1)
        desk.store.costs.record_painting("slow", sample(steps_s=20.0), expected_s=20)
        assert desk.store.costs.rates().step_s == {"vgg19/float32": pytest.approx(3.0)}
        assert desk.store.costs.rates("unknown") == Rates()

    def test_a_trial_counts_until_something_is_painted(self, desk):
        trial = sample(steps_s=1.0)
        desk.store.costs.record_trial("new", trial)
        assert desk.store.costs.is_measured("new")
        assert not desk.store.costs.is_measured("other")
        assert desk.store.costs.rates() == Rates().after_trial(trial)
        assert desk.store.costs.estimate_errors() == []
        desk.store.costs.record_trial("new", sample(steps_s=3.0))
        assert desk.store.costs.rates("new") == Rates().after_trial(trial)
        desk.store.costs.record_painting("new", sample(steps_s=2.0), expected_s=10)
        desk.store.costs.record_trial("new", sample(steps_s=3.0))
        assert desk.store.costs.rates("new").step_s == {"vgg19/float32": pytest.approx(0.4)}

    def test_a_trial_keeps_the_shares_learned_on_another_device(self, desk):
        limits = next(iter(Rates().shares))
        desk.store.costs.record_painting("old", sample(shares=((limits, 0.9),)), expected_s=8)
        desk.clock.sleep(1)
        desk.store.costs.record_trial("new", sample(steps_s=1.0))
        assert desk.store.costs.rates().shares[limits] == 0.9
        assert desk.store.costs.rates().step_s == {"vgg19/float32": 0.2}

    def test_the_errors_of_the_estimates_are_recorded(self, desk):
        for expected_s in (8, 10, 15):
            desk.store.costs.record_painting("here", sample(10.0), expected_s=expected_s)
        assert desk.store.costs.estimate_errors() == [0.5, 0.0, pytest.approx(0.2)]
        assert desk.store.costs.estimate_errors(limit=1) == [0.5]


class TestForecast:
    def test_an_order_is_estimated_before_it_is_placed(self):
        assert estimate_order(Recipe(), (400, 600), Rates()) == estimate(Recipe(), (400, 600), Rates())
        assert estimate_order(Recipe(size=64), (16, 5000), Rates()) is None

    def test_short_sketches_go_to_the_quick_queue(self):
        assert queue_for(Recipe(size=128, quality="sketch"), (400, 600), Rates()) is Queue.QUICK
        assert queue_for(Recipe(size=1024, quality="sketch"), (400, 600), Rates()) is Queue.LONG
        assert queue_for(Recipe(size=128), (400, 600), Rates()) is Queue.LONG
        assert queue_for(Recipe(size=64, quality="sketch"), (16, 5000), Rates()) is Queue.LONG

    def test_a_waiting_job_waits_for_those_before_it(self, desk):
        claim, second, third = desk.begun(), desk.submit(), desk.submit()
        whole = estimate(claim.job.recipe, (40, 60), Rates()).seconds
        desk.beat(claim)
        painted = desk.store.jobs.find(claim.job.id)
        left = Rates().start_s + (whole - Rates().start_s) / 2
        assert forecast(desk.store, painted).starts_in_s == 0
        assert forecast(desk.store, painted).remaining_s == pytest.approx(left)
        assert forecast(desk.store, second).starts_in_s == pytest.approx(left)
        assert forecast(desk.store, third).starts_in_s == pytest.approx(left + whole)
        assert forecast(desk.store, third, workers=2).starts_in_s == pytest.approx((left + whole) / 2)
        assert desk.store.wishes.pause(third.id, "ada")
        assert forecast(desk.store, desk.store.jobs.find(third.id)).starts_in_s is None


class TestReordering:
    def test_reordering_changes_only_the_owners_jobs(self, desk):
        ada = [desk.submit("ada").id for _ in range(3)]
        bob = desk.submit("bob").id
        assert desk.store.queues.reorder(ada[2], "ada", 0)
        assert [job.id for job in desk.store.queues.of_owner("ada")] == [ada[2], ada[0], ada[1]]
        assert [job.id for job in desk.store.queues.waiting(Queue.LONG)] == [ada[2], bob, ada[0], ada[1]]
        assert [desk.claim().job.id for _ in range(4)] == [ada[2], bob, ada[0], ada[1]]

    def test_a_place_beyond_the_end_is_the_end(self, desk):
        first, second = desk.submit().id, desk.submit().id
        assert desk.store.queues.reorder(first, "ada", 99)
        assert [job.id for job in desk.store.queues.of_owner("ada")] == [second, first]
        assert desk.event_names(first)[-1] == "moved"

    def test_only_the_owners_waiting_jobs_can_be_moved(self, desk):
        claim, waiting = desk.begun(), desk.submit()
        assert not desk.store.queues.reorder(claim.job.id, "ada", 0)
        assert not desk.store.queues.reorder(waiting.id, "bob", 0)
        assert not desk.store.queues.reorder("0" * 32, "ada", 0)

    def test_half_painted_jobs_go_first_anyway(self, desk):
        claim, other = desk.begun(), desk.submit()
        desk.store.leases.hand_over(claim.job.id, claim.token)
        assert not desk.store.queues.reorder(claim.job.id, "ada", 1)
        assert [job.id for job in desk.store.queues.of_owner("ada")] == [other.id]

    def test_paused_jobs_can_be_moved_too(self, desk):
        first, second = desk.submit(), desk.submit()
        desk.store.wishes.pause(second.id, "ada")
        assert desk.store.queues.reorder(second.id, "ada", 0)
        desk.store.wishes.resume(second.id, "ada")
        assert [job.id for job in desk.store.queues.waiting(Queue.LONG)] == [second.id, first.id]
        assert desk.status(first.id) == Status.QUEUED
