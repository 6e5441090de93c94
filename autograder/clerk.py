"""An examiner in a process of its own, that this one hands submissions to.

Tests run in the examiner's process and are stopped by a timer there, so it needs a main thread
of its own, wherever it is wanted: beside the command line, under a Dask worker, in nbgrader.
Both ends are the instructor's, so what passes between them is pickled.
"""

import contextlib
import ctypes
import os
import pickle
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE
from typing import IO, Any, Self, cast

from autograder.course import UserError
from autograder.desk import Desk
from autograder.office import Office, Result, Rules, at_home
from autograder.submission import Submission

PR_SET_PDEATHSIG = 1
BEGIN = """import gc, sys
gc.disable()  # among what is imported there is no garbage
from autograder.clerk import main
gc.freeze()
gc.enable()
main(int(sys.argv[1]))"""
ADDRESS = re.compile(r" at 0x[0-9a-f]{6,16}\b")
# The order of a set and the last bit of a matrix product must not depend on the process.
STEADY = {"PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


class Clerk:
    """Grades submissions; starts its process again if that is ended.

    One thread at a time may ask it. The process ends with the thread that started it.
    """

    def __init__(self, rules: Rules, root: Path, folder: Path) -> None:
        self.task = (rules, root, folder)
        self.process: subprocess.Popen | None = None
        self.told = self.stopped = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def grade(self, desk: Desk, submission: Submission) -> Result:
        """Grade one submission, of the same assignment each time."""
        for _ in range(2):
            try:
                return self._asked(desk, submission)
            except (EOFError, BrokenPipeError, pickle.UnpicklingError):
                self.close()
        problem = "its examination ended the examiner twice (out of memory?): read it by hand"
        return Result(submission.student, {}, problem)

    def begin(self) -> subprocess.Popen:
        """Start the process, unless it runs; it has much to import before it can be asked."""
        if self.process is None:
            self.process, self.told = self._begun(), False
            if self.stopped:
                self.process.kill()
        return self.process

    def _asked(self, desk: Desk, submission: Submission) -> Result:
        process = self.begin()
        if not self.told:
            self._send((desk, *self.task))
            self.told = True
        self._send(submission)
        answer = pickle.load(cast("IO[bytes]", process.stdout))
        if isinstance(answer, UserError):
            raise answer
        return answer

    def _begun(self) -> subprocess.Popen:
        if self.stopped:
            raise RuntimeError("this clerk was stopped")
        return subprocess.Popen(
            [sys.executable, "-c", BEGIN, str(os.getpid())],
            stdin=PIPE,
            stdout=PIPE,
            env={**os.environ, **STEADY},
            start_new_session=True,  # Ctrl-C is for the process that records
        )

    def _send(self, what: Any) -> None:
        into = cast("IO[bytes]", cast("subprocess.Popen", self.process).stdin)
        pickle.dump(what, into)
        into.flush()

    def stop(self) -> None:
        """End the process at once, whatever it does; any thread may say so. Then close it."""
        self.stopped = True
        if process := self.process:
            process.kill()

    def close(self) -> None:
        """End the process when it has nothing to do."""
        if self.process is not None:
            with contextlib.suppress(BrokenPipeError):
                self.process.communicate()  # closes its input, which tells it to end
            self.process = None


def main(parent: int) -> None:
    """The life of the process: set up once, then a result for every submission."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        return  # it ended before this process had asked to be told
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a channel for each test
    said, nowhere = os.fdopen(os.dup(1), "wb"), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    with contextlib.suppress(EOFError, pickle.UnpicklingError, BrokenPipeError):
        work(said)
    os._exit(0)  # nothing is left to tidy up


def work(said: IO[bytes]) -> None:
    """Answer every submission that comes in, until EOFError says that no more will come."""
    desk, rules, root, folder = pickle.load(sys.stdin.buffer)
    at_home(desk, folder)
    with Office(desk, rules, root, folder) as office:
        while True:
            submission = pickle.load(sys.stdin.buffer)
            answer: Result | UserError
            try:
                answer = steady(office.grade(submission), office.folder)
            except UserError as problem:  # not the submission's fault: nothing can be graded
                answer = problem
            pickle.dump(answer, said)
            said.flush()


def steady(result: Result, folder: Path) -> Result:
    """The result without what only this process would show: addresses, its scratch folder."""
    work = re.compile(rf"{re.escape(str(folder))}/zygote-\w+/work")

    def same(x: Any) -> Any:
        if isinstance(x, str):
            return work.sub("~", ADDRESS.sub(" at 0x…", x))
        if isinstance(x, list):
            return [same(y) for y in x]
        return type(x)((k, same(v)) for k, v in x.items()) if isinstance(x, dict) else x

    for nb in result.notebooks.values():
        for cell in nb.cells:
            if "outputs" in cell:
                cell.outputs = same(cell.outputs)
    return result
