"""The examiner's end of a zygote: start it behind its walls, ask it for candidates, end them."""

import contextlib
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import matplotlib

from autograder.candidate.sandbox import Limits
from autograder.candidate.wire import MAX_TOTAL, Channel, Gone
from autograder.course import UserError

# The users that systemd gives to services without one of their own.
FIRST_UID, N_UIDS = 61_184, 4_000
SYSTEM = ["/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32"]
SETTINGS = ["ld.so.cache", "ld.so.conf", "ld.so.conf.d", "fonts", "localtime", "passwd", "group",
            "nsswitch.conf", "alternatives", "mime.types", "ssl", "hosts"]  # fmt: skip
LARGE_PAGES = "/sys/kernel/mm/transparent_hugepage"  # where malloc looks before it asks for them
PACKAGES = Path(__file__).resolve().parents[1]
BEGIN = """import gc, sys
gc.disable()
sys.path.insert(0, sys.argv.pop(1))
from autograder.candidate.zygote import main
main()"""
START, GRACE = 120.0, 1.0  # seconds


class Setting(NamedTuple):
    """What candidates find: packages in `edition`, imported beforehand `preload`."""

    edition: Path
    preload: list[str]
    hidden: list[Path]


class Candidate:
    """A running candidate: orders by `tell`, the channels of its snapshots in `tests`."""

    def __init__(
        self,
        guard: socket.socket,
        control: socket.socket,
        tests: list[socket.socket],
        home: "Warm | None" = None,
    ) -> None:
        self.guard, self.control, self.home = guard, Channel(control, MAX_TOTAL), home
        self.tests = [Channel(sock, MAX_TOTAL) for sock in tests]
        self.walls: list[str] = []
        self.alive = True

    def tell(self, order: dict, seconds: float) -> dict:
        """Give an order and return the reply; raise TimeoutError or Gone, then it is dead."""
        self.control.deadline = time.monotonic() + seconds
        try:
            self.control.send(order, [])
            return self._reply()
        except TimeoutError:
            return self._interrupted()
        except (ConnectionError, TypeError, ValueError):
            self.end_cells()
            raise Gone("it ended") from None

    def _interrupted(self) -> dict:
        self.guard.send(b"i")
        self.control.deadline = time.monotonic() + GRACE
        try:
            return {**self._reply(), "late": True}
        except (OSError, TypeError, ValueError):
            self.end_cells()
            raise TimeoutError("the time is up") from None

    def _reply(self) -> dict:
        reply, _ = self.control.receive()
        return dict(reply)

    def end_cells(self) -> None:
        """End the process that runs the cells; its snapshots live on."""
        self.alive = False
        self.control.close()
        with contextlib.suppress(OSError):
            self.guard.send(b"k")

    def close(self) -> None:
        """End everything that this candidate ever started."""
        for sock in [self.guard, self.control.sock, *(test.sock for test in self.tests)]:
            sock.close()
        if self.home:
            self.home.close()


