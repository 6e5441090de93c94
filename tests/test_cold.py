"""Where processes cannot be copied: a Python for each candidate, and the same verdicts."""

import pytest
from examining import Examination
from pathological import patients

from autograder.warm import Cold

pytestmark = pytest.mark.xdist_group("pathological")

SECONDS = 6
ILL = patients()
TRIED = [
    "form: an answer split over cells",
    "cell: a syntax error",
    "end beside: os._exit",
    "end inside: os._exit",
    "hang beside: a loop without end",
    "hang inside: a loop without end",
    "raise inside: sys.exit",
    "mess beside: kill -9 of all it can reach",
    "mess beside: a disk filled",
]


@pytest.fixture(scope="module")
def cold(clinic, tmp_path_factory):
    """The course of three questions, examined without forks."""
    exam = Examination(clinic.course, "hw", tmp_path_factory.mktemp("cold"), start="cold")
    yield exam
    exam.office.close()


def told(outcome):
    """Points and messages of an outcome, and what was tampered with."""
    return outcome.cells, outcome.examined.notes


def test_it_is_what_it_says(cold):
    assert isinstance(cold.office.warm, Cold)
    assert not cold.office.complaints


@pytest.mark.parametrize("name", TRIED)
def test_a_cold_start_gives_the_same_verdict(name, cold, clinic):
    warm, ill = clinic.notebook(), cold.notebook()
    ILL[name].fall_ill(warm)
    ILL[name].fall_ill(ill)
    assert told(cold.sit(ill, SECONDS)) == told(clinic.sit(warm, SECONDS))


def test_an_assignment_of_ours_too(examinations, tmp_path):
    exam = examinations("ps6-momentum")
    cold = Examination(exam.course, "ps6-momentum", tmp_path, start="cold")
    for nb in (exam.notebook(), exam.release):
        assert told(cold.sit(nb)) == told(exam.sit(nb))
    cold.office.close()
