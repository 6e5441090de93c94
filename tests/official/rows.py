"""Which optimizers are recorded: every convention of every library that the course speaks of.

All hyperparameters are short binary fractions: TensorFlow passes them through float32, and a
rate that float32 cannot hold would hide the formula under a difference of 1e-8. So .875 stands
for .9, 1 − 2⁻⁷ for .999, and 2⁻²⁷, 2⁻²³, 2⁻³³ for the usual ε of 1e-8, 1e-7, 1e-10. The usual
values themselves are kept beside, as each library's default arguments.
"""

from typing import NamedTuple

MU = RHO = BETA1 = 0.875
BETA2 = 1 - 2**-7
EPS8, EPS7, EPS10 = 2**-27, 2**-23, 2**-33
FAST, SLOW = 2**-4, 2**-6  # the rate of the rules that step with g, and of those that divide it


class Row(NamedTuple):
    """One run: `rule` and `arguments` are the library's own names."""

    library: str
    rule: str
    variant: str
    rate: float
    arguments: dict

    @property
    def name(self):
        return f"{self.library} {self.rule} {self.variant}".rstrip()


NESTEROV = {"momentum": MU, "nesterov": True}
BETAS = {"beta_1": BETA1, "beta_2": BETA2}
TORCH_RMS = {"alpha": RHO, "eps": EPS8}
TORCH_ADAM = {"betas": (BETA1, BETA2), "eps": EPS8}
KERAS_RMS = {"rho": RHO, "epsilon": EPS7}
KERAS_ADAM = BETAS | {"epsilon": EPS7}
OPTAX_RMS = {"decay": RHO, "eps": EPS8}
OPTAX_ADAM = {"b1": BETA1, "b2": BETA2, "eps": EPS8}

