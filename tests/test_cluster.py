"""Grading on a Dask cluster: a real scheduler and two workers on this machine."""

import os
import random
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from classroom import (
    begin,
    copy_of,
    hash_of,
    processes_of,
    processes_with,
    soon,
    to_the_end,
)

from autograder.course import UserError
from autograder.workers import cluster

pytestmark = pytest.mark.xdist_group("cluster")


@contextmanager
def dask(folder, *options):
    """A Dask program; its processes, and those that they start, bear the folder's name."""
    with (folder / f"{options[0]}.log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *options, "--scheduler-file", str(folder / "address")],
            env={**os.environ, "BELONGS_TO": str(folder), "TMPDIR": str(folder)},
            cwd=folder,
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the cluster's files are, and the scratch folders of its workers."""
    path = tmp_path_factory.mktemp("cluster")
    for above in [path, *path.parents[:2]]:
        above.chmod(0o755)  # candidates are another user
    return path


@pytest.fixture(scope="module")
def address(folder):
    """A scheduler without workers: where it listens."""
    host = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--dashboard-address", ":0"]
    with dask(folder, "scheduler", *host):
        assert soon((folder / "address").exists, 60)
        yield (folder / "address").read_text().split('"address": "')[1].split('"')[0]


def worker(folder):
    """A worker with two threads, in one process."""
    host = ["--host", "127.0.0.1", "--no-nanny", "--no-dashboard", "--dashboard-address", ":0"]
    return dask(folder, "worker", *host, "--nthreads", "2", "--local-directory", str(folder))


@pytest.fixture(scope="module")
def local(classroom, tmp_path_factory):
    """The class graded on this machine alone: the hash."""
    course = copy_of(classroom, tmp_path_factory.mktemp("local") / "course")
    to_the_end(course)
    return hash_of(course)


def clerks(folder):
    return [process for process in processes_with(str(folder)) if "autograder.clerk" in process]


def scratch(folder):
    return [path for path in folder.rglob("run-*") if ".mlcourse" in path.parts]


def test_a_cluster_finds_what_one_machine_finds(classroom, local, folder, address, tmp_path):
    course = copy_of(classroom, tmp_path / "course")
    with worker(folder), worker(folder):
        to_the_end(course, "--scheduler", address)
        assert hash_of(course) == local
        assert soon(lambda: not clerks(folder)), "the run is over, its examiners are not"
        assert soon(lambda: not scratch(folder))


def test_a_worker_that_is_killed_midway_costs_nobody_a_mark(
    classroom, local, folder, address, tmp_path
):
    course = copy_of(classroom, tmp_path / "course")
    with worker(folder) as first, worker(folder):
        process = begin(course, "--scheduler", address)
        autograded = course.root / "autograded"
        assert soon(lambda: len(list(autograded.glob("*"))) >= 2, 60)
        first.kill()
        said, _ = process.communicate(timeout=120)
        assert process.returncode == 1, said
        assert "Traceback" not in said, said
        assert hash_of(course) == local
    assert soon(lambda: not clerks(folder))


def test_killed_beside_a_cluster_and_run_again(classroom, local, folder, address, tmp_path):
    course = copy_of(classroom, tmp_path / "course")
    with worker(folder), worker(folder):
        process = begin(course, "--scheduler", address)
        wanted = random.Random(3).randrange(1, 9)
        assert soon(lambda: len(list((course.root / "autograded").glob("*"))) >= wanted, 60)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        assert soon(lambda: not processes_of(course))
        assert soon(lambda: not clerks(folder), 60), "the cluster examines for nobody"
        to_the_end(course, "--scheduler", address)
        assert hash_of(course) == local


def one_line(course, where):
    process = begin(course, "--scheduler", where)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 2, said
    assert "Traceback" not in said
    return " ".join(said.split())


def test_no_scheduler_and_no_worker_are_told_in_one_line(classroom, address, tmp_path):
    course = copy_of(classroom, tmp_path / "course")
    said = one_line(course, "tcp://127.0.0.1:1")
    assert said.startswith("mlcourse: no Dask scheduler answers at tcp://127.0.0.1:1: ")
    assert said.count("127.0.0.1:1") < 4
    said = one_line(course, address)
    assert said == f"mlcourse: the Dask scheduler at {address} has no worker: start one"
    assert not list((course.root / ".mlcourse").iterdir())


def test_a_missing_dask_is_told_with_the_command_that_mends_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(UserError, match=r'missing: pip install "mlcourse\[cluster\]"'),
        cluster(None, None, Path(), "tcp://127.0.0.1:1"),
    ):
        pass
