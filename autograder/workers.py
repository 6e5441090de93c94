"""Who examines: processes on this machine, or those of a Dask cluster."""

import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from autograder.clerk import Clerk
from autograder.course import UserError
from autograder.desk import Desk
from autograder.office import Result, Rules
from autograder.submission import Submission

AHEAD = 3  # submissions under way for each worker: enough to keep it busy, little to hold
Grade = Callable[[Submission], Future]


@contextmanager
def local(desk: Desk, rules: Rules, root: Path, folder: Path, n: int) -> Iterator[Grade]:
    """Processes of this machine, each with an examiner; they end when this process does."""
    here, clerks = threading.local(), list[Clerk]()

    def begin() -> None:
        here.clerk = Clerk(desk, rules, root, folder)
        clerks.append(here.clerk)

    pool = ThreadPoolExecutor(n, initializer=begin)
    try:
        yield lambda submission: pool.submit(lambda: here.clerk.grade(submission))
    finally:
        pool.shutdown(cancel_futures=True)
        for clerk in clerks:
            clerk.close()


@contextmanager
def cluster(desk: Desk, rules: Rules, address: str) -> Iterator[tuple[Grade, int]]:
    """The workers of a Dask scheduler, on other machines perhaps; yields their number too."""
    try:
        from distributed import Client
    except ImportError:
        raise UserError(
            '--scheduler needs Dask, which is missing: pip install "mlcourse[cluster]"'
        ) from None
    try:
        client = Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise UserError(f"no Dask scheduler answers at {address}: {error}") from None
    with client:
        n = sum(client.nthreads().values())
        if not n:
            raise UserError(f"the Dask scheduler at {address} has no worker: start one")
        everywhere = client.scatter(desk, broadcast=True)
        yield (
            (lambda submission: client.submit(remote, everywhere, rules, submission, pure=False)),
            n,
        )


_clerks = threading.local()


def remote(desk: Desk, rules: Rules, submission: Submission) -> Result:
    """Grade a submission in a Dask worker, by a clerk that stays for the next one."""
    if getattr(_clerks, "desk", None) is not desk:
        if clerk := getattr(_clerks, "clerk", None):
            clerk.close()
        folder = Path(tempfile.mkdtemp(prefix="mlcourse-"))
        folder.chmod(0o755)
        _clerks.desk, _clerks.clerk = desk, Clerk(desk, rules, folder, folder)
    return _clerks.clerk.grade(submission)


def in_order(grade: Grade, submissions: Iterable[Submission], n: int) -> Iterator[Result]:
    """The results in the order of the submissions, with a bounded number under way."""
    waiting: deque[Future] = deque()
    for submission in submissions:
        waiting.append(grade(submission))
        if len(waiting) > AHEAD * n:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
