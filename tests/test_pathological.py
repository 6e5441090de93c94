"""An ill submission costs its own question, and nobody else anything."""

import contextlib
import json
import time
from pathlib import Path

import nbformat
import pytest
from pathological import patients

pytestmark = pytest.mark.xdist_group("pathological")

SECONDS = 2  # that a cell may take
PATIENTS = patients()


@pytest.fixture(scope="module")
def clean(clinic):
    """What a right notebook gets."""
    return clinic.sit(clinic.notebook(), SECONDS).cells


def below(pid: int) -> set[int]:
    """The processes that live below a process."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent, *_ = stat.read_text().rpartition(")")[2].split()
            parents[int(stat.parent.name)] = int(parent) if state != "Z" else 0
    found, more = set(), {pid}
    while more:
        found |= more
        more = {child for child, parent in parents.items() if parent in more} - found
    return found - {pid}


def settles(pid: int, most: int) -> bool:
    """Whether no more than so many processes are left below a process, soon."""
    end = time.monotonic() + 10
    while len(below(pid)) > most and time.monotonic() < end:
        time.sleep(0.01)
    return len(below(pid)) <= most


@pytest.mark.parametrize("name", PATIENTS)
def test_an_ill_submission_costs_its_own_question_and_nobody_else_anything(name, clinic, clean):
    patient, nb, zygote = PATIENTS[name], clinic.notebook(), clinic.office.warm
    at_rest = len(below(zygote.process.pid))
    patient.fall_ill(nb)
    nb = nbformat.from_dict(json.loads(json.dumps(nb)))
    begin = time.monotonic()
    outcome = clinic.sit(nb, SECONDS)
    assert time.monotonic() - begin < 20
    right = {name: said._replace(question="") for name, said in clean.items()}
    got = {name: said._replace(question="", title="Adding") for name, said in outcome.cells.items()}
    lost = {cell for cell in clean if cell.split("-")[0] in patient.costs}
    assert {cell: got[cell].points for cell in lost} == dict.fromkeys(lost, 0)
    assert {cell: got[cell] for cell in right.keys() - lost - patient.perhaps} == {
        cell: right[cell] for cell in right.keys() - lost - patient.perhaps
    }
    assert len(outcome.examined.notes) == patient.notes, outcome.examined.notes
    assert len(outcome.text().encode()) < 70_000_000
    nbformat.validate(outcome.examined.nb)
    assert clinic.sit(clinic.notebook(), SECONDS).cells == clean
    assert clinic.office.warm is zygote
    assert settles(zygote.process.pid, at_rest)
