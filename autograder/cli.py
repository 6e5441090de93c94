"""The command mlcourse: build, check, grade, report, doctor, demo, lab, hygiene."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.markup import escape
from sqlalchemy.exc import OperationalError

from autograder import course as courses
from autograder import demo, doctor, engine, hygiene, report, verdict
from autograder.course import Course, UserError, find_course
from autograder.office import START, Rules
from autograder.terminal import err, out, print_class, print_verdict, run_grading


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code. The user's mistakes cost one line, no traceback."""
    options = parser().parse_args(arguments)
    try:
        return options.run(options)
    except UserError as error:
        err.print(f"mlcourse: {escape(str(error))}")
        return 2
    except OperationalError as error:
        err.print(
            f"mlcourse: the gradebook cannot be used ({escape(str(error.orig))}): close what holds "
            "it and run the command again; what was recorded is kept"
        )
        return 2
    except KeyboardInterrupt:
        err.print("mlcourse: interrupted; what was finished is kept, the same command goes on")
        return 130


def build(options: argparse.Namespace) -> int:
    """Build release/ from source/, or name what is stale."""
    course, total = course_of(options), 0
    for assignment in chosen(course, options.assignments):
        fresh = courses.build(course, assignment)
        changed = courses.stale(course, assignment, fresh)
        total += len(changed)
        for path in changed:
            out.print(f"{'stale' if options.check else 'wrote'}  {path}")
        if not options.check:
            courses.write_release(course, fresh, changed)
        if not changed:
            out.print(f"fresh  release/{assignment}")
    if options.check and total:
        err.print("mlcourse: release/ is stale, run mlcourse build")
    return int(options.check and total > 0)


def check(options: argparse.Namespace) -> int:
    """Tell a student how their notebooks stand."""
    complete = True
    for path in options.notebooks:
        course = course_of(options, Path(path).parent)
        with out.status(f"running {path} …"):
            found = verdict.check(course, Path(path), rules(options))
        out.print(f"\n[bold]{escape(str(path))}[/bold]")
        print_verdict(found)
        complete = complete and found.points == found.max_points
    return 0 if complete else 1


def grade(options: argparse.Namespace) -> int:
    """Grade what lies in submitted/ and record it in the gradebook."""
    course = course_of(options)
    course.require(options.assignment)
    students = wanted(course, options)
    if not students:
        out.print(f"nothing to grade: every submission of {options.assignment} is graded")
        return 0
    how = {"workers": options.workers, "scheduler": options.scheduler, "rules": rules(options)}
    problems = run_grading(course, options.assignment, students, **how)
    print_class(report.collect(course, options.assignment))
    for graded in problems:
        err.print(f"mlcourse: {graded.student} is not graded: {escape(graded.problem)}")
    return 1 if problems else 0


def make_report(options: argparse.Namespace) -> int:
    """Write the class report."""
    course = course_of(options)
    course.require(options.assignment)
    page = report.write(report.collect(course, options.assignment), course.root / "reports")
    out.print(f"{page}\n{page.with_suffix('.csv')}")
    return 0


def diagnose(options: argparse.Namespace) -> int:
    """Say what is installed and what is missing."""
    findings = list(doctor.findings())
    for what, well, seen, mend in findings:
        mark = "[green]✓[/green]" if well else "[red]✗[/red]"
        out.print(f"{mark} {escape(what):38} {escape(seen)}")
        if not well:
            out.print(f"    → {escape(mend)}")
    return int(any(not f.well for f in findings if ":" not in f.what and "browser" not in f.what))


def show_demo(options: argparse.Namespace) -> int:
    """Grade a sample class for real and name the report."""
    course = course_of(options)
    assignment = options.assignment or course.assignments()[-1]
    sample = demo.make_class(course, assignment, options.students, course.root / ".mlcourse/demo")
    students = sample.submissions(assignment)
    out.print(f"{len(students)} submissions of {assignment} in {sample.root}")
    how = {"workers": options.workers, "rules": rules(options)}
    problems = run_grading(sample, assignment, students, **how)
    result = report.collect(sample, assignment)
    print_class(result)
    for graded in problems:
        out.print(f"{graded.student} is not graded: {escape(graded.problem)}")
    out.print(f"report: {report.write(result, sample.root / 'reports')}")
    return 0


def lab(options: argparse.Namespace) -> int:
    """Open JupyterLab on the first lecture."""
    course = course_of(options)
    lectures = sorted((course.root / "course").glob("*.ipynb"))
    if not lectures:
        raise UserError(f"no lecture in {course.root / 'course'}: run this in the course's folder")
    os.chdir(course.root)
    start = f"--LabApp.default_url=/lab/tree/course/{lectures[0].name}"
    # Settings of ours: nobody is asked about news, nothing is looked up on the network.
    settings = f"--LabApp.app_settings_dir={Path(__file__).parent / 'lab_settings'}"
    # In a container one is root; the server listens on this machine only and asks for its token.
    root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    jupyter = [sys.executable, "-m", "jupyterlab", start, settings, *root, *options.jupyter]
    os.execv(sys.executable, jupyter)


