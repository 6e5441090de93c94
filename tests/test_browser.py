"""JupyterLab in a real headless Chromium: lectures run, sliders move, the grader's pages open."""

import shutil

import nbformat
import pytest
from conftest import ROOT, submit
from lab import browser, open_notebook, run_all, server, wait_until
from nbgrader.api import Gradebook, MissingEntry

from autograder import engine
from autograder.course import Course
from autograder.demo import questions

pytestmark = pytest.mark.xdist_group("browser")
LECTURES = sorted(path.name for path in (ROOT / "course").glob("*.ipynb"))
PS6 = "ps6-momentum"


@pytest.fixture(scope="module")
def graded_course(tmp_path_factory):
    """A copy of the course in which one student is right and one mistakes Nesterov's rule."""
    root = tmp_path_factory.mktemp("course")
    for name in ("course", "source", "release"):
        shutil.copytree(ROOT / name, root / name)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    copy = Course(root)
    submit(copy, "right", assignment=PS6)
    asked = next(q for q in questions(PS6) if q.cell == "nesterov-step")
    submit(copy, "wrong", assignment=PS6, **{asked.cell: asked.misconceptions[0].code})
    assert not [g for g in engine.grade(copy, PS6, ["right", "wrong"]) if g.problem]
    return copy


@pytest.fixture(scope="module")
def url(graded_course, chromium, tmp_path_factory):
    with server(graded_course.root, tmp_path_factory.mktemp("home")) as address:
        yield address


@pytest.fixture
def page(chromium):
    with browser(chromium) as window:
        window.faults = []
        window.on("pageerror", lambda error: window.faults.append(str(error)))
        yield window


def scores(course, student):
    """Points a graded cell: {cell: (points, of how many)}."""
    with Gradebook(course.directory.db_url) as gradebook:
        notebook = gradebook.find_submission_notebook(PS6, PS6, student)
        return {g.name: (g.auto_score, g.max_score) for g in notebook.grades}


def test_a_right_submission_loses_nothing_and_a_wrong_one_the_right_question(graded_course):
    right, wrong = scores(graded_course, "right"), scores(graded_course, "wrong")
    by_hand = {name for name, (points, _) in right.items() if points is None}
    assert sum(of for name, (_, of) in right.items() if name in by_hand) in (5, 10)
    assert all(got == of for name, (got, of) in right.items() if name not in by_hand)
    lost = {name for name, (got, of) in wrong.items() if name not in by_hand and got < of}
    assert lost
    assert all("nesterov" in name for name in lost)


@pytest.mark.parametrize("lecture", LECTURES)
def test_a_lecture_runs_in_the_browser_and_its_sliders_move_the_picture(lecture, url, page):
    open_notebook(page, url, f"course/{lecture}")
    assert run_all(page) == []
    page.locator(".jp-OutputArea .noUi-handle").first.wait_for(state="attached", timeout=30_000)
    widgets = page.locator(".jp-OutputArea-output:has(img.widget-image)")
    assert widgets.count() >= 1
    for number in range(widgets.count()):
        assert_a_slider_moves_the_picture(page, widgets.nth(number))
    assert page.faults == []


def assert_a_slider_moves_the_picture(page, widget):
    """Step the sliders by keyboard until one changes the picture (that some do not is a lesson)."""
    picture = widget.locator("img.widget-image").first
    before = picture.get_attribute("src")
    sliders = widget.locator(".noUi-handle")
    for number in range(sliders.count()):
        slider = sliders.nth(number)
        slider.scroll_into_view_if_needed()
        slider.focus()
        at_end = slider.get_attribute("aria-valuenow") == slider.get_attribute("aria-valuemax")
        for _ in range(3):
            page.keyboard.press("ArrowLeft" if at_end else "ArrowRight")
        page.wait_for_timeout(1500)
        if picture.get_attribute("src") != before:
            break
    assert picture.get_attribute("src") != before, f"no slider of {sliders.count()} moves it"
    assert picture.evaluate("img => img.complete && img.naturalWidth") > 100


@pytest.mark.parametrize("lecture", LECTURES)
def test_every_picture_of_a_lecture_has_a_text_alternative(lecture, url, page):
    open_notebook(page, url, f"course/{lecture}")
    run_all(page)
    nb = page.evaluate("() => window.jupyterapp.shell.currentWidget.content.model.toJSON()")
    outputs = [o for c in nb["cells"] for o in c.get("outputs", [])]
    shown = ["".join(o["data"].get("text/html", "")) for o in outputs if "data" in o]
    assert sum("<img" in html and 'alt="' in html for html in shown) >= 1
    assert not [o for o in outputs if "image/png" in o.get("data", {})]


@pytest.mark.parametrize(
    ("student", "verdict"), [("right", "passes all the tests"), ("wrong", "failed")]
)
def test_validate_tells_the_student_how_the_notebook_stands(
    student, verdict, graded_course, url, page
):
    folder = graded_course.root / "mine"
    folder.mkdir(exist_ok=True)
    name = f"{student}.ipynb"
    nb = nbformat.read(graded_course.path("submitted", PS6, student) / f"{PS6}.ipynb", 4)
    nbformat.write(nb, folder / name)
    open_notebook(page, url, f"mine/{name}")
    page.click(".jp-NotebookPanel-toolbar >> text=Validate")
    dialog = page.locator(".jp-Dialog")
    dialog.wait_for(timeout=90_000)
    wait_until(lambda: verdict in dialog.inner_text(), 90, f"the dialog to say {verdict!r}")


def test_formgrader_opens_on_the_graded_submissions(url, page):
    page.goto(url % "lab")  # as a person does: the login counts for the pages that follow
    page.wait_for_selector("#jp-main-dock-panel", timeout=60_000)
    page.goto(url % f"formgrader/gradebook/{PS6}/{PS6}")
    submissions = page.locator("a:has-text('Submission #')")
    submissions.first.wait_for(timeout=30_000)
    assert submissions.count() == 2
    submissions.first.click()
    score = page.locator("input.score")
    score.first.wait_for(timeout=30_000)
    assert score.count() == len(scores_of_both := page.locator(".nbgrader_cell .score").all())
    assert scores_of_both
    assert page.locator("textarea.comment").count() >= 1


def test_formgrader_s_button_grades_through_the_examiner(graded_course, url, page):
    cheat = "def nesterov_step(*a):\n    raise SystemExit"
    submit(graded_course, "cheat", assignment=PS6, **{"nesterov-step": cheat})
    page.goto(url % "lab")
    page.wait_for_selector("#jp-main-dock-panel", timeout=60_000)
    page.goto(url % f"formgrader/manage_submissions/{PS6}")
    row = page.locator("tr:has-text('cheat')")
    row.first.wait_for(timeout=30_000)
    row.first.locator(".autograde a").click()

    def graded():
        try:
            return bool(scores(graded_course, "cheat"))
        except MissingEntry:
            return False

    wait_until(graded, 90, "the gradebook to hold the submission")
    dialog = page.locator(".modal:visible")
    dialog.wait_for(timeout=90_000)
    assert "success" in dialog.inner_text().lower()
    got = scores(graded_course, "cheat")
    assert {name for name, (points, _) in got.items() if points == 0} == {
        name for name in got if name.startswith("test-nesterov")
    }
    folder = graded_course.path("autograded", PS6, "cheat")
    assert "Landlock" in (folder / f"{PS6}.ipynb").read_text()  # which only the examiner notes
