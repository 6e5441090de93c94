"""The repository root is the nbgrader course directory."""

import os
import sys

c = get_config()  # noqa: F821  (nbgrader provides it)

# nbgrader calls `alembic` by name; without the environment activated it would not be found
# and would leave a half-made gradebook behind.
os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")])

# A test cell that a student deleted is put back, so that deleting it earns nothing.
c.OverwriteCells.add_missing_cells = True
