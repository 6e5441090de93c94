"""Each convention in mlcourse_utils.optimizers against the library whose it is, as recorded."""

import pytest
from official.ours import DECAYS, OURS, RULES, step_by_step
from official.problem import SCALES, apart, read, run
from official.rows import BETA1, BETA2, EPS7, EPS8, EPS10, MU, RHO, ROWS

from mlcourse_utils.optimizers import (
    keras2_rmsprop,
    keras_adagrad,
    keras_adam,
    keras_nadam,
    keras_sgd,
    optax_rmsprop,
    torch_adagrad,
    torch_adam,
    torch_nadam,
    torch_sgd,
)

# The rows that cannot come as near as 1e-10, and why.
LOOSER = {
    "tf1 AdamOptimizer": 1e-6,  # keeps β₁ᵗ and β₂ᵗ as running products in float32
    "tf_keras legacy Nadam": 1e-9,  # takes the constant .96 from float32
}

RECORDED = read()


def distance(step, row, scale):
    """How far a step's walk is from the library's, in units of the way travelled."""
    return apart(run(step, row.rate, scale), RECORDED["trajectories"][row.name][str(scale)])


def ours(row):
    """The step of our rule for a row, afresh."""
    return step_by_step(RULES[row.name], DECAYS.get(row.name))


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_our_rule_walks_with_the_library_through_thirty_steps(row, scale):
    assert distance(ours(row), row, scale) < LOOSER.get(row.name, 1e-10)


@pytest.mark.parametrize("row", [row for row in ROWS if row.name in LOOSER], ids=lambda r: r.name)
def test_where_more_is_allowed_less_would_not_do(row):
    assert max(distance(ours(row), row, scale) for scale in SCALES) > 1e-10


def test_every_row_is_recorded_and_stands_in_one_line_of_the_table():
    names = [row.name for row in ROWS]
    assert len(set(names)) == len(names)
    assert sorted(name for line in OURS.values() for name in line) == sorted(names)
    assert list(RECORDED["trajectories"]) == names
    assert set(RECORDED["versions"]) == {row.library for row in ROWS}


# A row and a rule that is easily taken for it, with the same numbers.
CONFUSIONS = [
    ("torch SGD momentum", keras_sgd(MU)),
    ("torch SGD nesterov", keras_sgd(MU, nesterov=True)),
    ("torch SGD nesterov", torch_sgd(MU)),
    ("keras SGD momentum", torch_sgd(MU)),
    ("torch SGD dampening", torch_sgd(MU)),
    ("torch SGD weight_decay", torch_sgd()),
    ("torch Adagrad", keras_adagrad(EPS10, G0=0.0)),
    ("keras Adagrad", torch_adagrad(EPS7, G0=0.125)),
    ("keras 2.0.8 Adagrad", keras_adagrad(EPS8, G0=0.0)),
    ("tf1 AdagradOptimizer", torch_adagrad(EPS8, G0=0.125)),
    ("torch RMSprop", optax_rmsprop(RHO, EPS8)),
    ("torch RMSprop momentum", optax_rmsprop(RHO, EPS8, MU)),
    ("keras RMSprop", keras2_rmsprop(RHO, EPS7)),
    ("tf1 RMSPropOptimizer", optax_rmsprop(RHO, EPS10)),
    ("torch Adam", keras_adam(BETA1, BETA2, EPS8)),
    ("torch Adam amsgrad", torch_adam(BETA1, BETA2, EPS8)),
    ("keras Adam", torch_adam(BETA1, BETA2, EPS7)),
    ("tf1 AdamOptimizer", torch_adam(BETA1, BETA2, EPS8)),
    ("torch NAdam", keras_nadam(BETA1, BETA2, EPS8)),
    ("optax nadam", torch_nadam(BETA1, BETA2, EPS8)),
]


@pytest.mark.parametrize(("name", "twin"), CONFUSIONS, ids=lambda x: x if x in RULES else "")
def test_a_rule_easily_taken_for_it_is_told_apart(name, twin):
    row = next(row for row in ROWS if row.name == name)
    apart_by_scale = [distance(step_by_step(twin), row, scale) for scale in SCALES]
    assert max(apart_by_scale) > 10 * LOOSER.get(name, 1e-10)
