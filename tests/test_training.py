import signal
from itertools import islice
from types import SimpleNamespace

import numpy as np
import pytest

from mlcourse_utils import progress, training
from mlcourse_utils.activations import identity, relu, sigmoid, tanh
from mlcourse_utils.datasets import load_mnist_5k
from mlcourse_utils.losses import one_hot, softmax_cross_entropy, squared_error
from mlcourse_utils.network import backward, flatten, forward, init
from mlcourse_utils.optimizers import gradient_descent, minimize, momentum, nesterov, rmsprop
from mlcourse_utils.schedules import ManualSchedule, piecewise, step_decay
from mlcourse_utils.training import (
    Model,
    accuracy,
    evaluate,
    fit,
    minibatches,
    predict,
    training_steps,
)

rng = np.random.default_rng(0)
X = rng.normal(size=(10, 3))
y = one_hot(rng.integers(2, size=10), 2)
MODEL = Model(init((3, 4, 2), seed=0), [tanh, identity], softmax_cross_entropy)


def quiet_fit(model=MODEL, X=X, y=y, optimizer=None, gamma=0.1, batch_size=4, epochs=3, **more):
    optimizer = gradient_descent() if optimizer is None else optimizer
    return fit(model, X, y, optimizer, gamma, batch_size, epochs, 0, progress=False, **more)


def theta_of(model):
    return flatten(model.params)[0]


# Mini-batches


@pytest.mark.parametrize(("B", "sizes"), [(4, [4, 4, 2]), (5, [5, 5]), (10, [10]), (99, [10])])
def test_an_epoch_deals_every_example_once_and_keeps_the_tail(B, sizes):
    batches = list(minibatches(np.arange(10), np.arange(10), B, np.random.default_rng(0)))
    assert [len(rows) for rows, _ in batches] == sizes
    assert sorted(np.concatenate([rows for rows, _ in batches])) == list(range(10))


def test_pairs_stay_paired():
    for rows, targets in minibatches(np.arange(10), 7 * np.arange(10), 3, np.random.default_rng(0)):
        np.testing.assert_array_equal(targets, 7 * rows)


def test_each_call_shuffles_anew_and_examples_change_company():
    rng = np.random.default_rng(0)
    first, second = (list(minibatches(np.arange(10), np.arange(10), 5, rng)) for _ in range(2))
    assert {frozenset(rows.tolist()) for rows, _ in first} != {
        frozenset(rows.tolist()) for rows, _ in second
    }


def test_minibatches_refuses_a_seed_a_size_0_and_unequal_lengths():
    with pytest.raises(ValueError, match=r"rng is 0, expected a numpy\.random\.Generator"):
        minibatches(X, y, 4, 0)
    with pytest.raises(ValueError, match="batch_size is 0"):
        minibatches(X, y, 0, rng)
    with pytest.raises(ValueError, match="y has 9 rows, expected 10"):
        minibatches(X, y[1:], 4, rng)


# The updates


@pytest.mark.parametrize("optimizer", [gradient_descent(), momentum(), nesterov(), rmsprop()])
def test_one_batch_an_epoch_is_plain_minimization_of_the_mean_loss(optimizer):
    theta, unflatten = flatten(MODEL.params)

    def grad(theta):
        params = unflatten(theta)
        hs_xs = forward(params, MODEL.gs, X)
        return flatten(backward(params, MODEL.gs, *hs_xs, y, MODEL.loss))[0]

    gamma = step_decay(0.1, every=5)
    expected = minimize(grad, theta, optimizer, gamma, n_steps=20)[-1]
    history = quiet_fit(optimizer=optimizer, gamma=gamma, batch_size=10, epochs=20)
    np.testing.assert_allclose(theta_of(history.model), expected, rtol=1e-9, atol=1e-12)


def test_a_linear_network_finds_the_least_squares_solution():
    targets = rng.normal(size=(10, 1))
    line = Model(init((3, 1), seed=0), [identity], squared_error)
    history = quiet_fit(line, y=targets, gamma=0.3, batch_size=10, epochs=1000)
    expected = np.linalg.lstsq(np.column_stack([X, np.ones(10)]), targets)[0]
    np.testing.assert_allclose(theta_of(history.model), expected.ravel(), rtol=1e-8)


def test_a_small_net_learns_xor():
    corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    xor = np.array([[0.0], [1.0], [1.0], [0.0]])
    model = Model(init((2, 8, 1), seed=0), [tanh, sigmoid], squared_error)
    assert evaluate(model, corners, xor).accuracy < 1
    history = quiet_fit(model, corners, xor, momentum(), gamma=0.5, epochs=300)
    assert evaluate(history.model, corners, xor).accuracy == 1


def test_the_same_seed_trains_alike_and_another_does_not():
    runs = [fit(MODEL, X, y, momentum(), 0.1, 4, 3, seed, progress=False) for seed in (0, 0, 1)]
    same, again, other = (theta_of(run.model) for run in runs)
    np.testing.assert_array_equal(same, again)
    assert not np.array_equal(same, other)


