"""Record what came out in nbgrader's gradebook: one writer, one transaction a submission."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Self

from nbformat import NotebookNode
from nbgrader.api import Course as CourseRow
from nbgrader.api import (
    Gradebook,
    SubmittedAssignment,
    SubmittedNotebook,
    get_alembic_version,
)
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_solution, is_task
from sqlalchemy import text

from autograder.course import Course

INDEXED = {
    "submitted_notebook": "assignment_id",
    "grade": "notebook_id",
    "comment": "notebook_id",
}


class Ledger:
    """The gradebook of a course, open for recording.

    Recorded is what nbgrader's own SaveAutoGrades and AssignLatePenalties would record: scores
    of the tests, which answers wait for a person, late penalties. Marks, comments and extra
    credit that a person gave stay.
    """

    def __init__(self, course: Course) -> None:
        self.gradebook = Gradebook(course.directory.db_url, course.directory.course_id)
        self._index()
        self.penalties = AssignLatePenalties(config=course.config)
        self.penalties.init_plugin()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.gradebook.close()

    def record(
        self,
        assignment: str,
        student: str,
        when: datetime | None,
        executed: dict[str, NotebookNode],
    ) -> None:
        """Record a submission's executed notebooks; one that was not handed in earns nothing."""
        with self._transaction():
            self.gradebook.update_or_create_student(student)
            stamp = {"timestamp": when} if when else {}
            submission = self.gradebook.update_or_create_submission(assignment, student, **stamp)
            for notebook in submission.notebooks:
                if nb := executed.get(notebook.name):
                    _save(notebook, nb)
                else:
                    _save_missing(notebook)
                self._penalize(submission, notebook)

    def _penalize(self, submission: SubmittedAssignment, notebook: SubmittedNotebook) -> None:
        notebook.late_submission_penalty = None
        seconds = submission.total_seconds_late
        if seconds > 0:
            self.gradebook.db.flush()
            self.gradebook.db.expire(notebook, ["score"])
            plugin, student = self.penalties.plugin_inst, submission.student.id
            penalty = plugin.late_submission_penalty(student, notebook.score, seconds)
            if penalty is not None:
                penalty = self.penalties._check_late_penalty(notebook, penalty)
            notebook.late_submission_penalty = penalty

    def _index(self) -> None:
        """Let a submission's marks be found without reading those of all others."""
        for table, column in INDEXED.items():
            name = f"mlcourse_{table}_{column}"
            self.gradebook.db.execute(
                text(f"CREATE INDEX IF NOT EXISTS {name} ON {table} ({column})")
            )
        self.gradebook.db.commit()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Let nbgrader's many commits be one: a submission is recorded whole or not at all."""
        session = self.gradebook.db
        session.commit = session.flush
        try:
            yield
        except BaseException:
            session.rollback()
            raise
        finally:
            del session.commit
        session.commit()
        session.expunge_all()  # or the session would remember every submission of the class


def complete(url: str, course_id: str) -> None:
    """Finish a gradebook that nbgrader itself began, or was killed while it did.

    It makes all tables, and only then notes their version, without which it cannot go on. And
    of a course without a name it makes no row, which only SQLite lets pass.
    """
    with Gradebook(url) as gradebook:  # raises OperationalError if another program holds it
        gradebook.db.execute(
            text("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL)")
        )
        known = gradebook.db.execute(text("SELECT count(*) FROM alembic_version")).scalar()
        if not known and not gradebook.assignments and not gradebook.students:
            insert = text("INSERT INTO alembic_version VALUES (:version)")
            gradebook.db.execute(insert, {"version": get_alembic_version()})
        if not url.startswith("sqlite") and not gradebook.db.get(CourseRow, course_id):
            gradebook.db.add(CourseRow(id=course_id))
        gradebook.db.commit()


def _save(notebook: SubmittedNotebook, nb: NotebookNode) -> None:
    cells = {c.metadata.nbgrader.grade_id: c for c in nb.cells if "nbgrader" in c.metadata}
    for grade in notebook.grades:
        cell = cells.get(grade.name)
        if cell is not None and is_grade(cell):
            grade.auto_score, _ = determine_grade(cell)
            by_hand = grade.manual_score is not None or grade.auto_score is None
            grade.needs_manual_grade = by_hand
    for comment in notebook.comments:
        cell = cells.get(comment.name)
        if cell is not None and (is_solution(cell) or is_task(cell)):
            untouched = cell.metadata.nbgrader.get("checksum") == compute_checksum(cell)
            comment.auto_comment = "No response." if untouched and not is_task(cell) else None


def _save_missing(notebook: SubmittedNotebook) -> None:
    for grade in notebook.grades:
        grade.auto_score, grade.needs_manual_grade = 0, False
