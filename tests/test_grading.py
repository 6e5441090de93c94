"""Grading through real nbgrader: marks, failures, resuming, and what may never be lost."""

import json
import os
import sqlite3
from contextlib import closing

import nbformat
import pytest
from conftest import submit
from nbgrader.api import Gradebook

from autograder import engine, report
from autograder.course import UserError, put_environment_on_path
from autograder.submission import read_notebook

pytestmark = pytest.mark.xdist_group("kernels")


def marks(course, assignment="hw"):
    with Gradebook(course.directory.db_url) as gradebook:
        found = gradebook.find_assignment(assignment).submissions
        return {submission.student.id: submission.score for submission in found}


def grade(course, students=None, **options):
    students = students or engine.pending(course, "hw")
    return list(engine.grade(course, "hw", students, **options))


def test_right_wrong_and_late_submissions_get_their_points(small_course):
    with Gradebook(small_course.directory.db_url) as gradebook:
        gradebook.update_or_create_assignment("hw", duedate="2026-01-01 00:00:00 UTC")
    submit(small_course, "ada", explain="YOUR ANSWER HERE")
    submit(small_course, "bob", double="def double(x):\n    return x + 2")
    submit(small_course, "cy", negate="def negate(x):\n    raise NotImplementedError")
    submit(small_course, "late", timestamp="2026-01-01 02:00:00 UTC")
    assert not [g.problem for g in grade(small_course, workers=2) if g.problem]
    assert marks(small_course) == {"ada": 9, "bob": 6, "cy": 5, "late": 9}
    rows = {row.name: row for row in report.collect(small_course, "hw").students}
    assert [rows[name].needs_manual for name in ("ada", "cy")] == [False, True]
    assert rows["late"].seconds_late == 7200
    assert rows["ada"].seconds_late == 0
    assert {c.question: c.message for c in rows["bob"].questions}["double"] == "3 gives 6"
    assert {c.question: c.message for c in rows["cy"].questions}["negate"] == "not written yet"


def test_what_cannot_be_graded_is_named_in_one_line_and_costs_nobody_else(small_course):
    submit(small_course, "ada")
    submit(small_course, "dies", double="import os; os._exit(1)")
    (submit(small_course, "text") / "hw.ipynb").write_text("dear grader, see my e-mail")
    (submit(small_course, "cut") / "hw.ipynb").write_text('{"cells": [')
    folder = submit(small_course, "renamed")
    os.rename(folder / "hw.ipynb", folder / "final.ipynb")
    bare = submit(small_course, "bare") / "hw.ipynb"
    bare.write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    (submit(small_course, "empty") / "hw.ipynb").unlink()
    submit(small_course, "when", timestamp="yesterday, about noon")
    problems = {g.student: g.problem for g in grade(small_course) if g.problem}
    assert problems.keys() == {"text", "cut", "renamed", "bare", "empty", "when"}
    assert all("\n" not in problem for problem in problems.values())
    assert "not a Jupyter notebook" in problems["text"]
    assert "not a Jupyter notebook" in problems["cut"]
    assert problems["renamed"] == "submitted final.ipynb, expected hw.ipynb"
    assert "no nbgrader cells" in problems["bare"]
    assert problems["empty"] == "submitted an empty folder, expected hw.ipynb"
    assert "timestamp.txt says yesterday, about noon, expected" in problems["when"]
    assert marks(small_course) == {"ada": 9, "dies": 4}  # that question only
    assert engine.pending(small_course, "hw") == sorted(problems)


def as_file(folder):
    return folder / "hw.ipynb"


ODD_FILES = {  # name → what is done to a right submission's folder, points or what is said of it
    "bom": (lambda f: as_file(f).write_bytes(b"\xef\xbb\xbf" + as_file(f).read_bytes()), 9),
    "crlf": (lambda f: as_file(f).write_bytes(as_file(f).read_bytes().replace(b"\n", b"\r\n")), 9),
    "utf-16": (lambda f: as_file(f).write_text(as_file(f).read_text(), "utf-16"), "not a Jupyter"),
    "format-99": (lambda f: edit(f, nbformat=99), "not a Jupyter notebook"),
    "format-3": (lambda f: edit(f, nbformat=3), "not a Jupyter notebook"),
    "no-format": (lambda f: edit(f, nbformat=None), "not a Jupyter notebook"),
    "a-list": (lambda f: as_file(f).write_text("[1, 2]"), "not a Jupyter notebook"),
    "cells-are-text": (lambda f: edit(f, cells="none"), "not a Jupyter notebook"),
    "a-cell-is-text": (lambda f: edit(f, cells=["x = 1"]), "not a Jupyter notebook"),
    "deep": (lambda f: as_file(f).write_text("[" * 10**6), "not a Jupyter notebook"),
    "binary": (lambda f: as_file(f).write_bytes(bytes(range(256))), "not a Jupyter notebook"),
    "110 MB": (lambda f: (f / "data").write_bytes(bytes(110 << 20)), "more than 100 MB"),
    "50 MB": (lambda f: (f / "data").write_bytes(bytes(50 << 20)), 9),
    "a-folder": (lambda f: (as_file(f).unlink(), as_file(f).mkdir()), "an empty folder"),
    "gradebook": (lambda f: link(f, "gradebook.db"), "an empty folder"),
    "another's": (lambda f: link(f, "submitted/bom/hw/hw.ipynb"), "an empty folder"),
    "pipe": (lambda f: (as_file(f).unlink(), os.mkfifo(as_file(f))), "an empty folder"),
    "two notebooks": (lambda f: (f / "scratch.ipynb").write_text("not JSON"), 9),
    "HW, ≠ 1; it's \"mine\" 王": (lambda f: (f / "-rf *\n.txt").write_text("x"), 9),
}  # fmt: skip


