import numpy as np
import pytest
import tensorflow as tf
from scipy.optimize import minimize

from engine.optimize.adam import Adam
from engine.optimize.interface import Evaluate, Evaluation
from engine.optimize.lbfgs import LBFGS, Memory

SHAPE = (1, 6, 8, 3)


def bowl(seed: int = 0, centre: float = 0.5) -> tuple[Evaluate, np.ndarray, np.ndarray]:
    """Return a quadratic with condition number 100, its minimum near `centre`, and its curvature."""
    rng = np.random.default_rng(seed)
    curvature = np.geomspace(1, 100, int(np.prod(SHAPE))).reshape(SHAPE).astype(np.float32)
    minimum = (centre + rng.uniform(-0.4, 0.4, SHAPE)).astype(np.float32)

    def evaluate(x: tf.Tensor) -> Evaluation:
        difference = x - minimum
        loss = tf.reduce_sum(curvature * tf.square(difference)) / 2
        return Evaluation(loss, {"bowl": loss}, curvature * difference)

    return evaluate, minimum, curvature


def test_lbfgs_finds_the_minimum_as_fast_as_scipy() -> None:
    evaluate, minimum, curvature = bowl()
    start = np.full(SHAPE, 0.5, np.float32)
    optimizer = LBFGS(evaluate, tf.constant(start))
    for _ in range(40):
        optimizer.step()
    ours = float(evaluate(optimizer.picture).total)
    theirs = minimize(
        lambda x: float((curvature.ravel() * (x - minimum.ravel()) ** 2).sum() / 2),
        start.ravel(),
        jac=lambda x: curvature.ravel() * (x - minimum.ravel()),
        method="L-BFGS-B",
        bounds=[(0, 1)] * start.size,
        options={"maxfun": optimizer.evaluations, "maxcor": LBFGS.PAIRS},
    )
    assert ours < 2 * theirs.fun + 1e-3
    assert optimizer.evaluations < 60


@pytest.mark.parametrize("added", [1, 3, 9])
def test_memory_applies_the_inverse_hessian_of_its_last_pairs(added: int) -> None:
    rng = np.random.default_rng(1)
    root = rng.normal(size=(30, 30))
    hessian = root @ root.T + 5 * np.eye(30)
    memory, inverse, pairs, scale = Memory(4, 30), 0.1 * np.eye(30), [], 0.1
    for _ in range(added):
        step = rng.normal(size=30).astype(np.float32)
        pairs.append((step, (hessian @ step).astype(np.float32)))
        memory.add(*map(tf.constant, pairs[-1]))
    for step, change in pairs[-4:]:  # BFGS, written out
        weight = 1 / (step @ change)
        projection = np.eye(30) - weight * np.outer(step, change)
        inverse = projection @ inverse @ projection.T + weight * np.outer(step, step)
    gradient = rng.normal(size=30).astype(np.float32)
    product = memory.apply(tf.constant(gradient), scale).numpy()
    assert len(memory) == min(added, 4)
    assert product == pytest.approx(inverse @ gradient, rel=1e-3, abs=1e-4)


def test_lbfgs_never_goes_up_and_stays_in_bounds() -> None:
    evaluate, minimum, _ = bowl(centre=0.9)
    optimizer = LBFGS(evaluate, tf.constant(np.full(SHAPE, 0.1, np.float32)))
    totals = [float(optimizer.step().total) for _ in range(60)]
    assert (np.diff(totals) <= 1e-6 * np.abs(totals[:-1])).all()
    assert optimizer.picture.numpy() == pytest.approx(np.clip(minimum, 0, 1), abs=0.02)


def test_lbfgs_stays_at_the_minimum() -> None:
    evaluate, minimum, _ = bowl(centre=0.5)
    optimizer = LBFGS(evaluate, tf.constant(np.clip(minimum, 0, 1)))
    optimizer.step()
    assert optimizer.picture.numpy() == pytest.approx(np.clip(minimum, 0, 1), abs=1e-6)


def test_lbfgs_steps_back_where_the_loss_is_not_finite() -> None:
    evaluate, _, _ = bowl(centre=0.9)

    def cliff(x: tf.Tensor) -> Evaluation:
        evaluation = evaluate(x)
        return evaluation._replace(total=tf.where(tf.reduce_max(x) > 0.7, np.nan, evaluation.total))

    optimizer = LBFGS(cliff, tf.constant(np.full(SHAPE, 0.1, np.float32)), step_scale=1.0)
    for _ in range(20):
        optimizer.step()
    assert np.isfinite(optimizer.picture.numpy()).all()
    assert float(tf.reduce_max(optimizer.picture)) <= 0.7
    assert float(cliff(optimizer.picture).total) < float(cliff(tf.fill(SHAPE, 0.1)).total)


def test_a_known_step_scale_makes_for_a_better_first_step() -> None:
    evaluate, _, _ = bowl()
    start = tf.constant(np.full(SHAPE, 0.5, np.float32))
    with_scale, without = LBFGS(evaluate, start, step_scale=1 / 50), LBFGS(evaluate, start)
    assert float(with_scale.step().total) < float(without.step().total)


def test_a_changed_objective_is_evaluated_again() -> None:
    evaluate, _, _ = bowl()
    factor = [1.0]

    def changing(x: tf.Tensor) -> Evaluation:
        evaluation = evaluate(x)
        return Evaluation(factor[0] * evaluation.total, evaluation.losses, factor[0] * evaluation.gradient)

    optimizer = LBFGS(changing, tf.constant(np.full(SHAPE, 0.5, np.float32)))
    for _ in range(3):
        optimizer.step()
    factor[0] = 10.0
    optimizer.reset(forget=True)
    before = float(changing(optimizer.picture).total)
    assert float(optimizer.step().total) < before


def test_adam_follows_the_paper() -> None:
    evaluate, minimum, curvature = bowl()
    x = np.full(SHAPE, 0.5)
    optimizer = Adam(evaluate, tf.constant(x, tf.float32), rate=0.02)
    mean, square, average = np.zeros(SHAPE), np.zeros(SHAPE), np.zeros(SHAPE)
    for count in range(1, 11):
        optimizer.step()
        gradient = curvature * (x - minimum)
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.99 * square + 0.01 * gradient**2
        x = np.clip(x - 0.02 * (mean / (1 - 0.9**count)) / np.sqrt(square / (1 - 0.99**count)), 0, 1)
        average = 0.9 * average + 0.1 * x
    assert optimizer.picture.numpy() == pytest.approx(average / (1 - 0.9**10), abs=1e-4)


def test_adam_rolls_back_to_the_best_iterate() -> None:
    evaluate, _, _ = bowl()
    broken = [False]

    def breaking(x: tf.Tensor) -> Evaluation:
        evaluation = evaluate(x)
        return evaluation._replace(gradient=evaluation.gradient * np.nan) if broken[0] else evaluation

    optimizer = Adam(breaking, tf.constant(np.full(SHAPE, 0.5, np.float32)), rate=0.02)
    for _ in range(10):
        optimizer.step()
    best = float(evaluate(optimizer.picture).total)
    broken[0] = True
    for _ in range(3):
        optimizer.step()
    assert np.isfinite(optimizer.picture.numpy()).all()
    broken[0] = False
    optimizer.roll_back()
    assert float(evaluate(optimizer.picture).total) < 1.5 * best
