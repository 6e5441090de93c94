"""The commands as a person meets them: what they print, their exit codes, bad input."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from conftest import ROOT, submit

from autograder import demo, doctor
from autograder.cli import main, parser

MLCOURSE = [sys.executable, "-m", "autograder"]


def run(*arguments, cwd=ROOT, env=None):
    return subprocess.run(
        [*MLCOURSE, *map(str, arguments)], cwd=cwd, env=env, capture_output=True, text=True
    )


def says(capsys, *arguments):
    """Run the command here; return its exit code, output and error lines."""
    code = main([str(a) for a in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err.splitlines()


BAD_INPUT = {
    "a missing folder": (["grade", "hw", "--course", "nowhere"], "no folder nowhere"),
    "an unknown assignment": (["grade", "hw7"], "no assignment 'hw7' in"),
    "an unknown assignment to build": (["build", "hw7"], "expected one of: hw"),
    "an unknown assignment to report": (["report", "hw7"], "expected one of: hw"),
    "nothing submitted": (["grade", "hw"], "nothing is submitted: expected notebooks in"),
    "nothing graded": (["report", "hw"], "run mlcourse grade hw first"),
    "a missing notebook": (["check", "gone.ipynb"], "no file gone.ipynb"),
    "a folder for a notebook": (["check", "source"], "source is a folder"),
    "a notebook that is not JSON": (["check", "letter.ipynb"], "is not a Jupyter notebook"),
    "a notebook without metadata": (["check", "plain.ipynb"], "has no nbgrader cells"),
    "a demo without known mistakes": (["demo", "hw"], "no typical mistakes of hw are known"),
    "no lecture": (["lab"], "no lecture in"),
    "no course": (["build", "--course", ""], "no course at or above"),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_costs_one_line_and_a_non_zero_exit(case, small_course, monkeypatch, capsys):
    monkeypatch.chdir(small_course.root if case != "no course" else small_course.root.parent)
    Path("letter.ipynb").write_text("dear grader")
    Path("plain.ipynb").write_text('{"cells":[],"metadata":{},"nbformat":4,"nbformat_minor":5}')
    before = sorted(small_course.root.rglob("*"))
    arguments, message = BAD_INPUT[case]
    code, _, lines = says(capsys, *arguments)
    assert code != 0
    assert len(lines) == 1
    assert message in lines[0]
    kept = set(small_course.root.rglob("*")) - {small_course.root / "gradebook.db"}
    assert kept >= set(before)


@pytest.mark.parametrize("arguments", [["grade"], ["fly"], ["grade", "hw", "--workers", "0"]])
def test_a_wrong_command_line_is_explained(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "usage: mlcourse" in capsys.readouterr().err


def test_every_command_has_a_help_text(capsys):
    commands = next(a for a in parser()._actions if a.choices).choices
    assert set(commands) == {
        "build", "check", "grade", "report", "doctor", "demo", "lab", "hygiene",
    }  # fmt: skip
    for command in commands:
        with pytest.raises(SystemExit) as stop:
            main([command, "--help"])
        assert stop.value.code == 0
        assert len(capsys.readouterr().out) > 150


@pytest.mark.xdist_group("kernels")
def test_grade_shows_the_class_and_report_writes_its_files(small_course, capsys):
    submit(small_course, "ada")
    (submit(small_course, "bob") / "hw.ipynb").write_text("not JSON")
    code, out, err = says(capsys, "grade", "hw", "--course", small_course.root, "--workers", 1)
    assert code == 1
    assert "ada" in out
    assert "written answer" in out
    assert [line for line in err if "bob is not graded" in line]
    code, out, _ = says(capsys, "report", "hw", "--course", small_course.root)
    assert code == 0
    assert all(Path(line).is_file() for line in out.split())
    os.remove(small_course.path("submitted", "hw", "bob") / "hw.ipynb")
    shutil.rmtree(small_course.path("submitted", "hw", "bob"))
    code, out, _ = says(capsys, "grade", "hw", "--course", small_course.root)
    assert (code, "nothing to grade" in out) == (0, True)
    code, _, err = says(capsys, "grade", "hw", "--course", small_course.root, "--student", "eve")
    assert (code, err) == (2, ["mlcourse: no submission of 'eve' for hw"])


@pytest.mark.xdist_group("kernels")
def test_a_locked_gradebook_costs_one_line_and_nothing_that_was_recorded(small_course, capsys):
    at = ["--course", small_course.root]
    submit(small_course, "ada")
    assert says(capsys, "grade", "hw", *at)[0] == 0
    submit(small_course, "bob")
    gradebook = sqlite3.connect(small_course.root / "gradebook.db", isolation_level=None)
    with closing(gradebook) as other:
        other.execute("begin exclusive")
        code, _, err = says(capsys, "grade", "hw", *at)
        assert (code, len(err)) == (2, 1)
        assert "the gradebook cannot be used (database is locked)" in err[0]
        other.execute("rollback")
    code, out, _ = says(capsys, "grade", "hw", *at)
    assert code == 0
    assert "ada" in out
    assert "bob" in out


@pytest.mark.xdist_group("kernels")
def test_check_gives_a_verdict_a_question_and_keeps_nothing(small_course, capsys):
    right = submit(small_course, "ada") / "hw.ipynb"
    before = set(small_course.root.rglob("*"))
    code, out, _ = says(capsys, "check", right, "--course", small_course.root)
    assert code == 0
    assert "9 of 9 points; 1 more for what a person grades" in out
    wrong = submit(small_course, "bob", double="def double(x):\n    return x + 2") / "hw.ipynb"
    renamed = wrong.rename(wrong.with_name("my try.ipynb"))
    code, out, _ = says(capsys, "check", renamed, "--course", small_course.root)
    assert code == 1
    assert [line.strip() for line in out.splitlines() if "/" in line][1:] == [
        "✗ double                                2/5",
        "✓ negate                                4/4",
        "· explain                               –/1  a person grades it",
    ]
    assert "      3 gives 6\n        Twice three.\n" in out
    assert "6 of 9 points" in out
    (small_course.root / "deep").mkdir()
    nested = shutil.copy(renamed, small_course.root / "deep" / "copy.ipynb")
    code, out, _ = says(capsys, "check", nested)  # finds its course upwards
    assert (code, "6 of 9 points" in out) == (1, True)
    new = {wrong.parents[1], wrong.parent, renamed, nested, nested.parent}
    assert set(small_course.root.rglob("*")) - before == new


def test_build_check_names_what_is_stale_and_build_mends_it(small_course, capsys):
    at = ["--course", small_course.root]
    assert says(capsys, "build", "--check", *at)[0] == 0
    (small_course.path("release", "hw") / "hw.ipynb").write_text("edited by hand")
    code, out, err = says(capsys, "build", "--check", *at)
    assert (code, out.split()) == (1, ["stale", "release/hw/hw.ipynb"])
    assert err == ["mlcourse: release/ is stale, run mlcourse build"]
    assert says(capsys, "build", "hw", *at)[0] == 0
    assert says(capsys, "build", "--check", *at)[0] == 0


def test_hygiene_names_the_fault_and_fix_mends_it(small_course, capsys):
    at = ["--course", small_course.root]
    code, _, err = says(capsys, "hygiene", *at)
    assert code == 1
    assert any("expected 100" in line for line in err)
    path = small_course.root / "source" / "hw" / "hw.ipynb"
    path.write_text(path.read_text().replace('"execution_count": null', '"execution_count": 1'))
    assert any("execution count" in line for line in says(capsys, "hygiene", *at)[2])
    code, out, err = says(capsys, "hygiene", "--fix", *at)
    assert "mended" in out
    assert not any("execution count" in line for line in err)


def test_every_entry_point_works_when_the_environment_is_not_activated(small_course):
    """nbgrader calls alembic by name: with a bare PATH it has to be found all the same."""
    bare = {"PATH": "/usr/bin:/bin", "HOME": str(small_course.root)}
    submit(small_course, "ada")
    ours = run("grade", "hw", "--workers", 1, cwd=small_course.root, env=bare)
    assert ours.returncode == 0, ours.stderr
    (small_course.root / "gradebook.db").unlink()
    shutil.copy(ROOT / "nbgrader_config.py", small_course.root)
    for command in (["generate_assignment", "--force"], ["autograde", "--force"]):
        stock = subprocess.run(
            [sys.executable, "-m", "nbgrader", command[0], "hw", *command[1:]],
            cwd=small_course.root, env=bare, capture_output=True, text=True,
        )  # fmt: skip
        assert stock.returncode == 0, stock.stderr
    assert (small_course.root / "gradebook.db").exists()


def test_without_the_packages_for_grading_one_line_says_how_to_get_them():
    code = (
        "import sys; sys.modules['rich'] = None; from autograder.__main__ import main; exit(main())"
    )
    bare = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert bare.returncode == 2
    assert bare.stdout == 'mlcourse: rich is missing: pip install "mlcourse[lab,grade]"\n'
    assert bare.stderr == ""


def test_doctor_says_what_is_missing_and_what_mends_it(monkeypatch):
    monkeypatch.setattr(doctor, "PACKAGES", {"lab": ["jupyterlab", "no-such-package"]})
    found = {finding.what: finding for finding in doctor.findings()}
    assert found["jupyterlab (lab)"].well
    missing = found["no-such-package (lab)"]
    assert (missing.well, missing.mend) == (False, 'pip install "mlcourse[lab]"')
    assert not doctor.program("no-such-program", "nothing", "").well


def test_the_sample_class_has_every_kind_of_student(course, tmp_path):
    sample = demo.make_class(course, "ps6-momentum", 20, tmp_path / "sample")
    handed_in = [
        "".join(p.read_text() for p in sample.path("submitted", "ps6-momentum", s).glob("*.ipynb"))
        for s in sample.submissions("ps6-momentum")
    ]
    assert len(handed_in) == 20
    release = next((ROOT / "release" / "ps6-momentum").glob("*.ipynb")).read_text()
    assert sum(text.strip() == release.strip() for text in handed_in) == 2
    assert any("os._exit" in text for text in handed_in)
    assert any("half_a_function" in text or "never worked" in text for text in handed_in)
    assert len(set(handed_in)) > 10


@pytest.mark.xdist_group("kernels")
def test_demo_grades_for_real_and_names_its_report(course, tmp_path, capsys):
    for name in ("source", "release", "nbgrader_config.py"):
        (tmp_path / name).symlink_to(ROOT / name)
    code, out, _ = says(capsys, "demo", "ps1-perceptron", "--students", 10, "--course", tmp_path)
    assert code == 0
    assert "10 submissions of ps1-perceptron" in out
    assert "is not graded" not in out  # though a cell of student-07's ends its process
    assert "5.0 h" in out  # the tenth was late
    page = Path(out.split("report: ")[1].strip())
    assert "Questions" in page.read_text()
