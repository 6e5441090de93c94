"""Mini-batch training of a network, with any optimizer and any learning-rate schedule.

    θ ← step(θ, ∇R_B),   ∇R_B = 1/B Σ_{i in the mini-batch} ∇ℓ(θ; x_i, y_i)

One *update* uses one mini-batch of B examples; one *epoch* is a pass through all of them.
t = 0, 1, 2 … counts updates, γ_t is the learning rate of update t. y are the targets, p the
network's output, rows are examples. Training computes in the dtype of the model's weights.
"""

import math
import time
from itertools import chain, count, islice
from typing import NamedTuple

import numpy as np

from mlcourse_utils import validate
from mlcourse_utils.model import Model, Score, accuracy, evaluate, examples_of, predict
from mlcourse_utils.network import backward, flatten, forward
from mlcourse_utils.optimizers import as_optimizer
from mlcourse_utils.progress import progress_bar, quiet
from mlcourse_utils.schedules import as_schedule

__all__ = [
    "History",
    "Model",
    "Score",
    "Step",
    "accuracy",
    "evaluate",
    "fit",
    "minibatches",
    "predict",
    "training_steps",
]


class Step(NamedTuple):
    """Update t: the mini-batch's size and score *before* it, its rate, and the model after it."""

    t: int
    n: int
    score: Score
    gamma: float
    model: Model


class History(NamedTuple):
    """What `fit` learnt. All but the first and the last are arrays with one entry an epoch.

    loss and accuracy are averages over the examples of the epoch, each taken just before its
    mini-batch's update, as Keras reports them; the validation scores are taken at the epoch's
    end (nan without validation data). gamma is the rate of its last update, seconds the time
    of its updates alone. `stopped` is "" if all epochs ran, else one line that says why not.
    """

    model: Model
    loss: np.ndarray
    accuracy: np.ndarray
    validation_loss: np.ndarray
    validation_accuracy: np.ndarray
    gamma: np.ndarray
    seconds: np.ndarray
    stopped: str


def minibatches(X, y, batch_size, rng):
    """Shuffle the examples and deal them out: every one once, X and y side by side.

    Parameters
    ----------
    X, y : array
        As many rows each.
    batch_size : int
        B; the last mini-batch is smaller when B does not divide the number of examples.
    rng : numpy.random.Generator
        Each call draws a new permutation from it.

    Returns
    -------
    iterator of (X of the batch, y of the batch)

    Raises
    ------
    ValueError
        if X and y differ in length, or rng is a seed, which would shuffle every epoch alike.

    >>> X = np.arange(5)
    >>> [len(rows) for rows, _ in minibatches(X, X, 2, np.random.default_rng(0))]
    [2, 2, 1]
    """
    if len(X) != len(y):
        raise ValueError(f"y has {len(y)} rows, expected {len(X)}: one target a row of X")
    if not isinstance(rng, np.random.Generator):
        hint = "make it once, with np.random.default_rng(0)"
        raise ValueError(f"rng is {rng!r:.60}, expected a numpy.random.Generator: {hint}")
    batch_size = validate.count(batch_size, "batch_size")
    order = rng.permutation(len(X))
    cuts = range(batch_size, len(X), batch_size)
    return ((X[rows], y[rows]) for rows in np.split(order, cuts))


def training_steps(model, X, y, optimizer, gamma, batch_size, rng):
    """Train without end, one update whenever the next Step is asked for.

    For a figure that shows the training while it runs. A ManualSchedule as gamma can be
    turned between two steps; nothing starts anew. The parameters are those of `fit`.

    >>> from mlcourse_utils import activations, losses, network, optimizers
    >>> line = Model(network.init((1, 1), seed=0), [activations.identity], losses.squared_error)
    >>> X = np.array([[1.0], [2.0]])
    >>> steps = training_steps(line, X, 3 * X, optimizers.gradient_descent(), 0.2, 2, 0)
    >>> last = list(islice(steps, 1000))[-1]
    >>> last.t, predict(last.model, [[10.0]]).round(3)
    (999, array([[30.]]))
    """
    X, y = examples_of(model, X, y)
    validate.count(batch_size, "batch_size")
    optimizer, schedule = as_optimizer(optimizer), as_schedule(gamma)
    return _run(model, X, y, optimizer, schedule, batch_size, np.random.default_rng(rng))


def _run(model, X, y, optimizer, schedule, batch_size, rng):
    w, unflatten = flatten(model.params)
    state = optimizer.init(w)
    batches = chain.from_iterable(minibatches(X, y, batch_size, rng) for _ in count())
    for t, batch in enumerate(batches):
        scores, gamma = [], float(schedule(t))
        grad = _batch_gradient(model, unflatten, *batch, scores)
        with np.errstate(over="ignore", invalid="ignore"):  # fit reports a loss that diverges
            w, state = optimizer.step(w, state, grad, gamma)
        yield Step(t, len(batch[0]), scores[0], gamma, model._replace(params=unflatten(w)))


