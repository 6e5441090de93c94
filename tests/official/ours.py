"""Which of our rules follows which recorded row, and the step that `problem.run` drives."""

from mlcourse_utils.optimizers import (
    gradient_descent,
    keras2_adagrad,
    keras2_rmsprop,
    keras_adagrad,
    keras_adam,
    keras_nadam,
    keras_rmsprop,
    keras_sgd,
    momentum,
    optax_nadam,
    optax_rmsprop,
    tf1_adagrad,
    tf1_momentum,
    tf1_rmsprop,
    torch_adagrad,
    torch_adam,
    torch_nadam,
    torch_rmsprop,
    torch_sgd,
)
from mlcourse_utils.schedules import constant, inverse_time_decay

from .problem import W0
from .rows import BETA1, BETA2, EPS7, EPS8, EPS10, MU, RHO

# A line for each convention that the package's docstring lists; in it, for each recorded row that
# follows it, our rule. A row stands in exactly one line.
OURS = {
    "PyTorch SGD": {
        "torch SGD": torch_sgd(),
        "torch SGD momentum": torch_sgd(MU),
        "torch SGD dampening": torch_sgd(MU, dampening=0.5),
        "torch SGD nesterov": torch_sgd(MU, nesterov=True),
        "torch SGD weight_decay": torch_sgd(weight_decay=2**-5),
        "torch SGD nesterov weight_decay": torch_sgd(MU, weight_decay=2**-5, nesterov=True),
    },
    "TensorFlow 1 Momentum, optax sgd": {
        "tf1 GradientDescentOptimizer": gradient_descent(),
        "tf1 MomentumOptimizer": tf1_momentum(MU),
        "tf1 MomentumOptimizer nesterov": tf1_momentum(MU, nesterov=True),
        "optax sgd momentum": tf1_momentum(MU),
        "optax sgd nesterov": tf1_momentum(MU, nesterov=True),
    },
    "Keras 3, Keras 2.0.8, legacy, scikit-learn SGD": {
        "keras SGD": keras_sgd(),
        "keras SGD momentum": keras_sgd(MU),
        "keras SGD nesterov": keras_sgd(MU, nesterov=True),
        "keras 2.0.8 SGD": gradient_descent(),
        "keras 2.0.8 SGD momentum": momentum(MU),
        "keras 2.0.8 SGD nesterov": keras_sgd(MU, nesterov=True),
        "scikit-learn SGDOptimizer": keras_sgd(MU),
        "scikit-learn SGDOptimizer nesterov": keras_sgd(MU, nesterov=True),
    },
    "Keras 2.0 decay, PyTorch Adagrad lr_decay": {
        "keras 2.0.8 SGD decay": keras_sgd(MU),
        "keras 2.0.8 RMSprop decay": keras2_rmsprop(RHO, EPS8),
        "tf_keras legacy SGD nesterov decay": keras_sgd(MU, nesterov=True),
        "torch Adagrad lr_decay": torch_adagrad(EPS10),
    },
    "PyTorch Adagrad": {
        "torch Adagrad": torch_adagrad(EPS10),
        "torch Adagrad G0": torch_adagrad(EPS10, G0=0.125),
    },
    "Keras 3, optax Adagrad": {
        "keras Adagrad": keras_adagrad(EPS7, G0=0.125),
        "keras Adagrad G0 = 0": keras_adagrad(EPS7, G0=0.0),
        "optax adagrad": keras_adagrad(EPS7, G0=0.125),
    },
    "TensorFlow 1, Keras 2.0.8, legacy Adagrad": {
        "tf1 AdagradOptimizer": tf1_adagrad(G0=0.125),
        "keras 2.0.8 Adagrad": keras2_adagrad(EPS8),
        "tf_keras legacy Adagrad": keras2_adagrad(EPS7, G0=0.125),
    },
    "PyTorch RMSprop": {
        "torch RMSprop": torch_rmsprop(RHO, EPS8),
        "torch RMSprop centered": torch_rmsprop(RHO, EPS8, centered=True),
        "torch RMSprop momentum": torch_rmsprop(RHO, EPS8, MU),
        "torch RMSprop centered momentum": torch_rmsprop(RHO, EPS8, MU, centered=True),
    },
    "Keras 3 RMSprop; legacy with momentum": {
        "keras RMSprop": keras_rmsprop(RHO, EPS7),
        "keras RMSprop centered": keras_rmsprop(RHO, EPS7, centered=True),
        "keras RMSprop momentum": keras_rmsprop(RHO, EPS7, MU),
        "keras RMSprop centered momentum": keras_rmsprop(RHO, EPS7, MU, centered=True),
        "tf_keras legacy RMSprop momentum": keras_rmsprop(RHO, EPS7, MU),
    },
    "Keras 2.0.8 RMSprop; legacy without momentum; optax with eps_in_sqrt=False": {
        "keras 2.0.8 RMSprop": keras2_rmsprop(RHO, EPS8),
        "tf_keras legacy RMSprop": keras2_rmsprop(RHO, EPS7),
        "optax rmsprop eps outside": keras2_rmsprop(RHO, EPS8),
    },
    "TensorFlow 1 RMSProp": {
        "tf1 RMSPropOptimizer": tf1_rmsprop(RHO, EPS10),
        "tf1 RMSPropOptimizer momentum": tf1_rmsprop(RHO, EPS10, MU),
        "tf1 RMSPropOptimizer centered": tf1_rmsprop(RHO, EPS10, centered=True),
        "optax rmsprop as TF1": tf1_rmsprop(RHO, EPS10),
    },
    "optax rmsprop": {
        "optax rmsprop": optax_rmsprop(RHO, EPS8),
        "optax rmsprop momentum": optax_rmsprop(RHO, EPS8, MU),
        "optax rmsprop centered": optax_rmsprop(RHO, EPS8, centered=True),
    },
    "PyTorch, optax Adam; PyTorch AMSGrad": {
        "torch Adam": torch_adam(BETA1, BETA2, EPS8),
        "torch Adam amsgrad": torch_adam(BETA1, BETA2, EPS8, amsgrad=True),
        "optax adam": torch_adam(BETA1, BETA2, EPS8),
    },
    "Keras 3, Keras 2.0.8, legacy, TensorFlow 1, scikit-learn Adam": {
        "keras Adam": keras_adam(BETA1, BETA2, EPS7),
        "keras Adam amsgrad": keras_adam(BETA1, BETA2, EPS7, amsgrad=True),
        "keras 2.0.8 Adam": keras_adam(BETA1, BETA2, EPS8),
        "tf_keras legacy Adam": keras_adam(BETA1, BETA2, EPS7),
        "tf_keras legacy Adam amsgrad": keras_adam(BETA1, BETA2, EPS7, amsgrad=True),
        "tf1 AdamOptimizer": keras_adam(BETA1, BETA2, EPS8),
        "scikit-learn AdamOptimizer": keras_adam(BETA1, BETA2, EPS8),
    },
    "PyTorch NAdam; Keras 2.0.8 and legacy Nadam": {
        "torch NAdam": torch_nadam(BETA1, BETA2, EPS8, 2**-8),
        "torch NAdam as Keras 3": keras_nadam(BETA1, BETA2, EPS7),
        "keras 2.0.8 Nadam": torch_nadam(BETA1, BETA2, EPS8, 2**-8),
        "tf_keras legacy Nadam": torch_nadam(BETA1, BETA2, EPS7, 2**-8),
    },
    "Keras 3 Nadam": {"keras Nadam": keras_nadam(BETA1, BETA2, EPS7)},
    "optax nadam": {"optax nadam": optax_nadam(BETA1, BETA2, EPS8)},
}
RULES = {row: rule for line in OURS.values() for row, rule in line.items()}
DECAYS = dict.fromkeys(
    OURS["Keras 2.0 decay, PyTorch Adagrad lr_decay"], inverse_time_decay(1.0, 2**-4)
)


def step_by_step(optimizer, schedule=None):
    """Our optimizer as `problem.run` wants it; a schedule multiplies the rate."""
    w, state, t, factor = W0, optimizer.init(W0), 0, schedule or constant(1.0)

    def step(g, rate):
        nonlocal w, state, t
        w, state = optimizer.step(w, state, lambda w: g, rate * factor(t))
        t += 1
        return w

    return step
