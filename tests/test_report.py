"""The class report: true numbers, readable anywhere, and nothing in it that a student could use."""

import re
from html.parser import HTMLParser

import nbformat
import numpy as np
import pytest
from conftest import cell, notebook, submit
from lab import browser

from autograder import engine, measures, report, tally
from autograder.course import UserError
from autograder.paper import read
from autograder.questions import questions_of
from autograder.tally import ClassResult, Student

pytestmark = pytest.mark.xdist_group("report")

WALLS = ["own processes", "no network"]


def student(name, points, *, mistakes=(), notes=(), code="", walls=WALLS, late=0):
    """A row of a class and its paper: of 10 points in each question, None where a person grades."""
    cells = [part for n, own in enumerate(points, start=1) for part in question(n, own, code)]
    nb = notebook(*cells)
    nb.metadata["mlcourse"] = {"notes": list(notes), "misconceptions": dict(mistakes)}
    if walls is not None:
        nb.metadata["mlcourse"]["walls"] = walls
    paper = read([nb], {})
    score = sum(own or 0 for own in points)
    return Student(name, score, None in points, late, paper.questions), paper


def question(n, own, code):
    """The cells of a question as they are after grading: a test passed, and one failed."""
    yield nbformat.v4.new_markdown_cell(f"## {n} · Question <{n}>")
    if own is None:
        yield cell(f"q{n}", "Because.", kind="markdown", points=10, solution=True)
        return
    yield cell(f"q{n}", code, solution=True)
    if own:
        yield cell(f"test-{n}", "'A test.'", points=own)
    if own < 10:
        failed = cell(f"test-{n}-more", "'Another.'", points=10 - own)
        failed.outputs = [nbformat.v4.new_output("error", ename="AssertionError", evalue="no")]
        yield failed


def class_of(*rows, name="hw", max_score=20.0, common=None):
    students = sorted(row for row, _ in rows)
    papers = {row.name: paper for row, paper in rows}
    return ClassResult(name, max_score, students, [], papers, common or {})


def rows_of(points):
    return class_of(*(student(f"s{i:02d}", own) for i, own in enumerate(points)))


def grade(course, **options):
    return list(engine.grade(course, "hw", engine.pending(course, "hw"), **options))


def test_an_assignment_that_is_not_graded_yet_cannot_be_reported(small_course):
    with pytest.raises(UserError, match="run mlcourse grade hw first"):
        report.collect(small_course, "hw")


def test_the_report_shows_marks_messages_and_who_waits(small_course):
    submit(small_course, "ada")
    submit(small_course, "bob", double="def double(x):\n    return x + 2")
    submit(small_course, "=evil()", double="raise NotImplementedError")
    submit(small_course, "dies", negate="import os; os._exit(1)")
    (submit(small_course, "text") / "hw.ipynb").write_text("dear grader, see my e-mail")
    grade(small_course, workers=2)
    result = report.collect(small_course, "hw")
    page = report.write(result, small_course.root / "reports")
    text = page.read_text()
    assert "4 submissions, mean" in text
    assert "<strong>Not graded:</strong> text." in text
    assert "3 gives 6" in text
    assert "to grade by hand" in text
    assert [q.name for q in tally.questions(result)] == ["double", "negate"]
    assert tally.failures(result) == {
        "double": {"wrong": 1, "error": 1},
        "negate": {"crash": 1},
    }
    assert dict(tally.walls(result))["own processes"] == 4
    rows = page.with_suffix(".csv").read_text().splitlines()
    assert rows[0] == (
        "student,score,max_score,seconds_late,needs_manual,double,negate,explain,"
        "misconceptions,failures,tampering"
    )
    assert "ada,9.0,10.0,0,1,5.0,4.0,,,," in rows
    assert "dies,5.0,10.0,0,1,5.0,0,,,negate: crash," in rows
    assert any(row.startswith("'=evil()") for row in rows)


def test_discrimination_is_the_correlation_with_the_other_questions():
    rng = np.random.default_rng(2)
    ability = rng.normal(size=40)
    points = (ability[:, None] + rng.normal(size=(40, 3)) > 0).astype(float) * [5, 10, 5]
    totals = points.sum(axis=1)
    for i in range(3):
        expected = np.corrcoef(points[:, i], totals - points[:, i])[0, 1]
        assert measures.discrimination(points[:, i], totals) == pytest.approx(expected)
    upside_down = 5 - points[:, 0]
    totals = upside_down + points[:, 1] + points[:, 2]
    r = measures.discrimination(upside_down, totals)
    assert r < 0
    assert "misleads" in measures.reading(upside_down, r)


@pytest.mark.parametrize(
    ("r", "words"), [(0.5, "well"), (0.3, "somewhat"), (0.1, "hardly"), (None, "the same")]
)
def test_a_discrimination_is_read_out_in_words(r, words):
    assert words in measures.reading([0, 1] * 10, r)


