"""Killed anywhere and run again, in any order, by any number of workers: one and the same."""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress

import pytest
from classroom import (
    begin,
    book,
    copy_of,
    files,
    hash_of,
    outcome,
    processes_of,
    set_due_date,
    soon,
    to_the_end,
)
from conftest import ROOT, submit
from crowd import Simulated, record

from autograder import engine
from autograder.course import UserError
from autograder.office import Rules
from autograder.scratch import lock, scratch_folder

pytestmark = pytest.mark.xdist_group("durability")

TORTURE = bool(os.environ.get("MLCOURSE_TORTURE"))
LONG = 60  # seconds until a moment must have come, on a busy machine


@pytest.fixture(scope="module")
def dated(classroom, tmp_path_factory):
    """The same with a gradebook that knows the due date."""
    course = copy_of(classroom, tmp_path_factory.mktemp("dated") / "course")
    with scratch_folder(course.root) as scratch:
        engine.register(course, "hw", scratch / "registered")
    set_due_date(course)
    return course


@pytest.fixture(scope="module")
def undisturbed(classroom, dated, tmp_path_factory):
    """Both of them, graded from beginning to end."""
    done = []
    for start in (classroom, dated):
        course = copy_of(start, tmp_path_factory.mktemp("undisturbed") / "course")
        to_the_end(course, "--workers", "2")
        done.append(course)
    return done


def recorded(course):
    """The students of whom a finished result is kept, each with the file's number on the disk."""
    found = course.root.glob("autograded/*/hw/hw.ipynb")
    return {path.parts[-3]: path.stat().st_ino for path in found}


def test_the_undisturbed_run_graded_the_class(undisturbed):
    plain, with_date = (book(course)["rows"] for course in undisturbed)
    assert len(plain) == 11
    assert {plain[name]["score"] for name in ("ada", "dice", "picture", "sets", "late")} == {9}
    assert [plain[name]["score"] for name in ("bob", "cy", "dies", "warns")] == [6, 5, 4, 9]
    assert [with_date[name]["score"] for name in ("late", "sets")] == [9, 9]
    assert [with_date[name]["hw"][0] for name in ("late", "sets")] == [9, None]
    assert not processes_of(undisturbed[0])
    assert not list((undisturbed[0].root / ".mlcourse").iterdir())


@pytest.mark.parametrize("moment", range(200 if TORTURE else 6))
def test_killed_at_any_moment_and_run_again_it_is_as_if_nothing_had_been(
    moment, classroom, dated, undisturbed, tmp_path
):
    dice = random.Random(moment)
    kind = moment % 2
    course = copy_of([classroom, dated][kind], tmp_path / "course")
    process = begin(course, "--workers", "2")
    if moment % 3:  # while results come in
        wanted = dice.randrange(11)
        soon(lambda: process.poll() is not None or len(recorded(course)) >= wanted, LONG)
        wait(process, dice.uniform(0, 0.1))
    else:
        wait(process, dice.uniform(0, 4))
    with suppress(ProcessLookupError):  # it was faster
        if moment % 4 < 2:
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert soon(lambda: not processes_of(course)), processes_of(course)
    assert_no_half_made_gradebook(course)
    before = recorded(course)
    to_the_end(course, "--workers", "2")
    assert book(course) == book(undisturbed[kind])
    assert files(course) == files(undisturbed[kind])
    after = recorded(course)
    assert all(after[student] == number for student, number in before.items()), "graded twice"
    assert soon(lambda: not processes_of(course)), processes_of(course)
    assert not list((course.root / ".mlcourse").iterdir())


def wait(process, seconds):
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return


def assert_no_half_made_gradebook(course):
    path = course.root / "gradebook.db"
    if path.exists():
        with closing(sqlite3.connect(path)) as db:
            assert db.execute("pragma integrity_check").fetchone() == ("ok",)
            assert db.execute("select count(*) from alembic_version").fetchone() == (1,)


def test_ctrl_c_ends_everything_at_once_and_the_next_run_goes_on(classroom, undisturbed, tmp_path):
    course = copy_of(classroom, tmp_path / "course")
    submit(course, "zoe", double="while True: pass")  # what is half examined is not waited for
    process = begin(course, "--workers", "4", "--timeout", "100")
    assert soon(lambda: len(recorded(course)) >= 2, LONG)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert "interrupted; what was finished is kept" in said
    assert "Traceback" not in said, said
    assert soon(lambda: not processes_of(course)), processes_of(course)
    assert not list((course.root / ".mlcourse").glob("run-*"))
    before = recorded(course)
    shutil.rmtree(course.path("submitted", "hw", "zoe"))
    to_the_end(course)
    assert outcome(course) == outcome(undisturbed[0])
    assert before.items() <= recorded(course).items()


