"""What is installed, which isolation the machine offers, and the command that mends a gap."""

import ctypes
import shutil
import sys
from collections.abc import Iterator
from importlib import metadata
from subprocess import DEVNULL, call
from typing import NamedTuple

from autograder.course import put_environment_on_path


class Finding(NamedTuple):
    """One line of the doctor's: what was looked at, whether it is well, what was seen."""

    what: str
    well: bool
    seen: str
    mend: str = ""


PACKAGES = {
    "base": ["numpy", "matplotlib", "ipywidgets", "anywidget"],
    "lab": ["jupyterlab"],
    "grade": ["nbgrader", "rich"],
}


def findings() -> Iterator[Finding]:
    """Look at Python, the packages, the programs called by name, and the isolation layers."""
    version = ".".join(map(str, sys.version_info[:3]))
    supported = (3, 11) <= sys.version_info[:2] <= (3, 13)
    yield Finding("Python", supported, version, "install Python 3.11, 3.12 or 3.13")
    for extra, names in PACKAGES.items():
        for name in names:
            yield package(name, extra)
    put_environment_on_path()
    yield program("alembic", "nbgrader's gradebook", 'pip install "mlcourse[grade]"')
    yield program("chromium", "the browser tests", "apt install chromium")
    yield program("bwrap", "isolation: bubblewrap", "apt install bubblewrap")
    yield user_namespaces()
    yield landlock()


def package(name: str, extra: str) -> Finding:
    """Whether a package of one of the extras is installed."""
    mend = f'pip install "mlcourse[{extra}]"' if extra != "base" else "pip install mlcourse"
    try:
        return Finding(f"{name} ({extra})", True, metadata.version(name))
    except metadata.PackageNotFoundError:
        return Finding(f"{name} ({extra})", False, "not installed", mend)


def program(name: str, why: str, mend: str) -> Finding:
    """Whether a program is found by name."""
    path = shutil.which(name)
    return Finding(f"{name} ({why})", path is not None, path or "not found", mend)


def user_namespaces() -> Finding:
    """Whether this user may make a user namespace, which a sandbox without root needs."""
    unshare = shutil.which("unshare")
    there = unshare is not None and not call([unshare, "--user", "true"], stderr=DEVNULL)
    mend = "sysctl -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000"
    seen = "available" if there else "refused by the kernel" if unshare else "unshare not found"
    return Finding("isolation: user namespaces", there, seen, mend)


def landlock() -> Finding:
    """Whether the kernel offers Landlock, which closes the file system to a process.

    Asks landlock_create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION), the kernel's own way.
    """
    create_ruleset, ask_version = 444, 1
    abi = ctypes.CDLL(None).syscall(create_ruleset, None, 0, ask_version)
    seen = f"ABI {abi}" if abi > 0 else "not offered by the kernel"
    return Finding(
        "isolation: Landlock", abi > 0, seen, "Linux 5.13 or newer, booted with lsm=landlock"
    )