class Warm:
    """A zygote, and the folder in which its candidates live one after the other."""

    def __init__(
        self,
        setting: Setting,
        folder: Path,
        *,
        isolation: str = "full",
        limits: Limits = Limits(),  # noqa: B008  (immutable)
        strict: bool = True,
        forks: bool = True,
    ) -> None:
        self.forks = forks
        self.folder = Path(tempfile.mkdtemp(dir=folder, prefix="zygote-"))
        self.work, self.files = self.folder / "work", self.folder / "files"
        for path in (self.folder, self.work, self.files):
            path.mkdir(exist_ok=True)
            path.chmod(0o755)
        self.setting, self.isolation, self.strict = setting, isolation, strict
        self.limits = limits
        bubblewrap = shutil.which("bwrap") if isolation == "full" else None
        # Inside a container bubblewrap may be there and not be allowed: the other walls stand.
        problem = self._start(bubblewrap)
        if problem and bubblewrap:
            problem = self._start(None)
        if problem:
            self.close()
            raise UserError(f"no candidate can be started: {problem}")

    def _start(self, bubblewrap: str | None) -> str:
        """Start the zygote and wait until it is warm; return why that failed, or ""."""
        readable = self.readable()
        self.walls = ["a process of its own", *(["bubblewrap"] if bubblewrap else [])]
        uid = FIRST_UID + os.getpid() % N_UIDS if self._may_drop_root(bubblewrap) else None
        if uid is not None or os.geteuid():
            self.walls.append("an unprivileged user")
        task = {
            "uid": uid,
            "path": [str(self.setting.edition), str(self.work), *module_path(self.setting)],
            "preload": self.setting.preload,
            "work": str(self.work),
            "files": str(self.files),
            "readable": [*readable, str(self.files)],
            "limits": self.limits._asdict(),
            "isolated": self.isolation == "full",
            "forks": self.forks,
        }
        environment = self._environment()
        if uid is not None:
            for path in (self.work, self.folder / "matplotlib"):
                os.chown(path, uid, uid)
        self.orders, theirs = socket.socketpair()
        python = [sys.executable, "-s", "-P", "-B", "-c", BEGIN, str(PACKAGES)]
        around = self._around(bubblewrap, readable) if bubblewrap else []
        with (self.folder / "log").open("w") as log:
            self.process = subprocess.Popen(
                [*around, *python, str(theirs.fileno()), json.dumps(task)],
                pass_fds=[theirs.fileno()],
                env=environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        theirs.close()
        self.orders.settimeout(START)
        if self.orders.recv(1) == b"+":
            return ""
        self._end()
        said = (self.folder / "log").read_text(errors="replace").strip().splitlines()
        return said[-1] if said else "it ended silently"

    def candidate(self, n_tests: int) -> Candidate:
        """A fresh candidate with as many channels for snapshots."""
        pairs = [socket.socketpair() for _ in range(n_tests + 2)]
        socket.send_fds(self.orders, [b"c"], [theirs.fileno() for _, theirs in pairs])
        for _, theirs in pairs:
            theirs.close()
        guard, control, *tests = (ours for ours, _ in pairs)
        candidate = Candidate(guard, control, tests, None if self.forks else self)
        candidate.control.deadline = time.monotonic() + START
        try:
            candidate.walls = [*self.walls, *candidate._reply()["walls"]]
        except (OSError, KeyError):
            candidate.close()
            raise Gone("a candidate could not be started") from None
        gaps = missing(candidate.walls, self.forks) if self.strict else []
        if self.isolation == "full" and gaps:
            candidate.close()
            raise UserError(
                f"this machine does not shut in what is graded (missing: {', '.join(gaps)}): "
                "mlcourse doctor says how to get it; --isolation process grades all the same"
            )
        return candidate

    def furnish(self, files: dict[str, bytes]) -> None:
        """Put files where the next candidates find them: their own copies of these."""
        shutil.rmtree(self.files)
        self.files.mkdir(mode=0o755)
        for name, content in files.items():
            path = self.files / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        for path in self.files.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)

    def _end(self) -> None:
        self.orders.close()
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """End the zygote and with it every candidate; remove its folder."""
        self._end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def readable(self) -> list[str]:
        """What candidates may read: the system, this Python, its packages, the edition."""
        paths = [*SYSTEM, *(f"/etc/{name}" for name in SETTINGS), sys.base_prefix, sys.prefix]
        hidden = [path.resolve() for path in self.setting.hidden]
        granted = [p for path in paths for p in without(Path(path), hidden)]
        return [*granted, str(self.setting.edition)]

    def _may_drop_root(self, bubblewrap: str | None) -> bool:
        """Whether there is root to drop, and another user would find Python and the folder."""
        if os.geteuid() or self.isolation != "full":
            return False
        return bool(bubblewrap) or all(
            map(open_to_all, [sys.prefix, sys.base_prefix, str(self.folder)])
        )

    def _around(self, bubblewrap: str, readable: list[str]) -> list[str]:
        """The command that starts another one inside bubblewrap."""
        code = [str(PACKAGES / "autograder" / name) for name in ("__init__.py", "candidate")]
        wanted = ("CAP_SETUID", "CAP_SETGID", "CAP_SYS_ADMIN")  # for the zygote's first steps
        root = [arg for name in wanted for arg in ("--cap-add", name)]
        user = ["--unshare-user"] if os.geteuid() else root
        shown = [*readable, *code, LARGE_PAGES]
        above = sorted({str(p) for path in [*shown, str(self.folder)] for p in Path(path).parents})
        folders = [arg for path in above for arg in ("--perms", "0755", "--dir", path)]
        binds = [arg for path in shown for arg in ("--ro-bind-try", path, path)]
        return [
            bubblewrap, "--die-with-parent", "--new-session", "--unshare-pid",
            "--unshare-ipc", "--unshare-net", "--unshare-uts", *user,
            "--tmpfs", "/tmp", *folders, "--dev", "/dev", "--proc", "/proc", *binds,
            "--bind", str(self.folder), str(self.folder), "--",
        ]  # fmt: skip

    def _environment(self) -> dict[str, str]:
        """As little as possible: nothing of the instructor's environment reaches a candidate."""
        settings, work = self.folder / "matplotlib", str(self.work)
        settings.mkdir(exist_ok=True)
        for cache in Path(matplotlib.get_cachedir()).glob("fontlist-*.json"):
            shutil.copy(cache, settings)
        (settings / "matplotlibrc").write_text("svg.hashsalt: mlcourse\n")
        return {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
            "LANG": "C.UTF-8",
            "HOME": work,
            "TMPDIR": work,
            "IPYTHONDIR": work,
            "MPLCONFIGDIR": str(settings),
            # The same submission looks the same, whoever examines it and when.
            "PYTHONHASHSEED": "0",
            "SOURCE_DATE_EPOCH": "0",
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            # Memory in large pages: a fork has fewer page tables to copy, and takes less time.
            "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "MKL_NUM_THREADS": "1",
        }


