"""Cheating earns nothing, tells nothing and breaks nothing (the cheats are in cheats.py)."""

import ast
import os
import re
import shutil
import socket
import tempfile
import time
from pathlib import Path

import nbformat
import pytest
from cheats import CHEATS, LEAKS, PORTABLE, SEEKS, WALLS, WRONG, Target
from conftest import ROOT, cell, notebook
from examining import Examination

from autograder import warm
from autograder.course import Course, build, write_release
from autograder.office import Office, Rules

pytestmark = pytest.mark.xdist_group("cheats")

GIVE = "### BEGIN SOLUTION\ndef give(x):\n    return 2 * x  # canary-solution\n### END SOLUTION"
SECRET = """\"\"\"Gives it twice.\"\"\"
### BEGIN HIDDEN TESTS
secret = "canary-source"
for asked, right in [(31337, 62674), ("canary-argument", "canary-argument" * 2)]:
    try:
        got = give(asked)
    except ValueError as error:
        assert False, f"give stopped: {error}"
    assert got == right, "twice, please"
### END HIDDEN TESTS"""
SHOWN = """\"\"\"Twice one.\"\"\"
try:
    got = give(1)
except ValueError as error:
    assert False, f"give stopped: {error}"
assert got == 2, f"give(1) gave {got!r}\""""
ARRAY = """\"\"\"Twice eight numbers.\"\"\"
import numpy as np
given = np.arange(8.0)
assert (give(given) == 2 * np.arange(8.0)).all()"""
CANARIES = ["31337", "canary-argument", "canary_argument", "canary-source", "62674"]


# Points


def plain_wrong(e, targets):
    """The most that wrong answers to all targets get, test by test."""
    wrong = [{t.cell: code.replace("FUNCTION", t.function) for t in targets} for code in WRONG]
    outcomes = [e.sit(untried(e.notebook(**answers))) for answers in wrong]
    return {name: max(o.cells[name].points or 0 for o in outcomes) for name in outcomes[0].cells}


def untried(nb):
    """The notebook without the figures that students may look at: they take the most time."""
    nb.cells = [c for c in nb.cells if not c.id.startswith("try-")]
    return nb


def unearned(outcome, plain):
    """The tests in which an outcome has more than a plain wrong answer."""
    return {n: c.points for n, c in outcome.cells.items() if (c.points or 0) > plain[n]}


def lost(outcome, tests):
    """Those of the tests of right answers that did not get all their points."""
    cells = {name: outcome.cells[name] for name in tests}
    return {n: c.message for n, c in cells.items() if c.points not in (None, c.max_points)}


@pytest.fixture(scope="module")
def hw(examinations):
    return examinations("hw")


@pytest.fixture(scope="module")
def nothing(hw):
    """What an answer that is wrong gets in hw, where the other one is right."""
    plain = plain_wrong(hw, [Target("double", "double")])
    assert plain == {"double-shown": 0, "double-hidden": 0, "negate-shown": 4, "explain": 0}
    return plain


@pytest.mark.parametrize("name", CHEATS)
def test_no_cheat_earns_a_point_or_costs_one(name, hw, nothing):
    assert hw.sit(hw.notebook()).points == 9
    zygote, cheat = hw.office.warm, CHEATS[name]
    outcome = hw.sit(cheat.rewrite(hw, Target("double", "double")), seconds=2, files=cheat.files)
    assert unearned(outcome, nothing) == {}
    assert cheat.spoils or lost(outcome, ["negate-shown"]) == {}
    assert {name: cell.max_points for name, cell in outcome.cells.items()} == {
        "double-shown": 2, "double-hidden": 3, "negate-shown": 4, "explain": 1,
    }  # fmt: skip
    outcome.text().encode()
    assert hw.sit(hw.notebook()).points == 9
    assert hw.office.warm is zygote


def test_what_the_visible_tests_ask_can_be_learnt_by_heart(hw):
    outcome = hw.sit(hw.notebook(double="def double(x):\n    return {2: 4}.get(x)"))
    assert {n: c.points for n, c in outcome.cells.items() if c.question == "double"} == {
        "double-shown": 2, "double-hidden": 0,
    }  # fmt: skip


def targets(e):
    """The answers of an assignment, and the function that each has to define."""
    for name, code in e.right.items():
        functions = [n.name for n in ast.parse(code).body if isinstance(n, ast.FunctionDef)]
        yield Target(name, functions[-1])