@pytest.mark.parametrize("workers", [1, 2, 4, 8])
def test_order_and_number_of_workers_change_nothing(workers, dated, undisturbed, tmp_path):
    course = copy_of(dated, tmp_path / "course")
    students = course.submissions("hw")
    random.Random(workers).shuffle(students)
    graded = list(engine.grade(course, "hw", students, workers=workers, rules=Rules()))
    assert {g.student for g in graded if g.problem} == {"text"}
    assert hash_of(course) == hash_of(undisturbed[1])


class Killed(BaseException):
    """Stands for a kill in the middle of recording."""


POINTS = {
    "before it is in the gradebook": (engine.Ledger, "record", "bob"),
    "in the middle of the transaction": (engine.Ledger, "_penalize", "bob"),
    "before it is put away": (engine, "put_away", "bob"),
    "between the old files and the new": (os, "replace", "autograded/bob/hw"),
}


@pytest.mark.parametrize("point", POINTS)
def test_what_was_half_recorded_is_finished_and_not_examined_again(
    point, undisturbed, tmp_path, monkeypatch
):
    where, name, word = POINTS[point]
    original = getattr(where, name)

    def until_then(*args):
        if any(str(arg).rstrip(">").endswith(word) for arg in args):
            raise Killed
        return original(*args)

    calm = copy_of(undisturbed[1], tmp_path / "calm")
    course = copy_of(undisturbed[1], tmp_path / "course")
    executed = calm.root / "autograded" / "address" / "hw" / "hw.ipynb"
    students, examine = ["ada", "bob", "late"], Simulated(executed)
    record(calm, students, Simulated(executed))
    with monkeypatch.context() as patch:
        patch.setattr(where, name, until_then)
        with pytest.raises(Killed):
            record(course, students, examine)
    assert "bob" in engine.pending(course, "hw")
    assert [g.student for g in record(course, ["bob", "late"], examine)] == ["bob", "late"]
    assert examine.asked.count("bob") == 1
    assert outcome(course) == outcome(calm) != outcome(undisturbed[1])


def test_what_a_killed_run_finished_is_examined_again_if_the_assignment_changed_since(
    undisturbed, tmp_path, monkeypatch
):
    course = copy_of(undisturbed[0], tmp_path / "course")
    examine = Simulated(course.root / "autograded" / "ada" / "hw" / "hw.ipynb")
    with monkeypatch.context() as patch:
        patch.setattr(engine, "put_away", _killed)
        with pytest.raises(Killed):
            record(course, ["bob"], examine)
    source = course.path("source", "hw") / "hw.ipynb"
    source.write_text(source.read_text())
    record(course, ["bob"], examine)
    assert examine.asked == ["bob", "bob"]


def _killed(*args):
    raise Killed


def test_work_handed_in_while_its_predecessor_is_examined_is_not_forgotten(undisturbed, tmp_path):
    course = copy_of(undisturbed[0], tmp_path / "course")
    record(course, ["ada"], Simulated(course.root / "autograded" / "ada" / "hw" / "hw.ipynb"))
    assert "ada" not in engine.pending(course, "hw")

    class Meanwhile(Simulated):
        def __call__(self, submission):
            submit(course, "ada", double="def double(x):\n    return 0")
            return super().__call__(submission)

    record(course, ["ada"], Meanwhile(course.root / "autograded" / "ada" / "hw" / "hw.ipynb"))
    assert "ada" in engine.pending(course, "hw")


def test_work_collected_later_with_an_old_time_on_it_is_graded(undisturbed, tmp_path):
    """nbgrader collect copies a file with the time at which the student saved it."""
    course = copy_of(undisturbed[0], tmp_path / "course")
    record(course, ["ada"], Simulated(course.root / "autograded" / "ada" / "hw" / "hw.ipynb"))
    handed_in = course.path("submitted", "hw", "ada") / "hw.ipynb"
    os.utime(handed_in, (0, 0))
    assert "ada" in engine.pending(course, "hw")


def test_two_runs_of_an_assignment_exclude_one_another(classroom, tmp_path):
    course = copy_of(classroom, tmp_path / "course")
    (course.root / ".mlcourse").mkdir(exist_ok=True)
    with (
        lock(course.root / ".mlcourse" / "hw.lock"),
        pytest.raises(UserError, match="hw is being graded by another process"),
    ):
        next(engine.grade(course, "hw", ["ada"]))
    assert not list((course.root / ".mlcourse").iterdir())


def test_a_crowd_costs_no_more_memory_and_its_last_no_more_time_than_its_first(
    undisturbed, tmp_path
):
    course, n = copy_of(undisturbed[0], tmp_path / "course"), 10_000 if TORTURE else 1_000
    script = [sys.executable, str(ROOT / "tests" / "crowd.py"), str(course.root), str(n)]
    run = subprocess.run(script, capture_output=True, text=True, check=True)
    found = json.loads(run.stdout)
    assert found["recorded"] == n
    assert found["peak"] < 300
    assert found["last"] < 1.5 * found["first"]
