"""What is installed, which isolation the machine offers, and the command that mends a gap."""

import shutil
import sys
from collections.abc import Iterator
from importlib import metadata
from typing import NamedTuple

from autograder.course import UserError, put_environment_on_path
from autograder.warm import missing, standing


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

USER_NAMESPACES = "sysctl -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000"
WALLS = {
    "bubblewrap": "apt install bubblewrap",
    "an unprivileged user": "install bubblewrap, or grade as a user who is not root",
    "own processes": USER_NAMESPACES,
    "no network": USER_NAMESPACES,
    "own folder": USER_NAMESPACES,
    "no new privileges": "Linux 3.5 or newer",
    "no doors to other programs": "Linux 3.17 or newer, on x86-64 or ARM",
    "Landlock": "Linux 5.13 or newer, booted with lsm=landlock",
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
    yield from isolation()


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


def isolation() -> Iterator[Finding]:
    """The walls around a candidate, as one that is started here says, and how to get the rest."""
    try:
        walls = standing()
    except (UserError, OSError) as problem:
        yield Finding("isolation", False, str(problem), "mlcourse grade --isolation process")
        return
    for wall, mend in WALLS.items():
        seen = next((w for w in walls if w.startswith(wall)), "")
        yield Finding(f"isolation: {wall}", bool(seen), "stands" if seen else "missing", mend)
    gaps = missing(walls)
    enough = "enough to grade strangers' notebooks"
    yield Finding("isolation, all in all", not gaps, enough if not gaps else f"lacks {gaps}", "")