@pytest.mark.parametrize("assignment", ["ps1-perceptron", "ps6-momentum"])
def test_cheats_earn_nothing_in_the_real_assignments(assignment, examinations):
    e = examinations(assignment)
    answers = list(targets(e))
    plain = plain_wrong(e, answers)
    cheats = [name for name, cheat in PORTABLE.items() if not cheat.spoils]
    size = len(answers) - 1
    for turn, start in enumerate(range(0, len(cheats), size)):
        honest = answers[turn % len(answers)]
        hands = zip([a for a in answers if a != honest], cheats[start : start + size], strict=False)
        tried = {target: PORTABLE[name] for target, name in hands}
        written = {t.cell: source(cheat, e, t) for t, cheat in tried.items()}
        outcome = e.sit(untried(e.notebook(**written)), seconds=3)
        wrong = {target.cell for target in tried}
        right = [name for name, cell in outcome.cells.items() if cell.question not in wrong]
        assert lost(outcome, right) == {}
        for name in right:
            del outcome.cells[name]
        assert unearned(outcome, plain) == {}
    assert e.sit(e.notebook()).points == 90


def source(cheat, e, target):
    """What a cheat writes into an answer."""
    return next(c.source for c in cheat.rewrite(e, target).cells if c.id == target.cell)


# A course with canaries


@pytest.fixture(scope="module")
def seminar(tmp_path_factory):
    """Somebody's course, in which what must not be read says so."""
    nb = notebook(
        cell("give", GIVE, solution=True),
        cell("part", '"""A part of the points."""\ngive(2)', points=4),
        cell("secret", SECRET, points=5),
        cell("shown", SHOWN, points=1),
        cell("array", ARRAY, points=2),
    )
    root, folder = tmp_path_factory.mktemp("seminar"), tmp_path_factory.mktemp("office")
    for path in ("source/seminar", "submitted/other/seminar"):
        (root / path).mkdir(parents=True)
    nbformat.write(nb, root / "source/seminar/seminar.ipynb")
    (root / "gradebook.db").write_text("canary-gradebook")
    (root / "submitted/other/seminar/seminar.ipynb").write_text("canary-submission")
    fresh = build(Course(root), "seminar")
    write_release(Course(root), fresh, list(fresh))
    os.environ["CANARY"] = "canary-environment"
    made = Examination(Course(root), "seminar", folder)
    yield made
    made.office.close()
    del os.environ["CANARY"]


@pytest.mark.parametrize(
    "value", ["float('nan')", "-1", "1e9", "True", "'4'", "None", "[4]", "10**400", "give", "4j"]
)
def test_a_value_that_is_no_part_of_the_points_is_none(seminar, value):
    assert seminar.sit(seminar.notebook()).cells["part"].points == 4
    assert seminar.sit(seminar.notebook(give="def give(x): return 3")).cells["part"].points == 3
    outcome = seminar.sit(seminar.notebook(give=f"def give(x): return {value}"))
    assert outcome.cells["part"].points == 0


@pytest.mark.parametrize("name", LEAKS)
def test_nothing_that_a_hidden_test_gives_reaches_the_student(seminar, name):
    outcome = seminar.sit(seminar.notebook(give=LEAKS[name]), seconds=2)
    told = outcome.text() + repr([cell.message for cell in outcome.cells.values()])
    assert [canary for canary in CANARIES if canary in told] == []
    assert outcome.cells["secret"].points == 0
    assert seminar.sit(seminar.notebook()).points == 12


@pytest.mark.parametrize(
    "name", [name for name in CHEATS if re.search("change|argu|view|poin", name)]
)
def test_nothing_said_of_an_array_helps(seminar, name):
    outcome = seminar.sit(CHEATS[name].rewrite(seminar, Target("give", "give")), seconds=2)
    assert outcome.cells["array"].points == 0


@pytest.mark.parametrize("name", SEEKS)
def test_a_candidate_finds_no_canary_however_it_looks(seminar, name):
    code = SEEKS[name].replace("COURSE", str(seminar.course.root)).replace("REPOSITORY", str(ROOT))
    outcome = seminar.sit(seminar.notebook(give=code))
    said = [o.text for c in outcome.examined.nb.cells if c.id == "give" for o in c.outputs]
    assert said == ["it looks\n"]
    assert {name: cell.points for name, cell in outcome.cells.items()} == {
        "part": 0, "secret": 0, "shown": 0, "array": 0,
    }  # fmt: skip
    assert "canary" not in outcome.text().replace("canary[-]", "")


# Walls


