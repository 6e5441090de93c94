"""What the commands show in a terminal: a progress bar, a verdict, a class's table."""

from itertools import groupby
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from autograder import engine
from autograder.course import Course
from autograder.report import ClassResult
from autograder.results import by_question
from autograder.verdict import Verdict

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def run_grading(
    course: Course, assignment: str, students: list[str], **how: Any
) -> list[engine.Graded]:
    """Grade with a progress bar; return the submissions that could not be graded."""
    bar = [TextColumn("grading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()]
    with Progress(*bar, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task("", total=len(students))
        problems = []
        for graded in engine.grade(course, assignment, students, **how):
            if not graded.student:
                err.print(escape(f"mlcourse: {graded.problem}"))
                continue
            progress.advance(task)
            if graded.problem:
                problems.append(graded)
    return problems


def print_verdict(found: Verdict) -> None:
    """A line a question, under it a line for each of its tests that failed, and the sum."""
    for _, group in groupby(found.cells, key=lambda cell: cell.question):
        cells = list(group)
        (row,) = by_question(cells)
        if row.points is None:
            what = row.message or "a person grades it"
            out.print(f"  [yellow]·[/yellow] {escape(row.title):36}  –/{row.max_points:g}  {what}")
            continue
        mark = "[green]✓[/green]" if row.points == row.max_points else "[red]✗[/red]"
        out.print(f"  {mark} {escape(row.title):36} {row.points:2g}/{row.max_points:g}")
        for why, failed in groupby((c for c in cells if c.message), key=lambda c: c.message):
            first, *more = [cell.tests or cell.cell for cell in failed]
            tests = f"{first} (and {len(more)} more)" if more else first
            out.print(f"      [red]{escape(why)}[/red]\n        [dim]{escape(tests)}[/dim]")
    for note in found.notes:
        out.print(f"  [yellow]![/yellow] {escape(note)}")
    by_hand = f"; {found.by_hand:g} more for what a person grades" if found.by_hand else ""
    out.print(f"  {found.points:g} of {found.max_points:g} points{by_hand}")


def print_class(result: ClassResult) -> None:
    """The class's marks as a table."""
    table = Table(title=f"{result.assignment}, {result.max_score:g} points")
    for heading in ("student", "points", "late", "to do"):
        table.add_column(heading, justify="right" if heading == "points" else "left")
    for name, score, manual, late, _ in result.students:
        hours = f"{late / 3600:.1f} h" if late else ""
        table.add_row(escape(name), f"{score:g}", hours, "written answer" if manual else "")
    out.print(table)
