"""Who examines: processes on this machine, or those of a Dask cluster."""

import os
import tempfile
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from autograder.clerk import Clerk
from autograder.course import UserError
from autograder.desk import Desk
from autograder.office import Result, Rules
from autograder.scratch import scratch_folder
from autograder.submission import Submission

AHEAD = 3  # submissions under way for each worker: enough to keep it busy, little to hold
PATIENCE = 10.0  # seconds for a cluster to answer


class Waiting(Protocol):
    """A result that is on its way."""

    def result(self) -> Result:
        """Wait for it."""


Grade = Callable[[Submission], Waiting]
Hire = Callable[[Desk], Grade]


@contextmanager
def local(rules: Rules, root: Path, folder: Path, n: int) -> Iterator[Hire]:
    """Processes of this machine, each with an examiner; they end when this process does.

    They begin at once, so that they are ready when it is known what there is to do.
    """
    here, clerks, all_here = threading.local(), list[Clerk](), threading.Barrier(n)

    def begin() -> None:
        here.clerk = Clerk(rules, root, folder)
        clerks.append(here.clerk)
        here.clerk.begin()
        all_here.wait()  # so each thread of the pool comes here once

    pool = ThreadPoolExecutor(n)
    try:
        for beginning in [pool.submit(begin) for _ in range(n)]:
            beginning.result()
        yield (
            lambda desk: lambda submission: pool.submit(lambda: here.clerk.grade(desk, submission))
        )
        list(pool.map(Clerk.close, clerks))  # while their threads live, or they could not tidy up
    finally:
        for clerk in clerks:
            clerk.stop()  # interrupted: nobody waits for what is half examined
        pool.shutdown(cancel_futures=True)
        for clerk in clerks:
            clerk.close()


@contextmanager
def cluster(desk: Desk, rules: Rules, root: Path, address: str) -> Iterator[tuple[Grade, int]]:
    """The workers of a Dask scheduler, on other machines perhaps; yields their number too.

    Dask itself gives what a dead worker was doing to another one.
    """
    try:
        from distributed import Client
    except ImportError:
        raise UserError(
            '--scheduler needs Dask, which is missing: pip install "mlcourse[cluster]"'
        ) from None
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(f"no Dask scheduler answers at {address}: {why}") from None
    with client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise UserError(f"the Dask scheduler at {address} has no worker: start one") from None
        # A task, not data: if its worker dies, Dask makes it again on another one.
        examiners = client.submit(Examiners, desk, rules, root, pure=False)

        def grade(submission: Submission) -> "Awaited":
            future = client.submit(remote, examiners, submission, pure=False)
            return Awaited(future, submission.student)

        yield grade, sum(client.nthreads().values())


class Awaited(NamedTuple):
    """What a cluster was asked for; its own misfortunes are told in one line."""

    future: Any
    student: str

    def result(self) -> Result:
        """Wait for the result."""
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

        try:
            return self.future.result()
        except KilledWorker:
            problem = "its examination ended several Dask workers: read it by hand"
            return Result(self.student, {}, problem)
        except (FutureCancelledError, OSError) as error:
            raise UserError(f"the Dask scheduler is gone ({error:.100})") from None
        except ImportError as error:
            raise UserError(f"a Dask worker lacks what we have here: {error}") from None


class Examiners:
    """The examiners of one run in a Dask worker, one for each of its threads.

    The worker keeps this as long as the run needs it, and drops it when that ends or is killed.
    """

    def __init__(self, desk: Desk, rules: Rules, root: Path) -> None:
        self.task = (desk, rules, root)
        self.here, self.mutex = threading.local(), threading.Lock()
        self.stack = ExitStack()
        weakref.finalize(self, self.stack.close)

    def __reduce__(self) -> tuple[type, tuple]:
        return Examiners, self.task  # to another worker goes what it takes to begin there

    def grade(self, submission: Submission) -> Result:
        """Grade a submission by this thread's clerk, who stays for the next one."""
        desk, rules, root = self.task
        if not hasattr(self.here, "clerk"):
            with self.mutex:
                folder = self.stack.enter_context(scratch_folder(_own_folder()))
                clerk = self.stack.enter_context(Clerk(rules, root, folder))
                self.stack.callback(clerk.stop)
                self.here.clerk = clerk
        return self.here.clerk.grade(desk, submission)


def _own_folder() -> Path:
    folder = Path(tempfile.gettempdir(), f"mlcourse-{os.getuid()}")
    folder.mkdir(exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise UserError(f"{folder} is somebody else's: remove it, or set TMPDIR")
    folder.chmod(0o755)  # candidates are another user
    return folder


def remote(examiners: Examiners, submission: Submission) -> Result:
    """Grade a submission in a Dask worker."""
    return examiners.grade(submission)


def in_order(grade: Grade, submissions: Iterable[Submission], n: int) -> Iterator[Result]:
    """The results in the order of the submissions, with a bounded number under way."""
    waiting: deque[Waiting] = deque()
    for submission in submissions:
        waiting.append(grade(submission))
        if len(waiting) > AHEAD * n:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
