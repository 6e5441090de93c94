"""Keras 2.0.8, of 2017, brought to life over today's TensorFlow."""

import os
import sys
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

from .problem import W0


def open_keras_2_0_8():
    """Its own optimizers.py and TensorFlow backend, run in TensorFlow 2's graph mode.

    The folder that KERAS_2_0_8 names holds it (`pip install --no-deps --target FOLDER
    keras==2.0.8`). The rest of the package, which today's TensorFlow cannot run, is left out.
    Returns what `adapters.Library` holds.
    """
    folder = os.environ.get("KERAS_2_0_8")
    if not folder:
        raise ImportError("KERAS_2_0_8 names no folder")
    import tensorflow as tf

    packages = {name: ModuleType(name) for name in ("keras", "keras.utils")}
    for name, package in packages.items():
        package.__path__ = [str(Path(folder, *name.split(".")))]
    others = {name: sys.modules[name] for name in sys.modules if name.split(".")[0] != "keras"}
    fresh = others | {"tensorflow": tf.compat.v1} | packages
    with patch.dict(os.environ, KERAS_BACKEND="tensorflow"), patch.dict(sys.modules):
        sys.modules.clear()
        sys.modules.update(fresh)
        from keras import backend, optimizers
    backend.set_floatx("float64")

    def start(make, rate):
        session = tf.compat.v1.Session(graph=tf.Graph())
        with session.graph.as_default(), session.as_default():
            w = backend.variable(W0)
            inputs = [g_in, rate_in] = [backend.placeholder(W0.shape), backend.placeholder(())]
            optimizer = make()
            optimizer.lr = rate_in
            optimizer.get_gradients = lambda loss, params: [g_in]
            tick, *updates = optimizer.get_updates(loss=None, params=[w])
            # What several formulas read (Nadam's product of momenta, the count of steps) changes
            # after all of them: a graph promises no order within one run.
            shared = [u for u in updates if isinstance(u, tuple)]
            own = [u for u in updates if not isinstance(u, tuple)]
            runs = [backend.function(inputs, [], updates=us) for us in (own, shared, [tick])]

        def step(g, rate):
            with session.graph.as_default(), session.as_default():
                for run in runs:
                    run([g, rate])
                return backend.get_value(w)

        return step

    return "2.0.8 on TensorFlow " + tf.__version__, optimizers, start
