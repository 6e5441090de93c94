"""Run the cells of an assignment in one plain namespace, with other solutions put in."""

import re
import signal
from itertools import groupby

import nbformat

HIDDEN_TESTS = re.compile(r"### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS\n?", re.DOTALL)
SOLUTION = re.compile(r"( *)### BEGIN SOLUTION.*?### END SOLUTION", re.DOTALL)


def graded_cells(notebook, solution):
    """Return the grade_ids of the autograded cells that belong to the solution cell."""
    ids, current = [], None
    for cell in nbformat.read(notebook, as_version=4).cells:
        grading = cell.metadata.get("nbgrader", {})
        if grading.get("solution"):
            current = cell.id
        elif grading.get("grade") and current == solution:
            ids.append(cell.id)
    return ids


def run(
    notebook, replace=None, *, untouched=False, visible_only=False, tries=False, only="", seconds=3
):
    """Return {grade_id: the exception it raised, or None} for each autograded cell.

    `replace` maps ids of cells to other sources; `untouched` leaves the stubs as students
    get them; `visible_only` drops hidden tests; `tries` runs the cells named try-… too;
    `only` runs, of the graded cells, those that stand together with this one, hidden ones last.
    """
    outcomes, namespace = {}, {"__name__": "__main__"}
    cells = [cell for cell in nbformat.read(notebook, as_version=4).cells if _runs(cell, tries)]
    for cell in _together(cells, only) if only else cells:
        source = (replace or {}).get(cell.id, cell.source)
        source = SOLUTION.sub(r"\1raise NotImplementedError()", source) if untouched else source
        source = HIDDEN_TESTS.sub("", source) if visible_only else source
        error = _error(source, cell.id, namespace, seconds)
        if cell.metadata.get("nbgrader", {}).get("grade"):
            outcomes[cell.id] = error
        elif error:
            raise error
    return outcomes


def _runs(cell, tries):
    return cell.cell_type == "code" and (tries or not cell.id.startswith("try-"))


def _together(cells, only):
    """The cells with one group of tests, in the examiner's order."""
    for is_test, group in groupby(cells, lambda c: c.metadata.get("nbgrader", {}).get("grade")):
        found = list(group)
        if not is_test:
            yield from found
        elif only in {cell.id for cell in found}:
            yield from sorted(found, key=lambda cell: bool(HIDDEN_TESTS.search(cell.source)))


def _error(source, name, namespace, seconds):
    def give_up(*_):
        raise TimeoutError(f"no end after {seconds} s: {source.splitlines()[0]}")

    signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        exec(compile(source, name, "exec"), namespace)  # tests run only what the course wrote
    except Exception as error:
        return error
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return None