def test_fit_is_its_training_steps_and_leaves_the_model_untouched():
    before = theta_of(MODEL)
    *_, last = islice(training_steps(MODEL, X, y, momentum(), 0.1, 4, 0), 9)
    np.testing.assert_array_equal(
        theta_of(last.model), theta_of(quiet_fit(optimizer=momentum()).model)
    )
    assert (last.t, last.n, last.gamma) == (8, 2, 0.1)
    np.testing.assert_array_equal(theta_of(MODEL), before)


def test_turning_the_knob_while_it_trains_restarts_nothing():
    """A rate turned after each epoch gives, to the last bit, what its replayed log gives."""
    knob = ManualSchedule(0.4)
    live = quiet_fit(optimizer=momentum(), gamma=knob, callback=lambda _: knob.set(knob.gamma / 2))
    np.testing.assert_array_equal(live.gamma, [0.4, 0.2, 0.1])
    assert knob.log == [(0, 0.4), (3, 0.2), (6, 0.1)]
    replayed = quiet_fit(optimizer=momentum(), gamma=knob.replay())
    np.testing.assert_array_equal(theta_of(live.model), theta_of(replayed.model))


def test_float32_weights_train_in_float32_on_float64_data():
    model = MODEL._replace(params=init((3, 4, 2), seed=0, dtype=np.float32))
    theta = theta_of(quiet_fit(model, optimizer=rmsprop()).model)
    assert theta.dtype == np.float32
    np.testing.assert_array_equal(
        theta, theta_of(quiet_fit(model, X.astype(np.float32), optimizer=rmsprop()).model)
    )


# The record


def test_the_epochs_loss_is_the_mean_over_examples_not_the_mean_of_means():
    """At a rate too small to move a bit, 10 examples in batches of 4, 4, 2 score as a whole."""
    history, whole = quiet_fit(gamma=1e-300), evaluate(MODEL, X, y)
    np.testing.assert_allclose(history.loss, whole.loss, rtol=1e-13)
    np.testing.assert_allclose(history.accuracy, whole.accuracy, rtol=1e-13)


def test_held_out_scores_are_those_of_the_model_after_the_epoch():
    history = quiet_fit(validation=(X[:5], y[:5]))
    score = evaluate(history.model, X[:5], y[:5])
    assert (history.validation_loss[-1], history.validation_accuracy[-1]) == score
    assert history.validation_loss.shape == history.gamma.shape == (3,)
    assert (history.seconds > 0).all()
    assert history.stopped == ""


def test_without_held_out_data_its_scores_are_nan():
    assert np.isnan(quiet_fit().validation_loss).all()


def test_the_callback_sees_each_epoch_and_only_true_stops():
    seen = []
    quiet_fit(callback=seen.append)
    assert [len(history.loss) for history in seen] == [1, 2, 3]

    def is_good(history):
        return history.loss[-1] < np.inf and len(history.loss) == 2 and np.bool_(True)

    history = quiet_fit(callback=is_good)
    assert history.stopped == "stopped by the callback after epoch 2"
    assert len(history.loss) == 2
    assert len(quiet_fit(callback=lambda history: "a picture").loss) == 3


def test_the_clock_stands_still_during_the_callback(monkeypatch):
    now = 0.0

    def pass_time(seconds):
        nonlocal now
        now += seconds

    monkeypatch.setattr(training, "time", SimpleNamespace(perf_counter=lambda: now))
    history = quiet_fit(gamma=lambda t: pass_time(1) or 0.1, callback=lambda _: pass_time(100))
    np.testing.assert_array_equal(history.seconds, [3, 3, 3])


def test_the_bar_tells_each_epochs_scores(monkeypatch):
    drawn = []
    bar = progress.Bar(lambda done, text: drawn.append((done, text)), lambda line: None)
    monkeypatch.setattr(training, "progress_bar", lambda total: bar)
    history = fit(MODEL, X, y, momentum(), 0.1, 4, 3, 0, validation=(X[:5], y[:5]))
    assert [done for done, _ in drawn] == list(range(1, 10))
    loss, accuracy, *held_out = (curve[-1] for curve in history[1:5])
    assert drawn[-1][1] == (
        f"epoch 3: loss {loss:.4f}, accuracy {accuracy:.3f}, "
        f"held out {held_out[0]:.4f} {held_out[1]:.3f}, γ 0.1"
    )
    fit(MODEL._replace(loss=squared_error), X, y / 2, momentum(), 0.1, 4, 1, 0)
    assert drawn[-1][1].endswith(", γ 0.1")
    assert "accuracy" not in drawn[-1][1]  # y / 2 are no classes
    assert "held out" not in drawn[-1][1]


# Early ends


def test_ctrl_c_keeps_what_was_learnt_and_says_so(capsys):
    def gamma(t):
        if t == 7:
            signal.raise_signal(signal.SIGINT)
        return 0.1

    history = fit(MODEL, X, y, momentum(), gamma, 4, 99, 0)
    assert history.stopped == "interrupted in epoch 3; what was learnt until then is kept"
    assert capsys.readouterr().err == history.stopped + "\n"
    assert len(history.loss) == 2
    *_, last = islice(training_steps(MODEL, X, y, momentum(), 0.1, 4, 0), 7)
    np.testing.assert_array_equal(theta_of(history.model), theta_of(last.model))


