"""The notebooks themselves: tidy in git, run without a word on stderr, release/ fresh."""

import ast
import os
import subprocess

import nbformat
import pytest
from conftest import ROOT, cell, notebook
from nbclient import NotebookClient

from autograder import engine, hygiene, report
from autograder.course import Course, build, put_environment_on_path, stale, write_release
from autograder.demo import solutions, solved

LECTURES = sorted((ROOT / "course").glob("*.ipynb"))
SOURCES = sorted((ROOT / "source").glob("*/*.ipynb"))
ASSIGNMENTS = [path.parent.name for path in SOURCES]


def name(path):
    return path.stem


def test_there_are_lectures_and_assignments():
    assert {"01-perceptron", "10-momentum"} <= {path.stem for path in LECTURES}
    assert {"ps1-perceptron", "ps6-momentum"} <= set(ASSIGNMENTS)


@pytest.mark.parametrize("path", LECTURES + SOURCES, ids=name)
def test_a_notebook_keeps_the_rules(path):
    assert list(hygiene.complaints(path)) == []


@pytest.mark.parametrize("path", LECTURES + SOURCES, ids=name)
def test_a_notebook_imports_the_course_package_and_numpy_only(path):
    code = [c.source for c in nbformat.read(path, 4).cells if c.cell_type == "code"]
    for node in ast.walk(ast.parse("\n".join(code))):
        if isinstance(node, ast.Import):
            assert {a.name.split(".")[0] for a in node.names} <= {"numpy", "matplotlib"}
        elif isinstance(node, ast.ImportFrom):
            assert node.module.split(".")[0] in {"mlcourse_utils", "numpy", "matplotlib"}