def check_hygiene(options: argparse.Namespace) -> int:
    """Name every rule that a notebook breaks; with --fix mend what can be mended."""
    course = course_of(options)
    paths = [Path(p) for p in options.notebooks] or [
        path
        for folder in ("course", "source")
        for path in sorted((course.root / folder).rglob("*.ipynb"))
        if ".ipynb_checkpoints" not in path.parts
    ]
    total = 0
    for path in paths:
        if options.fix and hygiene.fix(path):
            out.print(f"mended {path}")
        for complaint in hygiene.complaints(path):
            total += 1
            err.print(escape(f"{path}: {complaint}"))
    return int(total > 0)


def rules(options: argparse.Namespace) -> Rules:
    """How submissions are examined."""
    return Rules(timeout=options.timeout, isolation=options.isolation, start=options.start)


def course_of(options: argparse.Namespace, *starts: Path) -> Course:
    """The course that --course names, or else the nearest one at or above here."""
    return Course(options.course) if options.course else find_course(*starts, Path())


def chosen(course: Course, names: list[str]) -> list[str]:
    """The named assignments, or all of them."""
    for name in names:
        course.require(name)
    if not course.assignments():
        raise UserError(f"no assignment in {course.root}: there is no notebook under source/")
    return names or course.assignments()


def wanted(course: Course, options: argparse.Namespace) -> list[str]:
    """The students to grade: the one who was named, those whose work is new, or all."""
    students = course.submissions(options.assignment)
    if not students:
        where = course.path("submitted", options.assignment, "STUDENT")
        raise UserError(f"nothing is submitted: expected notebooks in {where}")
    if options.student:
        if options.student not in students:
            raise UserError(f"no submission of {options.student!r} for {options.assignment}")
        return [options.student]
    return students if options.force else engine.pending(course, options.assignment)


def parser() -> argparse.ArgumentParser:
    """The command line, with a help text for each command."""
    top = argparse.ArgumentParser(prog="mlcourse", description=__doc__)
    top.add_argument("--version", action="version", version=f"mlcourse {version()}")
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, run: Callable, help: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help, description=help)
        sub.add_argument(
            "--course",
            metavar="DIR",
            help="course directory (default: the nearest at or above here)",
        )
        sub.set_defaults(run=run)
        return sub

    sub = command("build", build, "release/ from source/")
    sub.add_argument("assignments", nargs="*", metavar="ASSIGNMENT", help="default: all")
    sub.add_argument("--check", action="store_true", help="write nothing, name stale files, exit 1")

    sub = command("check", check, "how a notebook stands: points and hints a question")
    sub.add_argument("notebooks", nargs="+", metavar="NOTEBOOK")
    limits(sub)

    sub = command("grade", grade, "grade what lies in submitted/ into the gradebook")
    sub.add_argument("assignment", metavar="ASSIGNMENT")
    sub.add_argument("--student", metavar="ID", help="this submission only, graded or not")
    sub.add_argument("--force", action="store_true", help="also what is graded already")
    sub.add_argument("--scheduler", metavar="ADDRESS", help="examine on a Dask cluster")
    limits(sub, workers=True)

    sub = command("report", make_report, "class report: reports/ASSIGNMENT.html and .csv")
    sub.add_argument("assignment", metavar="ASSIGNMENT")

    command("doctor", diagnose, "what is installed, what is missing, what mends it")

    sub = command("demo", show_demo, "grade a sample class for real")
    sub.add_argument("assignment", nargs="?", metavar="ASSIGNMENT")
    sub.add_argument("--students", type=at_least_one, default=30, metavar="N")
    limits(sub, workers=True)

    sub = command("lab", lab, "JupyterLab on the first lecture")
    sub.add_argument("jupyter", nargs="*", metavar="-- OPTION", help="passed on to JupyterLab")

    sub = command("hygiene", check_hygiene, "the rules that notebooks in git keep")
    sub.add_argument("notebooks", nargs="*", metavar="NOTEBOOK", help="default: all")
    sub.add_argument("--fix", action="store_true", help="mend what a machine can mend")
    return top


def limits(sub: argparse.ArgumentParser, workers: bool = False) -> None:
    """Options that bound the execution of notebooks."""
    sub.add_argument(
        "--timeout",
        type=at_least_one,
        default=30,
        metavar="S",
        help="seconds a cell may run (default 30)",
    )
    sub.add_argument(
        "--isolation",
        choices=["full", "process"],
        default="full",
        help="process: grade even where no sandbox can be had (default full: refuse)",
    )
    sub.add_argument(
        "--start",
        choices=["warm", "cold"],
        default=START,
        help=f"cold: a new Python for each candidate, none is forked (default {START})",
    )
    if workers:
        cores = os.cpu_count() or 1
        sub.add_argument(
            "--workers",
            type=at_least_one,
            default=cores,
            metavar="N",
            help=f"submissions at a time (default {cores})",
        )


def at_least_one(text: str) -> int:
    """A whole number ≥ 1 from the command line."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"got {text!r}, expected a whole number ≥ 1")
    return int(text)


def version() -> str:
    """The installed version of the course."""
    from importlib.metadata import version

    return version("mlcourse")
