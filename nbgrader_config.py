"""The repository root is the nbgrader course directory."""

import os
import sys

c = get_config()  # noqa: F821  (nbgrader provides it)

# nbgrader calls `alembic` by name: found also where the environment is not activated.
os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")])

# nbgrader autograde, and formgrader's button, grade through the examiner, as mlcourse grade does.
c.Autograde.sanitize_preprocessors = ["autograder.preprocessor.Plain"]
steps = ["SaveAutoGrades", "AssignLatePenalties"]
c.Autograde.autograde_preprocessors = ["autograder.preprocessor.Examine"] + [
    f"nbgrader.preprocessors.{step}" for step in steps
]
# The reference implementations of an exercise: not to be imported or read while it is graded.
c.Examine.withhold = {
    "ps1-perceptron": [f"mlcourse_utils.{m}" for m in ("perceptron", "one_vs_rest", "capacity")],
    "ps6-momentum": [f"mlcourse_utils.{m}" for m in ("optimizers", "second_order", "training")],
}
