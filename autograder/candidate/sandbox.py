"""The walls around a candidate, each asked of the kernel, and which of them stand.

`clone` forks into namespaces of its own; the first process there prepares the ground
(`settle`), its child closes the doors behind itself (`enclose`) before any cell runs.
"""

import contextlib
import ctypes
import os
import resource
import shutil
import struct
from pathlib import Path
from typing import NamedTuple

from autograder.candidate import landlock, seccomp

LIBC = ctypes.PyDLL(None, use_errno=True)  # keeps Python's lock: clone must not let it go
NAMESPACES = {"mount": 0x20000, "ipc": 0x8000000, "user": 0x10000000, "pid": 0x20000000,
              "network": 0x40000000}  # fmt: skip
SYS_CLONE = {"x86_64": 56, "aarch64": 220}
SYS_CAPSET = {"x86_64": 126, "aarch64": 91}
SIGCHLD = 17
NO_SUID, NO_DEV, BIND, PRIVATE = 2, 4, 1 << 12, (1 << 18) | (1 << 14)
SYS_MOUNT_SETATTR, HERE, ALL_BELOW, READ_ONLY = 442, -100, 0x8000, 1
DETACH = 2
SET_DUMPABLE, NO_NEW_PRIVILEGES, DROP_BOUNDING = 4, 38, 24
OWN_VIEW = "a view of its own processes only"


class Limits(NamedTuple):
    """What a candidate may use: bytes, numbers, seconds of computing."""

    memory: int = 2 << 30
    file_size: int = 64 << 20
    scratch: int = 128 << 20
    processes: int = 160
    open_files: int = 512
    cpu: int = 900


class Place(NamedTuple):
    """Where a candidate lives: its folder, the files put there, and what else it may read."""

    work: str
    files: str
    readable: list[str]
    limits: Limits


def clone(isolated: bool) -> tuple[int, tuple[int, int] | None]:
    """Fork, into namespaces of its own where that is wanted and can be had.

    Returns what fork returns, and whose the namespaces are, user and group; None if there are none.
    """
    owner = os.getuid(), os.getgid()  # once inside, nobody has a number until it is written
    machine = os.uname().machine
    if isolated and machine in SYS_CLONE:
        ctypes.pythonapi.PyOS_BeforeFork()
        flags = sum(NAMESPACES.values()) | SIGCHLD
        pid = LIBC.syscall(SYS_CLONE[machine], flags, 0, 0, 0, 0)
        if pid == 0:
            ctypes.pythonapi.PyOS_AfterFork_Child()
        else:
            ctypes.pythonapi.PyOS_AfterFork_Parent()
        if pid >= 0:
            return pid, owner
    return os.fork(), None


def uncover_proc() -> None:
    """Take away what bubblewrap lays over parts of /proc when it is started by root.

    As long as that is there, the kernel allows nobody inside a /proc of his own; without root,
    which is given up next, these parts cannot be written anyway.
    """
    for name in ("sys", "sysrq-trigger", "irq", "bus"):
        LIBC.umount2(f"/proc/{name}".encode(), DETACH)


def settle(place: Place, owner: tuple[int, int] | None) -> list[str]:
    """Prepare the ground as the first process of new namespaces; name the walls that stand."""
    walls = []
    if owner:
        uid, gid = owner
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
        walls += ["own processes", "no network", "own user namespace"]
        for path, text in [("self/oom_score_adj", "1000"), ("sys/user/max_user_namespaces", "0")]:
            with contextlib.suppress(OSError):
                Path("/proc", path).write_text(text)
        LIBC.mount(b"none", b"/", None, PRIVATE, None)
        size = f"size={place.limits.scratch},mode=700,nr_inodes=20000".encode()
        if not LIBC.mount(b"tmpfs", place.work.encode(), b"tmpfs", NO_SUID | NO_DEV, size):
            walls.append(f"own folder of {place.limits.scratch >> 20} MB")
            # Landlock lets an owner change modes and times of files; this does not.
            if not _read_only("/", ALL_BELOW, READ_ONLY, 0):
                _read_only(place.work, 0, 0, READ_ONLY)
            # Where programs share memory: multiprocessing has its locks there.
            LIBC.mount(place.work.encode(), b"/dev/shm", None, BIND, None)
        if not LIBC.mount(b"proc", b"/proc", b"proc", NO_SUID | NO_DEV, None):
            walls.append(OWN_VIEW)
    for left in Path(place.work).iterdir():  # where the folder is no new one, it may not be empty
        shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()
    shutil.copytree(place.files, place.work, dirs_exist_ok=True)
    os.chdir(place.work)
    LIBC.prctl(SET_DUMPABLE, 0, 0, 0, 0)
    return walls


def enclose(place: Place, walls: list[str], snapshots: int) -> list[str]:
    """Close the doors behind this process for good; name all walls that stand now.

    `walls` stand already; it may have so many snapshots of itself beside all other processes.
    """
    limits = place.limits
    for kind, most in [
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_NPROC, limits.processes + snapshots),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_CPU, limits.cpu),
        (resource.RLIMIT_CORE, 0),
    ]:
        resource.setrlimit(kind, (most, most))
    walls = [*walls, "limits"]
    if not LIBC.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        walls.append("no new privileges")
        if seccomp.restrict():
            walls.append("no doors to other programs")
    for capability in range(64):
        LIBC.prctl(DROP_BOUNDING, capability, 0, 0, 0)
    header, nothing = struct.pack("Ii", 0x20080522, 0), bytes(24)
    LIBC.syscall(SYS_CAPSET.get(os.uname().machine, -1), header, nothing)
    seen = ["/proc"] if OWN_VIEW in walls else []  # or it would see everybody's processes
    if abi := landlock.restrict([*place.readable, *seen], [place.work]):
        walls.append(f"Landlock (ABI {abi})")
    return walls


def _read_only(path: str, flags: int, on: int, off: int) -> int:
    attributes = struct.pack("QQQQ", on, off, 0, 0)
    return LIBC.syscall(SYS_MOUNT_SETATTR, HERE, path.encode(), flags, attributes, len(attributes))
