"""Folders for what is under way, gone afterwards, even after a crash, and locks that go with them.

The kernel gives a lock back when its process ends, however that happens. So what nobody has a
lock on is what a killed run left behind; a process number would say less, for it is given anew.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def scratch_folder(root: Path) -> Iterator[Path]:
    """A folder in root/.mlcourse; those that killed runs left behind there are removed."""
    home = root / ".mlcourse"
    home.mkdir(exist_ok=True)
    sweep(home)
    with tempfile.NamedTemporaryFile(dir=home, prefix="run-", suffix=".lock", delete=False) as file:
        path = Path(file.name)
    with lock(path, wait=True):
        folder = path.with_suffix("")
        folder.mkdir()
        folder.chmod(0o755)  # candidates are another user
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def sweep(home: Path) -> None:
    """Remove the folders in `home` that no process has any more."""
    for path in home.glob("run-*.lock"):
        with suppress(BlockingIOError, PermissionError), lock(path):
            shutil.rmtree(path.with_suffix(""), ignore_errors=True)


@contextmanager
def lock(path: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold the lock that the file stands for; raise BlockingIOError if another process does.

    The file is gone afterwards, unless a folder of its name is left: then a later sweep sees it.
    """
    while True:
        with path.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            if not _still(path, file.fileno()):
                continue  # whoever had it removed the file: this lock means nothing
            try:
                yield
            finally:
                if not path.with_suffix("").exists():
                    path.unlink(missing_ok=True)
            return


def _still(path: Path, fd: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(fd))
    except FileNotFoundError:
        return False
