"""What is installed, which isolation the machine offers, and the command that mends a gap."""

import os
import shutil
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
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
    """Whether an ordinary user may make namespaces, which a sandbox without root needs."""
    files = {
        "/proc/sys/kernel/unprivileged_userns_clone": "0",
        "/proc/sys/user/max_user_namespaces": "0",
    }
    off = [f for f, no in files.items() if Path(f).exists() and Path(f).read_text().strip() == no]
    there = Path("/proc/self/ns/user").exists() and not off
    mend = "sysctl -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000"
    seen = "available" if there else f"switched off by {' and '.join(off) or 'the kernel'}"
    return Finding("isolation: user namespaces", there, seen, mend)


def landlock() -> Finding:
    """Whether the kernel offers Landlock, which closes the file system to a process."""
    # security/lsm is readable only where securityfs is mounted; the symbol table is not enough.
    lsm = Path("/sys/kernel/security/lsm")
    known = lsm.read_text().strip() if os.access(lsm, os.R_OK) else ""
    seen = "active" if "landlock" in known else known or "not to be seen (securityfs not mounted)"
    return Finding(
        "isolation: Landlock", "landlock" in known, seen, "Linux 5.13+ with lsm=landlock"
    )
