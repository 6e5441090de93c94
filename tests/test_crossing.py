"""Honest work of every kind gets the verdict that it has in the student's own kernel."""

import sys
from base64 import b64decode

import nbformat
import pytest
from crossing import FOLDER, in_a_plain_shell, read, rounds, source_notebook

from autograder.course import Course
from autograder.demo import solved
from autograder.desk import lay_out
from autograder.office import Office, Rules, at_home

pytestmark = pytest.mark.xdist_group("crossing")

THEMES = {path.stem: read(path.stem) for path in sorted(FOLDER.glob("*.txt"))}
FILES = {"table.csv": b"1,2\n3,4\n", "beside.py": b"def thrice(x):\n    return 3 * x\n"}
VARIANTS = [
    pytest.param(theme, i, k, id=f"{theme}: {case.title}: {variant.kind} {k}")
    for theme, cases in THEMES.items()
    for i, case in enumerate(cases)
    for k, variant in enumerate(case.variants)
]


@pytest.fixture(scope="module")
def plain():
    return in_a_plain_shell(THEMES, FILES)


@pytest.fixture(scope="module")
def monkeypatch():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def office(tmp_path_factory, monkeypatch):
    """A course whose one assignment has a notebook for each theme, in a process made for it."""
    root, folder = tmp_path_factory.mktemp("crossing"), tmp_path_factory.mktemp("office")
    source = root / "source" / "hw"
    source.mkdir(parents=True)
    for name, content in FILES.items():
        (source / name).write_bytes(content)
    for theme, cases in THEMES.items():
        nbformat.write(source_notebook(cases), source / f"{theme}.ipynb")
    desk, rules = lay_out(Course(root), "hw"), Rules(timeout=10)
    monkeypatch.chdir(folder)  # and back in the end
    monkeypatch.setattr(sys, "path", list(sys.path))
    at_home(desk, folder)
    with Office(desk, rules, root, folder) as office:
        office.learn()
        yield office


@pytest.fixture(scope="module")
def graded(office):
    """The verdicts of a theme's rounds, made when first asked for."""
    made = {}

    def of(theme):
        if theme not in made:
            made[theme] = [sit(office, theme, answers) for answers in rounds(THEMES[theme])]
        return made[theme]

    return of


def examined(office, theme, answers):
    """The cells of the executed notebook by name."""
    release = [cell.released for cell in office.desk.exams[theme].cells]
    nb = solved(nbformat.v4.new_notebook(cells=release), answers)
    found = office.examine(theme, nb, office.precedents[theme], {})
    return {cell.id: cell for cell in found.nb.cells}


def errors(cell):
    """The name and the text of each exception that the cell shows."""
    return [[o.ename, o.evalue] for o in cell.get("outputs", []) if o.output_type == "error"]


def sit(office, theme, answers):
    """For each test the error's name and text, or None."""
    cells = examined(office, theme, answers)
    tests = [cell.name for cell in office.desk.exams[theme].cells if cell.is_test]
    return {name: next(iter(errors(cells[name])), None) for name in tests}


def test_the_instructor_s_solutions_pass(office):
    assert office.complaints == []


@pytest.mark.parametrize(("theme", "i", "k"), VARIANTS)
def test_the_verdict_is_that_of_a_plain_shell(graded, plain, theme, i, k):
    case = THEMES[theme][i]
    kind, tests = case.variants[k].kind, case.tests
    here = [graded(theme)[k][name] for name in tests]
    there = [plain[theme][k][name] for name in tests]
    if kind == "refused":
        assert there == [None] * len(tests)
        assert here != there
        return
    assert here == there
    assert (here == [None] * len(tests)) == (kind != "wrong")


def test_figures_are_pictures_in_the_outputs_and_warnings_fail_nothing(office):
    (case,) = [case for case in THEMES["names"] if case.title == "A figure"]
    ((name, answer),) = [(name, text) for name, kind, text in case.cells if kind == "answer"]
    more = 'import warnings\nwarnings.warn("careful")\nprint("drawn")\nplt.plot([1, 2])'
    answers = rounds(THEMES["names"])[0] | {name: f"{answer}\nplt.show()\n{more}\nplt.show()"}
    cells = examined(office, "names", answers)
    shown = cells[name].outputs
    pictures = [b64decode(o.data["image/png"]) for o in shown if "image/png" in o.get("data", {})]
    assert len(pictures) == 2
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)
    said = {o.name: o.text for o in shown if o.output_type == "stream"}
    assert "careful" in said["stderr"]
    assert said["stdout"] == "drawn\n"
    assert [errors(cells[test]) for test in case.tests] == [[]]