class Cold:
    """Where a process cannot be copied: a zygote for every candidate, which it becomes."""

    forks = False

    def __init__(self, setting: Setting, folder: Path, isolation: str, limits: Limits) -> None:
        self.setting, self.folder, self.isolation, self.limits = setting, folder, isolation, limits
        self.files: dict[str, bytes] = {}

    def candidate(self, n_tests: int) -> Candidate:
        """A fresh candidate, which itself can become one snapshot."""
        home = Warm(
            self.setting, self.folder, isolation=self.isolation, limits=self.limits, forks=False
        )
        try:
            home.furnish(self.files)
            return home.candidate(1)
        except BaseException:
            home.close()
            raise

    def furnish(self, files: dict[str, bytes]) -> None:
        """Put files where the next candidates find them: their own copies of these."""
        self.files = files

    def close(self) -> None:
        """Nothing is left when the candidates are closed."""


def missing(walls: list[str], forks: bool = True) -> list[str]:
    """What it takes to grade strangers' notebooks and does not stand.

    Forked candidates share bubblewrap: what one of them left running would be beside the next.
    """
    needed = {
        "a closed file system": ("Landlock", "bubblewrap"),
        "no network": ("no network", "bubblewrap"),
        "own processes": ("own processes", *(() if forks else ("bubblewrap",))),
    }
    return [
        what
        for what, ways in needed.items()
        if not any(wall.startswith(way) for wall in walls for way in ways)
    ]


def standing() -> list[str]:
    """The walls around a candidate that is started on this machine now."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        (Path(folder) / "edition").mkdir()
        setting = Setting(Path(folder) / "edition", [], [PACKAGES / "autograder"])
        warm = Warm(setting, Path(folder), isolation="full", strict=False)
        try:
            candidate = warm.candidate(0)
            candidate.close()
            return candidate.walls
        finally:
            warm.close()


def module_path(setting: Setting) -> list[str]:
    """Where a candidate looks for modules: as we do, but never in the course itself."""
    hidden = {path.resolve() for path in setting.hidden}
    return [path for path in sys.path if path and Path(path).resolve() not in hidden]


def without(path: Path, hidden: list[Path]) -> list[str]:
    """The path, or, where something hidden lies in it, all that lies beside that."""
    real = path.resolve()
    if real in hidden or not path.exists():
        return []
    if not any(real in secret.parents for secret in hidden):
        return [str(path)]
    return [p for inside in sorted(path.iterdir()) for p in without(inside, hidden)]


def open_to_all(path: str) -> bool:
    """Whether any user may go there."""
    return all(p.stat().st_mode & stat.S_IXOTH for p in [Path(path), *Path(path).parents])