def edit(folder, **values):
    path = as_file(folder)
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def link(folder, to):
    as_file(folder).unlink()
    as_file(folder).symlink_to(folder.parents[2] / to)


def test_files_of_every_kind_are_graded_or_named_in_one_line(small_course):
    for name, (spoil, _) in ODD_FILES.items():
        spoil(submit(small_course, name))
    problems = {g.student: g.problem for g in grade(small_course) if g.problem}
    expected = {name: told for name, (_, told) in ODD_FILES.items()}
    assert marks(small_course) == {n: points for n, points in expected.items() if points == 9}
    refused = {name: told for name, told in expected.items() if told != 9}
    assert {name for name, said in problems.items() if refused[name] in said} == refused.keys()
    assert all("\n" not in said and len(said) < 300 for said in problems.values())


def test_a_second_run_grades_only_what_is_new(small_course):
    submit(small_course, "ada")
    grade(small_course)
    assert engine.pending(small_course, "hw") == []
    submit(small_course, "bob")
    assert engine.pending(small_course, "hw") == ["bob"]
    notebook = submit(small_course, "ada", double="def double(x):\n    return 0") / "hw.ipynb"
    later = small_course.path("autograded", "hw", "ada").stat().st_mtime + 60
    os.utime(notebook, (later, later))
    assert engine.pending(small_course, "hw") == ["ada", "bob"]
    grade(small_course)
    assert marks(small_course) == {"ada": 4, "bob": 9}


def test_marks_given_by_a_person_survive_a_regrade(small_course):
    submit(small_course, "ada")
    grade(small_course)
    with Gradebook(small_course.directory.db_url) as gradebook:
        score = gradebook.find_grade("explain", "hw", "hw", "ada")
        score.manual_score, score.extra_credit = 0.5, 0.25
        gradebook.find_comment("explain", "hw", "hw", "ada").manual_comment = "nearly"
        gradebook.db.commit()
    grade(small_course, ["ada"])
    with Gradebook(small_course.directory.db_url) as gradebook:
        assert gradebook.find_submission("hw", "ada").score == 9.75
        assert gradebook.find_comment("explain", "hw", "hw", "ada").comment == "nearly"
    (row,) = report.collect(small_course, "hw").students
    assert {c.question: c.points for c in row.questions}["explain"] == 0.75


def test_interrupted_grading_keeps_what_was_recorded(small_course):
    for student in ("ada", "bob", "cy"):
        submit(small_course, student)
    run = engine.grade(small_course, "hw", ["ada", "bob", "cy"])
    first = next(run).student
    run.close()
    assert marks(small_course)[first] == 9
    assert first not in engine.pending(small_course, "hw")
    grade(small_course)
    assert marks(small_course) == {"ada": 9, "bob": 9, "cy": 9}
    assert not list((small_course.root / ".mlcourse").iterdir())


def test_a_deleted_test_cell_earns_nothing_and_is_told_once(small_course):
    path = submit(small_course, "ada", double="def double(x):\n    return 0") / "hw.ipynb"
    nb = read_notebook(path)
    nb.cells = [c for c in nb.cells if c.id != "double-hidden"]
    path.write_text(nbformat.writes(nb))
    grade(small_course)
    assert marks(small_course) == {"ada": 4}
    kept = read_notebook(small_course.path("autograded", "hw", "ada") / "hw.ipynb")
    assert kept.cells[0].source.count("double-hidden was missing: it was put back") == 1
    assert "double(3)" not in nbformat.writes(kept)  # what is hidden stays hidden


def test_a_link_in_a_submission_is_not_followed(small_course, tmp_path_factory):
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.txt"
    secret.write_text("the gradebook, say")
    (submit(small_course, "ada") / "notes.txt").symlink_to(secret)
    grade(small_course)
    assert marks(small_course) == {"ada": 9}
    assert not (small_course.path("autograded", "hw", "ada") / "notes.txt").exists()


def test_a_failed_first_start_leaves_no_half_made_gradebook(small_course, monkeypatch):
    """nbgrader makes the tables, then calls alembic by name; here alembic fails."""
    broken = small_course.root / "bin"
    broken.mkdir()
    (broken / "alembic").write_text("#!/bin/sh\nexit 1\n")
    (broken / "alembic").chmod(0o755)
    submit(small_course, "ada")
    with monkeypatch.context() as patch:
        patch.setenv("PATH", f"{broken}:{os.environ['PATH']}")
        with pytest.raises(UserError, match="alembic"):
            grade(small_course)
        assert not (small_course.root / "gradebook.db").exists()
    put_environment_on_path()
    grade(small_course)
    with closing(sqlite3.connect(small_course.root / "gradebook.db")) as db:
        assert db.execute("select count(*) from alembic_version").fetchone() == (1,)