@pytest.mark.xdist_group("kernels")
@pytest.mark.parametrize("path", LECTURES, ids=name)
def test_a_lecture_runs_from_top_to_bottom_without_error_or_warning(path, tmp_path):
    put_environment_on_path()
    nb = nbformat.read(path, as_version=4)
    NotebookClient(nb, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    stderr = [o for c in nb.cells for o in c.get("outputs", []) if o.get("name") == "stderr"]
    assert stderr == []
    assert all(c.execution_count for c in nb.cells if c.cell_type == "code" and c.source)


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_release_is_byte_for_byte_what_source_builds(assignment, course):
    assert stale(course, assignment, build(course, assignment)) == []


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_release_shows_neither_solution_nor_hidden_test_nor_marking_scheme(assignment):
    (source,) = (ROOT / "source" / assignment).glob("*.ipynb")
    text = (ROOT / "release" / assignment / source.name).read_text()
    for word in ("BEGIN SOLUTION", "HIDDEN TESTS", "MARK SCHEME"):
        assert word not in text
    hidden = withheld(nbformat.read(source, 4))
    assert len(hidden) > 20
    shown = {line.strip() for c in nbformat.reads(text, 4).cells for line in c.source.splitlines()}
    assert not hidden & shown


def withheld(nb):
    """The longer lines between BEGIN and END markers that stand in the open nowhere else."""
    inside, hidden, in_the_open = False, set(), set()
    for line in (line.strip() for c in nb.cells for line in c.source.splitlines()):
        if "### BEGIN" in line or "=== BEGIN" in line:
            inside = True
        elif "### END" in line or "=== END" in line:
            inside = False
        else:
            (hidden if inside else in_the_open).add(line)
    return {line for line in hidden - in_the_open if len(line) > 30}


@pytest.mark.xdist_group("kernels")
@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_instructor_version_has_full_marks_and_the_untouched_release_none(assignment, tmp_path):
    """Through real nbgrader; the written answer, which a person grades, counts for neither."""
    here = Course(ROOT)
    sample = engine.copy_course(here, assignment, tmp_path / "course")
    for path, content in build(here, assignment).items():
        for student, answers in {"full": solutions(here, assignment), "none": {}}.items():
            folder = sample.path("submitted", assignment, student)
            folder.mkdir(parents=True, exist_ok=True)
            nb = solved(nbformat.reads(content.decode(), 4), answers)
            nbformat.write(nb, folder / path.name)
    graded = list(engine.grade(sample, assignment, ["full", "none"], workers=2))
    assert not [g.problem for g in graded if g.problem]
    marks = {row.name: row for row in report.collect(sample, assignment).students}
    written = sum(c.max_points for c in marks["full"].questions if c.points is None)
    assert written > 0
    assert marks["full"].score == 100 - written
    assert marks["none"].score == 0


def test_stale_names_changed_missing_and_surplus_files(small_course):
    fresh = build(small_course, "hw")
    assert stale(small_course, "hw", fresh) == []
    release = small_course.path("release", "hw")
    (release / "hw.ipynb").write_text("edited by hand")
    (release / "extra.txt").write_text("left over")
    names = [path.name for path in stale(small_course, "hw", fresh)]
    assert names == ["extra.txt", "hw.ipynb"]
    write_release(small_course, fresh, stale(small_course, "hw", fresh))
    assert stale(small_course, "hw", build(small_course, "hw")) == []
    (release / "hw.ipynb").unlink()
    assert [path.name for path in stale(small_course, "hw", fresh)] == ["hw.ipynb"]


RULES_BROKEN = {
    "outputs or an execution count": {"execution_count": 3},
    "expected an id of words": {"id": "3f2a91bc"},
    "expected at most 15": {"source": "x = 1\n" * 16},
}


@pytest.mark.parametrize("complaint", RULES_BROKEN)
def test_hygiene_names_each_broken_rule(complaint, tmp_path):
    nb = notebook(nbformat.v4.new_code_cell("x = 1", id="one-line"))
    path = tmp_path / "lecture.ipynb"
    path.write_text(hygiene.written(nb))
    assert list(hygiene.complaints(path)) == []
    nb.cells[0].update(RULES_BROKEN[complaint])
    path.write_text(hygiene.written(nb))
    (found,) = hygiene.complaints(path)
    assert complaint in found


@pytest.mark.parametrize(
    ("source", "faults"),
    [
        ('"""Twice two."""\nassert double(2) == 4', 0),
        ("# Twice two.\nchecks.close(double(2), 4, 'double(2)')", 0),
        ("# Twice two.\nfor x in (1, 2):\n    assert double(x) == 2 * x", 0),
        ("assert double(2) == 4", 1),
        ('"""Twice two."""\nnp.allclose(double(2), 4)', 1),
        ('"""Twice two."""\ndouble(2) == 4', 1),
        ("double(2)", 2),
    ],
)
def test_a_graded_cell_says_what_it_tests_and_ends_in_a_check(source, faults):
    assert len(list(hygiene.test_faults(source))) == faults


def test_an_assignment_has_100_points_a_hidden_test_and_a_written_question():
    nb = notebook(cell("one", '"""A."""\nassert True', points=60))
    found = " ".join(hygiene.assignment(nb))
    for complaint in ("60 points, expected 100", "no hidden test", "no written question"):
        assert complaint in found


def test_fix_mends_outputs_kernel_and_layout(tmp_path):
    nb = notebook(cell("one", "x = 1"))
    nb.cells[0].outputs = [nbformat.v4.new_output("stream", text="hi")]
    nb.cells[0].execution_count, nb.cells[0].id = 7, "12345678"
    nb.metadata.kernelspec = {"name": "mine", "display_name": "Mine", "language": "python"}
    path = tmp_path / "lecture.ipynb"
    path.write_text(nbformat.writes(nb, indent=4))
    assert len(list(hygiene.complaints(path))) >= 4
    assert hygiene.fix(path)
    assert list(hygiene.complaints(path)) == []
    assert not hygiene.fix(path)


def test_git_holds_no_generated_files():
    files = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    unwanted = ("submitted/", "autograded/", "feedback/", ".venv/", ".mlcourse/", "reports/")
    assert not [f for f in files if f.startswith(unwanted) or f.endswith((".db", ".log"))]
    assert not [f for f in files if (ROOT / f).exists() and os.path.getsize(ROOT / f) > 2_000_000]
