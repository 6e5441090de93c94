"""Tests against hostile answers: what they leave behind, what they say, what cannot be said."""

from enum import Enum

import nbformat
import pytest
from conftest import cell, notebook
from examining import Examination

from autograder.candidate.peer import Peer
from autograder.candidate.wire import Packer
from autograder.course import Course, build, write_release

pytestmark = pytest.mark.xdist_group("examiner")

GIVE = "### BEGIN SOLUTION\ndef give(x):\n    return 2 * x\n### END SOLUTION"
SCALER = """### BEGIN SOLUTION
def make_scaler(k):
    def scale(x):
        return k * x
    return scale
### END SOLUTION"""
POINT = """### BEGIN SOLUTION
class Point:
    def __repr__(self):
        return "a point"
### END SOLUTION"""
KEEPS = "import numpy as np\nscale = make_scaler(2)\nassert scale(1) == 2"
USES = "x = np.array([3.0, 4.0])\ngot = scale(x)\nassert (got == 2 * x).all()"
SWALLOWS = """### BEGIN HIDDEN TESTS
try:
    given = give(31337)
except:
    pass
### END HIDDEN TESTS"""
TELLS = """### BEGIN HIDDEN TESTS
try:
    assert give(31337) == 62674
except ValueError as error:
    assert False, f"{error!r} is not what it should raise"
### END HIDDEN TESTS"""
SPEAKS = "assert give(5) == 10, give(5)"


@pytest.fixture(scope="module")
def exam(tmp_path_factory):
    """An exam of 15 points, with tests that are not as careful as they might be."""
    nb = notebook(
        cell("scaler", SCALER, solution=True),
        cell("keeps", KEEPS, points=1),
        cell("give", GIVE, solution=True),
        cell("uses", USES, points=2),
        cell("swallows", SWALLOWS, points=3),
        cell("tells", TELLS, points=3),
        cell("speaks", SPEAKS, points=4),
        cell("point", POINT, solution=True),
        cell("shows", "Point()", points=2),
    )
    root = tmp_path_factory.mktemp("careless")
    (root / "source" / "hw").mkdir(parents=True)
    nbformat.write(nb, root / "source" / "hw" / "hw.ipynb")
    fresh = build(Course(root), "hw")
    write_release(Course(root), fresh, list(fresh))
    made = Examination(Course(root), "hw", tmp_path_factory.mktemp("office"))
    assert made.office.complaints == []
    yield made
    made.office.close()


def lost(outcome):
    """The tests that gave no points."""
    return {name for name, found in outcome.cells.items() if not found.points}


def test_the_right_answers_get_all_points(exam):
    assert exam.sit(exam.notebook()).points == 15


def test_a_stand_in_that_an_earlier_test_kept_makes_nothing_right_by_changing_it(exam):
    spoils = """def make_scaler(k):
    def scale(x):
        if isinstance(x, int):
            return k * x
        x[:] = 0
        return 0 * x
    return scale"""
    assert lost(exam.sit(exam.notebook(scaler=spoils))) == {"uses"}


@pytest.mark.parametrize(
    "code",
    [
        'def give(x): raise type(f"Saw_{x}", (ValueError,), {})()',
        'def give(x): return type(f"Saw_{x}", (), {})()',
        'def give(x): return type(f"Saw_{x}", (), {})',
    ],
)
def test_the_name_of_a_class_does_not_tell_what_a_hidden_test_gave(exam, code):
    outcome = exam.sit(exam.notebook(give=code))
    assert lost(outcome) >= {"tells", "speaks"}
    assert "31337" not in outcome.text()


@pytest.mark.parametrize("value", ["10**5000", "type('T', (), {'__str__': None})()"])
def test_what_cannot_be_said_costs_its_own_test(exam, value):
    outcome = exam.sit(exam.notebook(give=f"def give(x): return {value}"))
    assert {"speaks", "tells"} <= lost(outcome) <= {"speaks", "tells", "swallows"}


def test_no_value_that_is_only_shown_is_taken_for_points(exam):
    loud = "class Point:\n    def __repr__(self): return '1e9'"
    outcome = exam.sit(exam.notebook(point=loud))
    assert outcome.points == 15
    nan = "class Point:\n    def __repr__(self): return 'nan'"
    assert exam.sit(exam.notebook(point=nan)).points == 15


class Shape(Enum):
    SQUARE = 4


class Given(Peer):
    """A side to which Shape was given."""

    def shared(self, x):
        return type(x).__name__ if isinstance(x, Shape) else ""


def test_the_other_side_cannot_name_a_member_of_an_enumeration_to_change_it():
    packer = Packer(Given(None))
    assert packer.put([Shape.SQUARE]) == [{"member": ["Shape", "SQUARE"]}]
    assert packer.met == [[Shape.SQUARE]]