def test_what_cannot_be_told_is_not_told():
    assert measures.discrimination([0, 1, 1], [1, 3, 2]) is None
    assert measures.reading([0, 1, 1], None) == "too few students to tell"
    assert measures.discrimination([3] * 12, list(range(12))) is None
    assert measures.discrimination([0, 1] * 6, [5, 6] * 6) is None  # nothing else was asked


def test_marks_are_spread_over_bins_and_quarters():
    bins = measures.histogram([0, 1.9, 2, 10, 11, -1], 10, n_bins=5)
    assert [b.students for b in bins] == [3, 1, 0, 0, 2]
    assert (bins[1].start, bins[1].end) == (2, 4)
    assert sum(b.students for b in measures.histogram([0.0, 3.0], 0)) == 2
    assert measures.spread([1, 2, 3, 4, 10]) == (4, 3, 2, 4)
    assert measures.spread([7]) == (7, 7, 7, 7)


def test_a_question_s_shares_are_those_of_the_class():
    easy, hard = tally.questions(rows_of([(10, 0), (10, 0), (10, 10), (4, 0)]))
    assert (easy.full, easy.part, easy.none) == (0.75, 0.25, 0)
    assert easy.share == pytest.approx(0.85)
    assert (easy.difficulty, hard.difficulty) == ("easy", "hard")
    assert (easy.title, easy.short) == ("1 · Question <1>", "1")


def test_what_waits_for_a_person_is_no_question_in_numbers_yet():
    result = rows_of([(10, None), (0, None)])
    assert [q.name for q in tally.questions(result)] == ["q1"]
    assert "2 wait for a person" in report.html(result)


def test_misconceptions_are_counted_with_their_hints():
    question = questions_of("ps6-momentum")[0]
    name = question.misconceptions[0].name
    result = class_of(
        student("ada", (0, 10), mistakes={"q1": "walks alone"}.items()),
        student("bob", (0, 0), mistakes={"momentum-step": name, "q2": "b"}.items()),
        student("cy", (0, 0), mistakes={"momentum-step": name}.items()),
        name="ps6-momentum",
    )
    first, *_ = tally.mistakes(result)
    assert first == ("momentum-step", name, question.misconceptions[0].hint, ["bob", "cy"])
    said = {(row.question, row.what): row.students for row in tally.messages(result)}
    assert said == {("q1", "no"): ["bob", "cy"], ("q2", "no"): ["cy"]}  # and not what has a name
    page = report.html(result)
    assert page.index(name) < page.index("walks alone")


def test_a_long_list_of_mistakes_says_how_long_it_is():
    rows = [student(f"s{i}", (0,), mistakes={"q1": f"mistake {i:02d}"}.items()) for i in range(20)]
    page = report.html(class_of(*rows, max_score=10.0))
    assert "These are 15 of 20." in page
    assert ("mistake 14" in page, "mistake 15" in page) == (True, False)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("def double(x):\n    while True: pass", "time"),
        ("while True: pass", "time"),
        ("import os\ndef double(x):\n    os._exit(1)", "crash"),
        ("import os\nos._exit(1)", "crash"),
        ("def double(x):\n    return 1 / 0", "error"),
        ("def double(x", "error"),
        ("def double(x):\n    return 0", "wrong"),
        ("def double(x):\n    raise NotImplementedError", "empty"),
    ],
)
def test_failures_are_told_apart_as_the_examiner_leaves_them(examinations, answer, kind):
    hw = examinations("hw")
    nb = hw.sit(hw.notebook(double=answer), seconds=0.7).examined.nb
    assert read([nb], {}).failures == {"double": kind}


def test_an_error_that_cost_no_points_is_no_failure(examinations):
    hw = examinations("hw")
    nb = hw.notebook(double="def double(x):\n    return 2 * x\n1 / 0")
    assert read([hw.sit(nb).examined.nb], {}).failures == {}


def test_tampering_and_missing_walls_stand_in_the_report():
    result = class_of(
        student("ada", (10, 10), notes=["test-1 had been changed: the original was used"]),
        student("bob", (10, 10), walls=["own processes"]),
    )
    page = report.html(result)
    assert "test-1 had been changed: the original was used" in page
    assert 'no network <span class="warn">(for 1 of 2)</span>' in page
    assert "tampering" not in page.split('id="similar"')[0].split('id="failures"')[1]
    clean = report.html(class_of(student("ada", (10, 10)), student("bob", (10, 10), walls=WALLS)))
    assert "No sign of tampering" in clean
    assert "each for all 2 submissions" in clean
    bare = report.html(class_of(student("ada", (10, 10), walls=None)))
    assert "No layer of isolation is on record" in bare


OWN = "def f{n}(a, b):\n    total = {n}\n" + "".join(
    f"    for x in a:\n        total += {i} * x - b\n" for i in range(3)
) + "    return total\n"  # fmt: skip