@pytest.fixture
def listening(tmp_path):
    """Servers that a candidate might reach: their addresses by name, and whether it did."""
    path, abstract = str(tmp_path / "s"), f"mlcourse-{os.getpid()}"
    servers = [socket.create_server(("127.0.0.1", 0))]
    for address in (path, f"\0{abstract}"):
        servers.append(socket.socket(socket.AF_UNIX))
        servers[-1].bind(address)
        servers[-1].listen()
    for folder in tmp_path, *tmp_path.parents[:2]:
        folder.chmod(0o755)
    Path(path).chmod(0o777)
    for server in servers:
        server.setblocking(False)
    yield {"SOCKET": path, "ABSTRACT": abstract, "PORT": str(servers[0].getsockname()[1])}
    for server in servers:
        with pytest.raises(BlockingIOError), server:
            server.accept()


@pytest.fixture(params=["with bubblewrap", "without"])
def walled(request, seminar, listening, monkeypatch, tmp_path):
    """The seminar's office, and one that has no bubblewrap."""
    if request.param == "without":
        monkeypatch.setattr(warm.shutil, "which", lambda name: None)
        office = Office(seminar.desk, Rules(), seminar.course.root, tmp_path)
        monkeypatch.setattr(seminar, "office", office)
    elif not shutil.which("bwrap"):
        pytest.fail("bubblewrap is missing: apt install bubblewrap")
    here = {"COURSE": seminar.course.root, "REPOSITORY": ROOT, "TEMPORARY": tempfile.gettempdir()}
    yield seminar, listening | {word: str(place) for word, place in here.items()}
    if request.param == "without":
        seminar.office.close()


def wall_test(name, code):
    """A cell that says whether the wall held."""
    body = "\n".join(f"    {line}" for line in code.splitlines())
    held = f"except BaseException as error: print({f'held: {name}.'!r}, repr(error))"
    return f"{WALLS['prelude']}\ntry:\n{body}\n{held}\nelse: print({f'broke: {name}'!r})"


def test_the_walls_hold_whatever_beats_against_them(walled):
    e, places = walled
    before = {p: (p.stat().st_mode, p.stat().st_mtime, p.stat().st_uid, p.read_bytes())
              for p in e.course.root.rglob("*") if p.is_file()}  # fmt: skip
    walls = {name: code for name, code in WALLS.items() if name != "prelude"}
    nb = e.notebook()
    for name, code in walls.items():
        for word, meaning in places.items():
            code = code.replace(word, meaning)
        nb.cells.insert(0, nbformat.v4.new_code_cell(wall_test(name, code)))
    nb.cells.insert(0, nbformat.v4.new_code_cell(wall_test("control", "open('own', 'w').close()")))
    outcome = e.sit(nb)
    said = "".join(
        o.get("text", "") for c in outcome.examined.nb.cells for o in c.get("outputs", [])
    )
    assert [line for line in said.splitlines() if line.startswith("broke")] == ["broke: control"]
    assert [name for name in walls if f"held: {name}. " not in said] == []
    assert outcome.points == 12
    assert before == {p: (p.stat().st_mode, p.stat().st_mtime, p.stat().st_uid, p.read_bytes())
                      for p in before}  # fmt: skip


FORKS = """
import os, signal
born = []
try:
    for n in range(400):
        born.append(os.fork())
        if not born[-1]: signal.pause()
except OSError: print("held")
else: print("broke")
for pid in born: os.kill(pid, 9)
for pid in born: os.waitpid(pid, 0)
"""
STAYS = """
import ctypes, os, time
if os.fork() == 0:
    os.setsid()
    ctypes.CDLL(None).prctl(15, b"mlcourse-stays")
    if os.fork() == 0:
        while True: time.sleep(0.1)
    os._exit(0)
"""


def test_processes_are_counted_and_none_stays(seminar):
    nb = seminar.notebook()
    nb.cells[:0] = [nbformat.v4.new_code_cell(FORKS), nbformat.v4.new_code_cell(STAYS)]
    outcome = seminar.sit(nb)
    assert outcome.points == 12
    assert "an unprivileged user" in outcome.examined.walls
    assert outcome.examined.nb.cells[0].outputs[0].text == "held\n"
    end = time.monotonic() + 10
    while stays() and time.monotonic() < end:
        time.sleep(0.01)
    assert not stays()


def stays():
    """Whether a process that calls itself so is there."""
    for comm in Path("/proc").glob("[0-9]*/comm"):
        try:
            if comm.read_text() == "mlcourse-stays\n":
                return True
        except OSError:
            continue
    return False
