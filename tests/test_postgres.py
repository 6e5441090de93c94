"""Grading into a gradebook on a PostgreSQL server: the same marks, killed or not."""

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest
from classroom import begin, book, copy_of, files, processes_of, soon, to_the_end
from conftest import needs
from nbgrader.api import Gradebook
from sqlalchemy import create_engine, text

from autograder.course import Course

pytestmark = pytest.mark.xdist_group("postgres")

INSTALL = "apt install postgresql"
TORTURE = bool(os.environ.get("MLCOURSE_TORTURE"))


def program(name):
    """Debian keeps the server's programs out of PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return needs(str(found[-1]) if found else name, INSTALL)


def ordinary(*command):
    """The command as somebody who is not root: PostgreSQL refuses root."""
    if os.geteuid():
        return list(command)
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *command]


@pytest.fixture(scope="module")
def server():
    """A server of our own on a free port: the address of its databases."""
    initdb, postgres = program("initdb"), program("postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="postgres-") as folder:
        if not os.geteuid():
            shutil.chown(folder, "nobody", "nogroup")
        data = f"{folder}/data"
        make = [initdb, "-D", data, "-U", "grader", "-A", "trust", "--no-sync", "-E", "UTF8"]
        subprocess.run(ordinary(*make), check=True, capture_output=True, cwd="/")
        options = ["-D", data, "-h", "127.0.0.1", "-p", port, "-k", folder]
        with open(f"{folder}/log", "w") as log:
            run = ordinary(postgres, *options)
            process = subprocess.Popen(run, stdout=log, stderr=log, cwd="/")
        try:
            address = f"postgresql+psycopg://grader@127.0.0.1:{port}"
            assert soon(lambda: answers(address), 60), Path(folder, "log").read_text()
            yield address
        finally:
            process.send_signal(signal.SIGQUIT)  # at once, with all of its processes
            process.wait(30)


def ask(url, question):
    """Ask the database, each question a transaction of its own."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            answer = connection.execute(text(question))
            return answer.scalar() if answer.returns_rows else None
    finally:
        engine.dispose()


def answers(address):
    try:
        return ask(f"{address}/postgres", "select 1") == 1
    except Exception:
        return False


@pytest.fixture
def database(server, request):
    """An empty database."""
    name = f"book_{abs(hash(request.node.name))}"
    ask(f"{server}/postgres", f"create database {name}")
    return f"{server}/{name}"


@pytest.fixture(scope="module")
def undisturbed(classroom, tmp_path_factory):
    """The class with its gradebook in SQLite."""
    course = copy_of(classroom, tmp_path_factory.mktemp("sqlite") / "course")
    to_the_end(course)
    return course


def with_book(classroom, folder, url):
    """The class with its gradebook on the server."""
    course = copy_of(classroom, folder)
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text().replace(course.directory.db_url, url))
    assert Course(course.root).directory.db_url == url
    return Course(course.root)


def assert_same(course, other):
    assert book(course) == book(other)
    assert files(course) == files(other)
    assert not (course.root / "gradebook.db").exists()


def test_a_gradebook_on_a_server_holds_the_same_marks(classroom, undisturbed, database, tmp_path):
    course = with_book(classroom, tmp_path / "course", database)
    to_the_end(course)
    assert_same(course, undisturbed)
    assert ask(database, "select count(*) from alembic_version") == 1


@pytest.mark.parametrize("moment", range(20 if TORTURE else 2))
def test_killed_and_run_again_the_server_has_what_it_would_have_had(
    moment, classroom, undisturbed, database, tmp_path
):
    dice = random.Random(moment)
    course = with_book(classroom, tmp_path / "course", database)
    process = begin(course, "--workers", "2")
    wanted = dice.randrange(11)
    graded = course.root / "autograded"
    soon(lambda: process.poll() is not None or len(list(graded.glob("*"))) >= wanted, 60)
    soon(lambda: process.poll() is not None, dice.uniform(0, 0.1 if moment % 2 else 3))
    process.kill()
    process.communicate()
    assert soon(lambda: not processes_of(course)), processes_of(course)
    to_the_end(course)
    assert_same(course, undisturbed)


def test_a_first_start_that_was_killed_before_the_version_was_noted_is_completed(
    classroom, undisturbed, database, tmp_path
):
    """nbgrader commits its tables, and then notes which version they are."""
    course = with_book(classroom, tmp_path / "course", database)
    with Gradebook(database):
        pass
    ask(database, "drop table alembic_version")
    to_the_end(course)
    assert ask(database, "select count(*) from alembic_version") == 1
    assert_same(course, undisturbed)


def test_a_server_that_is_away_is_told_in_one_line(classroom, tmp_path):
    url = "postgresql+psycopg://grader@127.0.0.1:1/book"
    course = with_book(classroom, tmp_path / "course", url)
    process = begin(course)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 2, said
    assert said.startswith("mlcourse: the gradebook cannot be used"), said
    assert "Traceback" not in said
