"""The repository root is the nbgrader course directory."""

import os
import sys

c = get_config()  # noqa: F821  (nbgrader provides it)

# nbgrader calls `alembic` by name; without the environment activated it would not be found
# and would leave a half-made gradebook behind.
os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")])

# A test cell that a student deleted is put back, so that deleting it earns nothing.
c.OverwriteCells.add_missing_cells = True

# The reference implementations of an exercise can neither be imported nor read while it is graded.
c.Examiner.withhold = {
    "ps1-perceptron": [f"mlcourse_utils.{m}" for m in ("perceptron", "one_vs_rest", "capacity")],
    "ps6-momentum": [f"mlcourse_utils.{m}" for m in ("optimizers", "second_order", "training")],
}
