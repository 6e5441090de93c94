"""What the tests share: a small foreign course, and the programs that only some machines have."""

import os
import shutil
from pathlib import Path

import nbformat
import pytest
from examining import Examination

from autograder.course import Course, build, write_release
from autograder.demo import solutions, solved

ROOT = Path(__file__).resolve().parents[1]
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def needs(program: str, command: str) -> str:
    """The program's path; without it the test is left out, except in CI, where it fails."""
    path = shutil.which(program)
    if path is None and os.environ.get("CI"):
        pytest.fail(f"{program} is missing, in CI nothing may be left out: {command}")
    if path is None:
        pytest.skip(f"left out because {program} is missing; to run it: {command}")
    return path


@pytest.fixture(scope="session")
def chromium() -> str:
    return needs("chromium", "apt install chromium")


@pytest.fixture(scope="session")
def course() -> Course:
    """The real course."""
    return Course(ROOT)


def cell(name, source, *, kind="code", points=None, solution=False):
    """A notebook cell as nbgrader's Create Assignment bar would leave it."""
    made = (nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell)(source)
    grade = points is not None
    made.id = name
    made.metadata["nbgrader"] = {
        "grade": grade,
        "grade_id": name,
        "locked": grade and not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
        **({"points": points} if grade else {}),
    }
    return made


def notebook(*cells):
    metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    return nbformat.v4.new_notebook(cells=list(cells), metadata=metadata)


DOUBLE = "### BEGIN SOLUTION\ndef double(x):\n    return 2 * x\n### END SOLUTION"
NEGATE = "### BEGIN SOLUTION\ndef negate(x):\n    return -x\n### END SOLUTION"


@pytest.fixture(scope="session")
def foreign_course(tmp_path_factory) -> Path:
    """Somebody else's course: no nbgrader_config.py, one assignment "hw", 10 points."""
    nb = notebook(
        cell("double", DOUBLE, solution=True),
        cell("double-shown", '"""Twice two."""\nassert double(2) == 4, "2 gives 4"', points=2),
        cell(
            "double-hidden",
            '"""Twice three."""\n### BEGIN HIDDEN TESTS\n'
            'assert double(3) == 6, "3 gives 6"\n### END HIDDEN TESTS',
            points=3,
        ),
        cell("negate", NEGATE, solution=True),
        cell("negate-shown", '"""Minus one."""\nassert negate(1) == -1', points=4),
        cell("explain", "Because.", kind="markdown", points=1, solution=True),
    )
    root = tmp_path_factory.mktemp("foreign")
    (root / "source" / "hw").mkdir(parents=True)
    nbformat.write(nb, root / "source" / "hw" / "hw.ipynb")
    fresh = build(Course(root), "hw")
    write_release(Course(root), fresh, list(fresh))
    return root


@pytest.fixture(scope="session")
def examinations(course, foreign_course, tmp_path_factory):
    """The exams of ps1, ps6 and the foreign course's hw, each laid out when first asked for."""
    made: dict[str, Examination] = {}

    def of(assignment: str) -> Examination:
        if assignment not in made:
            home = Course(foreign_course) if assignment == "hw" else course
            made[assignment] = Examination(home, assignment, tmp_path_factory.mktemp(assignment))
        return made[assignment]

    yield of
    for examination in made.values():
        examination.office.close()


@pytest.fixture
def small_course(foreign_course, tmp_path) -> Course:
    """A copy of the foreign course that a test may fill and break."""
    shutil.copytree(foreign_course, tmp_path, dirs_exist_ok=True)
    return Course(tmp_path)


def submit(course: Course, student: str, *, assignment="hw", timestamp=None, **answers) -> Path:
    """Hand in the release notebook, right but for the given cells; return the folder."""
    folder = course.path("submitted", assignment, student)
    folder.mkdir(parents=True, exist_ok=True)
    written = solutions(course, assignment) | {k.replace("_", "-"): v for k, v in answers.items()}
    for release in course.path("release", assignment).glob("*.ipynb"):
        nbformat.write(solved(nbformat.read(release, as_version=4), written), folder / release.name)
    if timestamp:
        (folder / "timestamp.txt").write_text(timestamp)
    return folder


@pytest.fixture(scope="session")
def clinic(tmp_path_factory):
    """The exam of the three questions that ill submissions answer, 66 points."""
    from pathological import source  # which itself needs this module

    root = tmp_path_factory.mktemp("clinic")
    (root / "source" / "hw").mkdir(parents=True)
    nbformat.write(source(), root / "source" / "hw" / "hw.ipynb")
    fresh = build(Course(root), "hw")
    write_release(Course(root), fresh, list(fresh))
    made = Examination(Course(root), "hw", tmp_path_factory.mktemp("office"))
    yield made
    made.office.close()


@pytest.fixture(scope="module")
def classroom(foreign_course, tmp_path_factory):
    """Twelve submissions, nothing graded, no gradebook."""
    from classroom import fill  # which itself needs this module

    root = tmp_path_factory.mktemp("classroom") / "course"
    shutil.copytree(foreign_course, root)
    return fill(Course(root))
