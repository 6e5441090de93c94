"""Gradient descent and its descendants: the slides' rules, and what each library really computes.

An optimizer is a pair of pure functions, `Optimizer(init, step)`; `minimize` runs one. The rules
of the slides are `gradient_descent`, `momentum`, `nesterov`, `adagrad`, `rmsprop`, `adam`, `nadam`.
The libraries' conventions:

| library and rule                            | here                                            |
|---------------------------------------------|-------------------------------------------------|
| PyTorch SGD                                 | torch_sgd                                       |
| TensorFlow 1 Momentum, optax sgd            | tf1_momentum                                    |
| Keras 3, Keras 2.0.8, legacy SGD            | keras_sgd                                       |
| scikit-learn SGD                            | keras_sgd(momentum=0.9, nesterov=True)          |
| Keras 2.0 `decay`, PyTorch Adagrad lr_decay | any rule, γ = inverse_time_decay(gamma0, decay) |
| PyTorch Adagrad                             | torch_adagrad                                   |
| Keras 3, optax Adagrad                      | keras_adagrad                                   |
| Keras 2.0.8 Adagrad                         | keras2_adagrad                                  |
| legacy Adagrad                              | keras2_adagrad(epsilon=1e-7, G0=0.1)            |
| TensorFlow 1 Adagrad                        | tf1_adagrad                                     |
| PyTorch RMSprop                             | torch_rmsprop                                   |
| Keras 3 RMSprop                             | keras_rmsprop                                   |
| Keras 2.0.8 RMSprop                         | keras2_rmsprop                                  |
| legacy RMSprop, momentum 0                  | keras2_rmsprop(epsilon=1e-7)                    |
| legacy RMSprop, momentum > 0                | keras_rmsprop(momentum=…)                       |
| TensorFlow 1 RMSProp                        | tf1_rmsprop                                     |
| optax rmsprop                               | optax_rmsprop                                   |
| optax rmsprop(eps_in_sqrt=False)            | keras2_rmsprop                                  |
| PyTorch, optax Adam                         | torch_adam                                      |
| Keras 3 Adam                                | keras_adam                                      |
| Keras 2.0.8, TensorFlow 1, scikit-learn Adam| keras_adam(epsilon=1e-8)                        |
| legacy Adam                                 | keras_adam                                      |
| PyTorch NAdam, Keras 2.0.8 Nadam            | torch_nadam                                     |
| legacy Nadam                                | torch_nadam(epsilon=1e-7)                       |
| Keras 3 Nadam                               | keras_nadam                                     |
| optax nadam                                 | optax_nadam                                     |

Versions: PyTorch 2.13, Keras 3.15, Keras 2.0.8 (2017), TensorFlow 2.21's tf.compat.v1, optax 0.2.8,
scikit-learn 1.9; "legacy" are the rules of Keras 2.1 to 2.10, kept in tf_keras 2.21. Default
arguments are the libraries'.
"""

from mlcourse_utils.optimizers.core import Optimizer, as_optimizer, minimize
from mlcourse_utils.optimizers.libraries import (
    keras2_adagrad,
    keras2_rmsprop,
    keras_adagrad,
    keras_rmsprop,
    keras_sgd,
    optax_rmsprop,
    tf1_adagrad,
    tf1_momentum,
    tf1_rmsprop,
    torch_adagrad,
    torch_rmsprop,
    torch_sgd,
)
from mlcourse_utils.optimizers.libraries_adam import (
    keras_adam,
    keras_nadam,
    optax_nadam,
    torch_adam,
    torch_nadam,
)
from mlcourse_utils.optimizers.slides import (
    adagrad,
    adam,
    gradient_descent,
    momentum,
    nadam,
    nesterov,
    rmsprop,
)

__all__ = [
    "Optimizer",
    "adagrad",
    "adam",
    "as_optimizer",
    "gradient_descent",
    "keras2_adagrad",
    "keras2_rmsprop",
    "keras_adagrad",
    "keras_adam",
    "keras_nadam",
    "keras_rmsprop",
    "keras_sgd",
    "minimize",
    "momentum",
    "nadam",
    "nesterov",
    "optax_nadam",
    "optax_rmsprop",
    "rmsprop",
    "tf1_adagrad",
    "tf1_momentum",
    "tf1_rmsprop",
    "torch_adagrad",
    "torch_adam",
    "torch_nadam",
    "torch_rmsprop",
    "torch_sgd",
]
