"""Run notebooks as a student's own kernel does, and say which tests failed, and why.

Reads from stdin, as JSON, the notebooks of each theme and the files beside them; a notebook is
a list of cells (name, kind, source). Writes the verdict on each test.
"""

import contextlib
import io
import json
import os
import sys
import tempfile
from pathlib import Path


def main() -> None:
    os.environ["MPLBACKEND"] = "agg"
    told, files = json.load(sys.stdin)
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    InteractiveShell.enable_gui = lambda self, gui=None: None  # as in a kernel
    shell = InteractiveShell.instance(config=config)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        sys.path.insert(0, "")
        for name, content in files.items():
            Path(name).write_text(content)
        found = {theme: [run(shell, nb) for nb in nbs] for theme, nbs in told.items()}
        os.chdir("/")
    json.dump(found, sys.stdout)


def run(shell, cells) -> dict:
    """The verdict on each test of one notebook."""
    shell.reset(new_session=True)
    shell.user_ns["get_ipython"] = shell.get_ipython
    verdicts = {}
    for name, kind, source in cells:
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            result = shell.run_cell(source, store_history=True)
        error = result.error_before_exec or result.error_in_exec
        if kind in ("test", "hidden"):
            verdicts[name] = error and [type(error).__name__, str(error)]
        elif error:
            verdicts.setdefault("broken", []).append([name, repr(error)])
    return verdicts


if __name__ == "__main__":
    main()