ROWS = [
    Row("torch", "SGD", "", FAST, {}),
    Row("torch", "SGD", "momentum", FAST, {"momentum": MU}),
    Row("torch", "SGD", "dampening", FAST, {"momentum": MU, "dampening": 0.5}),
    Row("torch", "SGD", "nesterov", FAST, NESTEROV),
    Row("torch", "SGD", "weight_decay", FAST, {"weight_decay": 2**-5}),
    Row("torch", "SGD", "nesterov weight_decay", FAST, NESTEROV | {"weight_decay": 2**-5}),
    Row("torch", "Adagrad", "", SLOW, {"eps": EPS10}),
    Row("torch", "Adagrad", "lr_decay", SLOW, {"eps": EPS10, "lr_decay": 2**-4}),
    Row("torch", "Adagrad", "G0", SLOW, {"eps": EPS10, "initial_accumulator_value": 0.125}),
    Row("torch", "RMSprop", "", SLOW, TORCH_RMS),
    Row("torch", "RMSprop", "centered", SLOW, TORCH_RMS | {"centered": True}),
    Row("torch", "RMSprop", "momentum", SLOW, TORCH_RMS | {"momentum": MU}),
    Row("torch", "RMSprop", "centered momentum", SLOW,
        TORCH_RMS | {"centered": True, "momentum": MU}),
    Row("torch", "Adam", "", SLOW, TORCH_ADAM),
    Row("torch", "Adam", "amsgrad", SLOW, TORCH_ADAM | {"amsgrad": True}),
    Row("torch", "NAdam", "", SLOW, TORCH_ADAM | {"momentum_decay": 2**-8}),
    Row("torch", "NAdam", "as Keras 3", SLOW, TORCH_ADAM | {"momentum_decay": 1, "eps": EPS7}),
    Row("keras", "SGD", "", FAST, {}),
    Row("keras", "SGD", "momentum", FAST, {"momentum": MU}),
    Row("keras", "SGD", "nesterov", FAST, NESTEROV),
    Row("keras", "Adagrad", "", SLOW, {"initial_accumulator_value": 0.125, "epsilon": EPS7}),
    Row("keras", "Adagrad", "G0 = 0", SLOW, {"initial_accumulator_value": 0.0, "epsilon": EPS7}),
    Row("keras", "RMSprop", "", SLOW, KERAS_RMS),
    Row("keras", "RMSprop", "centered", SLOW, KERAS_RMS | {"centered": True}),
    Row("keras", "RMSprop", "momentum", SLOW, KERAS_RMS | {"momentum": MU}),
    Row("keras", "RMSprop", "centered momentum", SLOW,
        KERAS_RMS | {"centered": True, "momentum": MU}),
    Row("keras", "Adam", "", SLOW, KERAS_ADAM),
    Row("keras", "Adam", "amsgrad", SLOW, KERAS_ADAM | {"amsgrad": True}),
    Row("keras", "Nadam", "", SLOW, KERAS_ADAM),
    Row("keras 2.0.8", "SGD", "", FAST, {}),
    Row("keras 2.0.8", "SGD", "momentum", FAST, {"momentum": MU}),
    Row("keras 2.0.8", "SGD", "nesterov", FAST, NESTEROV),
    Row("keras 2.0.8", "SGD", "decay", FAST, {"momentum": MU, "decay": 2**-4}),
    Row("keras 2.0.8", "Adagrad", "", SLOW, {"epsilon": EPS8}),
    Row("keras 2.0.8", "RMSprop", "", SLOW, {"rho": RHO, "epsilon": EPS8}),
    Row("keras 2.0.8", "RMSprop", "decay", SLOW, {"rho": RHO, "epsilon": EPS8, "decay": 2**-4}),
    Row("keras 2.0.8", "Adam", "", SLOW, BETAS | {"epsilon": EPS8}),
    Row("keras 2.0.8", "Nadam", "", SLOW, BETAS | {"epsilon": EPS8, "schedule_decay": 2**-8}),
    Row("tf1", "GradientDescentOptimizer", "", FAST, {}),
    Row("tf1", "MomentumOptimizer", "", FAST, {"momentum": MU}),
    Row("tf1", "MomentumOptimizer", "nesterov", FAST, {"momentum": MU, "use_nesterov": True}),
    Row("tf1", "AdagradOptimizer", "", SLOW, {"initial_accumulator_value": 0.125}),
    Row("tf1", "RMSPropOptimizer", "", SLOW, {"decay": RHO, "epsilon": EPS10}),
    Row("tf1", "RMSPropOptimizer", "momentum", SLOW,
        {"decay": RHO, "momentum": MU, "epsilon": EPS10}),
    Row("tf1", "RMSPropOptimizer", "centered", SLOW,
        {"decay": RHO, "epsilon": EPS10, "centered": True}),
    Row("tf1", "AdamOptimizer", "", SLOW, {"beta1": BETA1, "beta2": BETA2, "epsilon": EPS8}),
    Row("tf_keras legacy", "SGD", "nesterov decay", FAST, NESTEROV | {"decay": 2**-4}),
    Row("tf_keras legacy", "Adagrad", "", SLOW,
        {"initial_accumulator_value": 0.125, "epsilon": EPS7}),
    Row("tf_keras legacy", "RMSprop", "", SLOW, KERAS_RMS),
    Row("tf_keras legacy", "RMSprop", "momentum", SLOW, KERAS_RMS | {"momentum": MU}),
    Row("tf_keras legacy", "Adam", "", SLOW, KERAS_ADAM),
    Row("tf_keras legacy", "Adam", "amsgrad", SLOW, KERAS_ADAM | {"amsgrad": True}),
    Row("tf_keras legacy", "Nadam", "", SLOW, KERAS_ADAM | {"schedule_decay": 2**-8}),
    Row("optax", "sgd", "momentum", FAST, {"momentum": MU}),
    Row("optax", "sgd", "nesterov", FAST, NESTEROV),
    Row("optax", "adagrad", "", SLOW, {"initial_accumulator_value": 0.125, "eps": EPS7}),
    Row("optax", "rmsprop", "", SLOW, OPTAX_RMS),
    Row("optax", "rmsprop", "momentum", SLOW, OPTAX_RMS | {"momentum": MU}),
    Row("optax", "rmsprop", "centered", SLOW, OPTAX_RMS | {"centered": True}),
    Row("optax", "rmsprop", "eps outside", SLOW, OPTAX_RMS | {"eps_in_sqrt": False}),
    Row("optax", "rmsprop", "as TF1", SLOW, {"decay": RHO, "eps": EPS10, "initial_scale": 1.0}),
    Row("optax", "adam", "", SLOW, OPTAX_ADAM),
    Row("optax", "nadam", "", SLOW, OPTAX_ADAM),
    Row("scikit-learn", "SGDOptimizer", "", FAST, {"momentum": MU, "nesterov": False}),
    Row("scikit-learn", "SGDOptimizer", "nesterov", FAST, NESTEROV),
    Row("scikit-learn", "AdamOptimizer", "", SLOW, BETAS | {"epsilon": EPS8}),
]  # fmt: skip