def _batch_gradient(model, unflatten, X, y, scores):
    """∇R_B as a function of w; each call also notes the score at that w, which costs nothing."""

    def grad(w):
        params = unflatten(w)
        hs, xs = forward(params, model.gs, X)
        scores.append(Score(model.loss.value(xs[-1], y), accuracy(xs[-1], y)))
        g = np.empty_like(w)
        backward(params, model.gs, hs, xs, y, model.loss, out=unflatten(g))
        return g

    return grad


def fit(
    model,
    X,
    y,
    optimizer,
    gamma,
    batch_size,
    epochs,
    rng,
    callback=None,
    *,
    validation=None,
    progress=True,
):
    """Train the model by mini-batches.

    Ctrl-C (in a notebook: interrupt the kernel) ends the training and keeps what was learnt. So
    does a loss that is no longer finite; then the weights of the last whole epoch are kept.

    Parameters
    ----------
    model : Model
        Where to start; not changed.
    X : array, shape (n_samples, n_in)
    y : array, shape (n_samples, n_out)
        Targets, one row an example: `one_hot(labels, 10)` for classes.
    optimizer : Optimizer
        Say `rmsprop()`, with brackets.
    gamma : float or schedule
        The learning rate; a schedule is a function of t that is asked before each update, so a
        ManualSchedule can be turned while the training runs.
    batch_size, epochs : int
    rng : numpy.random.Generator or int
        Shuffles the examples.
    callback : callable, optional
        Called with the History after each epoch. If it returns True, the training ends.
    validation : pair of arrays, optional
        Held-out (X, y), scored after each epoch.
    progress : bool
        Show a bar. With False nothing is written at all; read `stopped`.

    Returns
    -------
    History

    Raises
    ------
    ValueError
        for shapes that do not fit the model, NaN in the data, or a rate that is not positive.
    """
    steps = training_steps(model, X, y, optimizer, gamma, batch_size, rng)
    held_out = examples_of(model, *validation) if validation is not None else None
    n_updates = math.ceil(len(X) / batch_size)
    total = validate.count(epochs, "epochs") * n_updates
    bar = progress_bar(total) if progress else quiet
    kept, rows, seen, text, stopped = model, [], [], "", ""
    try:
        start = time.perf_counter()
        for step in islice(steps, total):
            model = step.model
            seen.append((step.n, *step.score))
            epoch_ends = len(seen) == n_updates
            if not math.isfinite(step.score.loss) or (epoch_ends and not _is_finite(model)):
                model, stopped = kept, _diverged(step, len(rows))
                break
            if epoch_ends:
                seconds = time.perf_counter() - start
                rows.append((*_mean(seen), *_validate(model, held_out), step.gamma, seconds))
                kept, text, seen = model, _summary(rows), []
                if callback is not None and _is_true(callback(_history(model, rows))):
                    stopped = f"stopped by the callback after epoch {len(rows)}"
                    break
                start = time.perf_counter()
            bar.show(step.t + 1, text)
    except KeyboardInterrupt:
        stopped = f"interrupted in epoch {len(rows) + 1}; what was learnt until then is kept"
    bar.close(stopped)
    return _history(model, rows, stopped)


def _is_finite(model):
    return all(np.isfinite(array).all() for layer in model.params for array in layer)


def _diverged(step, epochs):
    kept = f"at the end of epoch {epochs}" if epochs else "at the start"
    return (
        f"diverged at step {step.t} with γ = {step.gamma:g}, loss {step.score.loss:g}: "
        f"try a smaller rate; the weights {kept} are kept"
    )


def _mean(seen):
    """The mean over the examples, not the mean of the mini-batches' means."""
    n, loss, accuracy = np.transpose(seen)
    return np.average(loss, weights=n), np.average(accuracy, weights=n)


def _validate(model, held_out):
    if held_out is None:
        return Score(math.nan, math.nan)
    with np.errstate(over="ignore", invalid="ignore"):
        return evaluate(model, *held_out)


def _is_true(answer):
    """A callback may return what it drew: only True itself, or numpy's, ends the training."""
    return isinstance(answer, bool | np.bool_) and bool(answer)


def _history(model, rows, stopped=""):
    return History(model, *np.reshape(rows, (-1, 6)).T, stopped)


def _summary(rows):
    loss, accuracy, validation_loss, validation_accuracy, gamma, _ = rows[-1]
    text = f"epoch {len(rows)}: loss {loss:.4f}"
    if not math.isnan(accuracy):
        text += f", accuracy {accuracy:.3f}"
    if not math.isnan(validation_loss):
        text += f", held out {validation_loss:.4f} {validation_accuracy:.3f}"
    return f"{text}, γ {gamma:.3g}"
