"""Each library's optimizers behind one face: a step (gradient, rate) → parameters, in float64.

Nothing is imported until a library is asked for; `ImportError` says that it is not here.
"""

import os
from functools import partial
from importlib.metadata import version
from typing import NamedTuple

from .keras2 import open_keras_2_0_8
from .problem import W0


class Library(NamedTuple):
    """Its version; rules, the module that has the optimizers; start(make, rate) → step.

    `make` is one of the optimizers with its arguments filled in, but for the rate.
    """

    version: str
    rules: object
    start: object


def torch():
    """PyTorch. NAdam keeps its product of momenta in the default dtype: that must be float64."""
    import torch

    torch.set_default_dtype(torch.float64)

    def start(make, rate):
        w = torch.from_numpy(W0.copy())
        optimizer = make([w], lr=rate)

        def step(g, rate):
            optimizer.param_groups[0]["lr"] = rate
            w.grad = torch.from_numpy(g)
            optimizer.step()
            return w.numpy().copy()

        return step

    return Library(torch.__version__, torch.optim, start)


def keras():
    """Keras 3 on PyTorch; its own float type must be told."""
    os.environ["KERAS_BACKEND"] = "torch"
    import keras

    keras.config.set_floatx("float64")

    def start(make, rate):
        w = keras.Variable(W0, dtype="float64")
        optimizer = make(learning_rate=rate)
        optimizer.build([w])

        def step(g, rate):
            optimizer.learning_rate = rate
            optimizer.apply([keras.ops.convert_to_tensor(g)])
            return keras.ops.convert_to_numpy(w.value).copy()

        return step

    return Library(keras.__version__, keras.optimizers, start)


def tf1():
    """TensorFlow 1's optimizers, which TensorFlow 2 still ships; the rate may be a function."""
    import tensorflow as tf

    def start(make, rate):
        w, now = tf.Variable(W0), [rate]
        optimizer = make(lambda: now[0])

        def step(g, rate):
            now[0] = rate
            optimizer.apply_gradients([(tf.constant(g), w)])
            return w.numpy()

        return step

    return Library(tf.__version__, tf.compat.v1.train, start)


def tf_keras_legacy():
    """The optimizers of Keras 2.1 to 2.10, as tf_keras keeps them."""
    import tensorflow as tf
    import tf_keras

    def start(make, rate):
        w = tf.Variable(W0)
        optimizer = make(learning_rate=rate)

        def step(g, rate):
            optimizer.learning_rate = rate
            optimizer.apply_gradients([(tf.constant(g), w)])
            return w.numpy()

        return step

    return Library(tf_keras.__version__, tf_keras.optimizers.legacy, start)


def optax():
    """optax on JAX, which knows no float64 until it is told."""
    import jax
    import optax

    jax.config.update("jax_enable_x64", True)

    def start(make, rate):
        optimizer = optax.inject_hyperparams(make)(learning_rate=rate)
        held = [jax.numpy.asarray(W0), optimizer.init(jax.numpy.asarray(W0))]

        def step(g, rate):
            w, state = held
            state.hyperparams["learning_rate"] = jax.numpy.asarray(rate)
            updates, held[1] = optimizer.update(jax.numpy.asarray(g), state, w)
            held[0] = optax.apply_updates(w, updates)
            return held[0]

        return step

    return Library(f"{optax.__version__} on JAX {jax.__version__}", optax, start)


def scikit_learn():
    """The optimizers inside scikit-learn's MLPClassifier."""
    from sklearn.neural_network import _stochastic_optimizers as rules

    def start(make, rate):
        w = W0.copy()
        optimizer = make([w], learning_rate_init=rate)

        def step(g, rate):
            optimizer.learning_rate = optimizer.learning_rate_init = rate
            optimizer.update_params([w], [g])
            return w.copy()

        return step

    return Library(version("scikit-learn"), rules, start)


def keras_2_0_8():
    """Keras 2.0.8, see keras2.py."""
    return Library(*open_keras_2_0_8())


LIBRARIES = {
    "torch": torch,
    "keras": keras,
    "keras 2.0.8": keras_2_0_8,
    "tf1": tf1,
    "tf_keras legacy": tf_keras_legacy,
    "optax": optax,
    "scikit-learn": scikit_learn,
}


def start(library, row):
    """The step of a row: its optimizer with the row's arguments, begun at W0."""
    return library.start(partial(getattr(library.rules, row.rule), **row.arguments), row.rate)
