"""Name the known mistake behind a failed test: the one that gives the student's answers.

A wrong function is compared with each misconception of its question, on all that the tests of
the notebook asked it. That happens in a fork with a bounded time, so it can change no mark; the
student's code is not run again, only its answers are used.
"""

import contextlib
import io
import json
import os
import resource
import signal
import symtable
import time
import warnings
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise, takewhile
from typing import NamedTuple

from nbformat import NotebookNode

from autograder.exam import Exam, grade_id
from autograder.names import names, python
from autograder.questions.form import Question
from autograder.record import Call, Record
from autograder.rehearsal import Rehearsal, remembers, repeats, same

SECONDS, SLICE = 2.0, 0.2  # of work: for all of it, for one misconception in one test
PATIENCE = 15  # seconds by the clock, where the machine is busy with other things
MEMORY = 2 << 30


class Suspect(NamedTuple):
    """A question whose function failed a test: its cell's place, and its calls test by test."""

    question: Question
    place: int
    calls: dict[str, list[Call]]

    def unwritten(self) -> bool:
        """Whether there is nothing to compare yet."""
        calls = (call for calls in self.calls.values() for call in calls)
        return any((call.how, call.value) == ("raised", "NotImplementedError") for call in calls)

    def fickle(self) -> bool:
        """Whether the same call, made again, had another answer."""
        return any(
            same((a.args, a.kwargs), (b.args, b.kwargs)) and not same(a.value, b.value)
            for calls in self.calls.values()
            for a, b in pairwise(calls)
        )


class Finding(NamedTuple):
    """The tests in which a function is wrong, and which misconception has the same answers."""

    question: str
    wrong: list[str]
    misconception: int | None


def name_mistakes(
    exam: Exam, nb: NotebookNode, records: dict[str, Record], questions: Sequence[Question]
) -> None:
    """Add the name and hint of each recognised misconception to an examined notebook.

    The failed tests tell the student, nb.metadata["mlcourse"]["misconceptions"] tells the report.
    """
    errors = dict(_errors(nb, records))
    found = {f.question: f for f in findings(exam, suspects(exam, records, questions, errors))}
    wrong = {question for question, finding in found.items() if finding.wrong}
    for question in questions:
        finding = found.get(question.cell)
        if finding is None or finding.misconception is None:
            continue
        if leans_on(exam, nb, question.cell) & (wrong - {question.cell}):
            continue  # the mistake is made elsewhere, and only seen here
        name, hint, _ = question.misconceptions[finding.misconception]
        nb.metadata.setdefault("mlcourse", {}).setdefault("misconceptions", {})
        nb.metadata["mlcourse"]["misconceptions"][question.cell] = name
        for test in errors.keys() & set(finding.wrong):
            tell(errors[test], name, hint)


def tell(error: NotebookNode, name: str, hint: str) -> None:
    """Add what a misconception is called to a test's message, unless its hint stands there."""
    if hint in error.evalue:
        return
    stop = "" if hint.endswith((".", "?", "!")) else "."
    said = f"This looks like “{name}”: {hint}{stop}"
    error.evalue = f"{error.evalue} {said}".strip()
    error.traceback[-1] = f"{error.ename}: {error.evalue}"


def suspects(
    exam: Exam,
    records: dict[str, Record],
    questions: Sequence[Question],
    failed: dict[str, NotebookNode],
) -> list[Suspect]:
    """The questions whose functions were called in a failed test, with all of their calls."""
    known = {question.cell: question for question in questions}
    found: dict[str, Suspect] = {}
    for test, record in records.items():
        for call in record.calls:
            owner = exam.owner(call.name, exam.place(test))
            cell = exam.cells[owner].name if owner is not None else ""
            if owner is not None and cell in known:
                suspect = found.setdefault(cell, Suspect(known[cell], owner, {}))
                suspect.calls.setdefault(test, []).append(call)
    return [s for s in found.values() if s.calls.keys() & failed.keys() and not s.unwritten()]


def findings(exam: Exam, suspected: list[Suspect]) -> Iterator[Finding]:
    """Compare in a fork, and yield what it found until its time was over."""
    if not suspected:
        return
    reading, writing = os.pipe()
    try:
        with warnings.catch_warnings(action="ignore"):  # that threads do not survive a fork
            child = os.fork()
    except OSError:  # no more processes: then there are no names, which costs nobody a point
        os.close(reading)
        os.close(writing)
        return
    if not child:
        try:
            os.close(reading)
            _bound_yourself()
            with os.fdopen(writing, "w", buffering=1) as out:
                for finding in compare(exam, suspected):
                    out.write(json.dumps(finding) + "\n")
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as lines:
        for line in lines:
            if line.endswith("\n"):
                yield Finding(*json.loads(line))
    os.waitpid(child, 0)


def _bound_yourself() -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, most))
    warnings.simplefilter("ignore")


def compare(exam: Exam, suspected: list[Suspect]) -> Iterator[Finding]:
    """For each suspect: where it differs from the reference, and which misconception it is."""
    end = time.process_time() + SECONDS
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        contextlib.suppress(TimeoutError),
    ):
        for suspect in suspected:
            reference = exam.cells[suspect.place].source
            wrong = [t for t in suspect.calls if not acts_like(exam, suspect, reference, t, end)]
            tests = [*wrong, *(t for t in suspect.calls if t not in wrong)]
            alike = (
                i
                for i, known in enumerate(suspect.question.misconceptions)
                if all(acts_like(exam, suspect, known.code, test, end) for test in tests)
            )
            yield Finding(suspect.question.cell, wrong, next(alike, None) if wrong else None)


def acts_like(exam: Exam, suspect: Suspect, code: str, test: str, end: float) -> bool:
    """Whether the code in the place of the answer does in a test all that the student's did."""
    if time.process_time() + SLICE > end:
        raise TimeoutError
    calls, place = suspect.calls[test], exam.place(test)
    rehearsal = Rehearsal(exam, place, suspect.place, code)
    if repeats(rehearsal, calls, SLICE):
        return True
    earlier = takewhile(lambda other: other != test, suspect.calls)
    together = [other for other in earlier if exam.together(other, test)]
    if not (suspect.fickle() and remembers(rehearsal, calls[0], SLICE)):
        return False
    if exam.answered(test) != suspect.place:
        return True  # what another question's functions had it do there, nobody knows
    for tried in (False, True):  # the given cells that try the function may have been deleted
        experienced = Rehearsal(exam, place, suspect.place, code)
        if tried:
            experienced.live_through(suspect.place, calls[0].name)
        experienced.hear([call for other in together for call in suspect.calls[other]], SLICE)
        if repeats(experienced, calls, SLICE):
            return True
    return False


def leans_on(exam: Exam, nb: NotebookNode, answer: str) -> set[str]:
    """The answers whose names the student's code in an answer uses."""
    source = next((cell.source for cell in nb.cells if grade_id(cell) == answer), "")
    try:
        used = set(_globals(symtable.symtable(python(source), "answer", "exec")))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    return {cell.name for cell in exam.cells if cell.is_answer and names(cell.source).bound & used}


def _globals(table: symtable.SymbolTable) -> Iterator[str]:
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (symbol.is_global() or table.get_type() == "module"):
            yield symbol.get_name()
    for inner in table.get_children():
        yield from _globals(inner)


def _errors(nb: NotebookNode, tests: Collection[str]) -> Iterator[tuple[str, NotebookNode]]:
    for cell in nb.cells:
        for output in cell.get("outputs", []) if grade_id(cell) in tests else []:
            if output.output_type == "error":
                yield grade_id(cell), output
