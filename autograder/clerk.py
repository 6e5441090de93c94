"""An examiner in a process of its own, that this one hands submissions to.

Tests run in the examiner's process and are stopped by a timer there, so it needs a main thread
of its own, wherever it is wanted: beside the command line, under a Dask worker, in nbgrader.
Both ends are the instructor's, so what passes between them is pickled.
"""

import contextlib
import ctypes
import os
import pickle
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
BEGIN = "from autograder.clerk import main; main()"


class Clerk:
    """Grades submissions of one assignment; starts its process again if that is ended."""

    def __init__(self, desk: Desk, rules: Rules, root: Path, folder: Path) -> None:
        self.task = (desk, rules, root, folder)
        self.process: subprocess.Popen | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def grade(self, submission: Submission) -> Result:
        """Grade one submission."""
        for _ in range(2):
            try:
                return self._asked(submission)
            except (EOFError, BrokenPipeError, pickle.UnpicklingError):
                self.close()
        problem = "its examination ended the examiner twice (out of memory?): read it by hand"
        return Result(submission.student, {}, problem)

    def _asked(self, submission: Submission) -> Result:
        if self.process is None:
            command = [sys.executable, "-c", BEGIN]
            self.process = subprocess.Popen(command, stdin=PIPE, stdout=PIPE)
            self._send(self.task)
        self._send(submission)
        answer = pickle.load(cast("IO[bytes]", self.process.stdout))
        if isinstance(answer, UserError):
            raise answer
        return answer

    def _send(self, what: Any) -> None:
        into = cast("IO[bytes]", cast("subprocess.Popen", self.process).stdin)
        pickle.dump(what, into)
        into.flush()

    def close(self) -> None:
        """End the process."""
        if self.process is not None:
            with contextlib.suppress(BrokenPipeError):
                self.process.communicate()  # closes its input, which tells it to end
            self.process = None


def main() -> None:
    """The life of the process: set up once, then a result for every submission."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that records
    said, nowhere = os.fdopen(os.dup(1), "wb"), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    desk, rules, root, folder = pickle.load(sys.stdin.buffer)
    at_home(desk, folder)
    with Office(desk, rules, root, folder) as office:
        while True:
            try:
                submission = pickle.load(sys.stdin.buffer)
            except EOFError:
                return
            answer: Result | UserError
            try:
                answer = office.grade(submission)
            except UserError as problem:  # not the submission's fault: nothing can be graded
                answer = problem
            pickle.dump(answer, said)
            said.flush()