def diverging(gamma, **more):
    """Descent on a quadratic whose rate leaps after the second epoch."""
    model = Model(init((3, 2), seed=0), [identity], squared_error)
    gamma = piecewise([0.1, gamma], [6])
    return fit(model, X, X[:, :2], gradient_descent(), gamma, 4, 99, 0, **more)


@pytest.mark.parametrize("held_out", [None, (X, X[:, :2])])
def test_a_loss_that_diverges_ends_the_training_and_the_last_whole_epoch_is_kept(held_out, capsys):
    history = diverging(1e200, validation=held_out)
    assert history.stopped == (
        "diverged at step 7 with γ = 1e+200, loss inf: try a smaller rate; "
        "the weights at the end of epoch 2 are kept"
    )
    assert capsys.readouterr().err == history.stopped + "\n"
    assert len(history.loss) == 2
    model = Model(init((3, 2), seed=0), [identity], squared_error)
    expected = quiet_fit(model, y=X[:, :2], epochs=2).model
    np.testing.assert_array_equal(theta_of(history.model), theta_of(expected))


def test_a_slower_divergence_ends_with_finite_weights_too():
    history = diverging(100, validation=(1e30 * X, X[:, :2]), progress=False)
    assert "with γ = 100" in history.stopped
    assert 2 < len(history.loss) < 99
    assert np.isfinite(theta_of(history.model)).all()


def test_weights_that_leave_the_numbers_in_the_very_last_step_are_not_kept():
    history = quiet_fit(gamma=lambda t: np.inf if t == 8 else 0.1)
    assert history.stopped.startswith("diverged at step 8")
    np.testing.assert_array_equal(theta_of(history.model), theta_of(quiet_fit(epochs=2).model))


def test_a_model_that_cannot_even_start_comes_back_as_it_was():
    history = quiet_fit(MODEL._replace(loss=squared_error), X, 1e300 * y)
    assert history.stopped.endswith("the weights at the start are kept")
    np.testing.assert_array_equal(theta_of(history.model), theta_of(MODEL))


def test_an_interruption_in_the_first_epoch_gives_empty_curves():
    def gamma(t):
        raise KeyboardInterrupt

    history = quiet_fit(gamma=gamma)
    assert history.loss.shape == history.seconds.shape == (0,)
    np.testing.assert_array_equal(theta_of(history.model), theta_of(MODEL))


# Answers and scores


def test_predict_is_the_networks_output():
    np.testing.assert_array_equal(predict(MODEL, X), forward(MODEL.params, MODEL.gs, X)[1][-1])


def test_accuracy_counts_the_largest_output_or_the_side_of_one_half():
    p = np.array([[2.0, 1.0], [0.0, 3.0], [1.0, 0.5], [0.1, 0.2]])
    assert accuracy(p, one_hot([0, 1, 1, 1], 2)) == 0.75
    assert accuracy(p[:, :1], np.array([[1.0], [0.0], [0.0], [0.0]])) == 0.75
    assert np.isnan(accuracy(p, p))


# Bad arguments


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"X": X[:, :2]}, r"X has shape \(10, 2\), expected \(n_samples, 3\)"),
        ({"y": y[1:]}, r"y has shape \(9, 2\), expected \(10, 2\)"),
        ({"y": y.argmax(axis=1)}, r"y has shape \(10,\).*one_hot"),
        ({"X": np.full((10, 3), np.nan)}, "X holds 30 NaN"),
        ({"optimizer": rmsprop}, r"expected an Optimizer: write"),
        ({"gamma": -0.1}, "gamma is -0.1"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"epochs": 2.5}, r"epochs is 2\.5"),
        ({"validation": (X[:5], y[:4])}, r"y has shape \(4, 2\), expected \(5, 2\)"),
    ],
)
def test_bad_arguments_are_named_before_anything_runs(bad, message):
    with pytest.raises(ValueError, match=message):
        quiet_fit(**bad)


# The slides' program


def test_the_slides_program_reads_93_of_100_held_out_digits():
    """784-512-10, B = 128, RMSprop, 407050 weights: the median of five seeds after 10 epochs.

    A single run now and then dips by some hundredths for an epoch, hence the median.
    """
    X, labels, X_test, test_labels = load_mnist_5k(dtype=np.float32)
    y, y_test = one_hot(labels, 10), one_hot(test_labels, 10)
    scores = []
    for seed in range(5):
        params = init((784, 512, 10), seed, np.float32)
        model = Model(params, [relu, identity], softmax_cross_entropy)
        history = fit(model, X, y, rmsprop(), 0.001, 128, 10, seed, progress=False)
        scores.append(evaluate(history.model, X_test, y_test).accuracy)
        assert theta_of(history.model).size == 407050
    assert np.median(scores) == pytest.approx(0.93, abs=0.015)
    assert min(scores) > 0.85
