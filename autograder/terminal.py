"""What the commands show in a terminal: a progress bar, a question's line, a class's table."""

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from autograder import engine
from autograder.course import Course
from autograder.report import ClassResult
from autograder.results import CellResult

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def run_grading(
    course: Course, assignment: str, students: list[str], workers: int, timeout: int
) -> list[engine.Graded]:
    """Grade with a progress bar; return the submissions that could not be graded."""
    bar = [TextColumn("grading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()]
    with Progress(*bar, console=err, transient=True) as progress:
        task = progress.add_task("", total=len(students))
        problems = []
        for graded in engine.grade(course, assignment, students, workers=workers, timeout=timeout):
            progress.advance(task)
            if graded.folder is None:
                problems.append(graded)
    return problems


def print_question(row: CellResult) -> None:
    """One line a question: mark, points, and what to look at."""
    if row.points is None:
        out.print(f"  [yellow]·[/yellow] {row.question:28} graded by a person ({row.max_points:g})")
        return
    mark = "[green]✓[/green]" if row.points == row.max_points else "[red]✗[/red]"
    out.print(
        f"  {mark} {row.question:28} {row.points:g}/{row.max_points:g}  {escape(row.message)}"
    )


def print_class(result: ClassResult) -> None:
    """The class's marks as a table."""
    table = Table(title=f"{result.assignment}, {result.max_score:g} points")
    for heading in ("student", "points", "late", "to do"):
        table.add_column(heading, justify="right" if heading == "points" else "left")
    for name, score, manual, late, _ in result.students:
        hours = f"{late / 3600:.1f} h" if late else ""
        table.add_row(escape(name), f"{score:g}", hours, "written answer" if manual else "")
    out.print(table)