def test_similar_submissions_are_listed_side_by_side():
    rows = [student(f"s{i}", (10, 10), code=OWN.format(n=i)) for i in range(8)]
    copy = OWN.format(n=3).replace("total", "<script>".strip("<>"))
    result = class_of(*rows, student("zoe", (10, 10), code=copy))
    page = report.html(result)
    assert "s3, zoe" in page
    assert "script += 2 * x - b" in page
    everybody = class_of(*rows, student("zoe", (10, 10), code=copy), common={
        "q1": [OWN.format(n=3)], "q2": [OWN.format(n=3)],
    })  # fmt: skip
    assert "None were found" in report.html(everybody)


HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


def full_page():
    """A class in which every part of the report has something to show."""
    rng = np.random.default_rng(5)
    rows = [
        student(f"student-{i:02d}", (*(int(p) for p in rng.choice([0, 4, 10], 3)), None),
                code=OWN.format(n=i), late=3600 * (i == 3))
        for i in range(24)
    ]  # fmt: skip
    rows += [
        student(HOSTILE, (0, 0, 0, None), mistakes={"q1": HOSTILE}.items(), notes=[HOSTILE]),
        student("x" * 80, (10, 10, 10, None), code=OWN.format(n=2).replace("total", "t")),
    ]
    result = class_of(*rows, max_score=40.0)
    crashed = result.papers["student-03"]
    failed = {**crashed.failures, "q2": "crash"}
    papers = {**result.papers, "student-03": crashed._replace(failures=failed)}
    return report.html(result._replace(papers=papers, not_graded=[HOSTILE]))


VOID = {"meta", "br", "rect", "path"}


class Outline(HTMLParser):
    """The tags of a page, and a complaint for each that is not closed where it should be."""

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.complaints = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID and (not self.open or self.open.pop() != tag):
            self.complaints.append((tag, self.getpos()))

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


def test_the_page_is_one_well_formed_file_that_needs_nothing_else():
    page = full_page()
    outline = Outline(page)
    assert (outline.complaints, outline.open) == ([], [])
    assert not {"script", "link", "img", "iframe", "object", "style src"} & {
        tag for tag, _ in outline.tags
    }
    assert not re.search(r"https?://|url\(|@import|//\w+\.\w", page)
    (policy,) = (m for m in outline.all("meta") if m.get("http-equiv"))
    assert policy["content"].startswith("default-src 'none'")


def test_whoever_reads_with_other_senses_gets_all_of_it():
    outline = Outline(full_page())
    tables = outline.all("table")
    assert len(tables) == len(outline.all("caption")) >= 6
    assert all(th.get("scope") in ("col", "row") for th in outline.all("th"))
    pictures = [svg for svg in outline.all("svg") if svg.get("aria-hidden") != "true"]
    assert len(pictures) == 4  # the histogram, and a bar for each question in numbers
    assert all(svg["role"] == "img" for svg in pictures)
    ids = {attrs["id"] for _, attrs in outline.tags if "id" in attrs}
    for svg in pictures:
        assert svg.get("aria-label") or set(svg["aria-labelledby"].split()) <= ids
    assert {a["href"].removeprefix("#") for a in outline.all("a")} <= ids
    assert next(tag for tag, _ in outline.tags if re.fullmatch(r"h\d", tag)) == "h1"
    assert {attrs.get("tabindex") for tag, attrs in outline.tags if tag in ("pre",)} == {"0"}


def luminance(colour):
    digits = colour.lstrip("#")
    digits = "".join(2 * d for d in digits) if len(digits) == 3 else digits
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_colours_can_be_read_and_told_apart_without_seeing_their_hue(dark):
    style = re.findall(r":root \{([^}]*)\}", full_page())[dark]
    colour = dict(re.findall(r"--(\w+): (#\w+)", style))
    for words in ("ink", "soft", "warn", "full"):
        assert contrast(colour[words], colour["page"]) >= 4.5, words
    for words in ("ink", "soft"):
        assert contrast(colour[words], colour["panel"]) >= 4.5, words
    assert contrast(colour["full"], colour["part"]) >= 1.8
    assert contrast(colour["full"], colour["none"]) >= 3
    assert contrast(colour["part"], colour["none"]) >= 1.3


SMALL = """[...document.querySelectorAll('td, th, p, dd, dt, li, caption, summary')].filter(
  e => e.getClientRects().length && parseFloat(getComputedStyle(e).fontSize) < 14).length"""


@pytest.mark.parametrize(("width", "dark"), [(360, False), (360, True), (1200, False)])
def test_the_page_fits_a_phone_and_a_desk_and_runs_nothing(chromium, tmp_path, width, dark):
    path = tmp_path / "hw.html"
    path.write_text(full_page())
    with browser(chromium, dark=dark) as page:
        said = []
        page.on("console", lambda message: said.append(message.text))
        page.on("dialog", lambda dialog: said.append(dialog.message))
        page.on("request", lambda request: said.append(request.url))
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(path.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") == width
        shown = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (int(re.findall(r"\d+", shown)[0]) < 100) == dark
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Marks"
        assert page.evaluate(SMALL) == 0
        assert said == [path.as_uri()]
