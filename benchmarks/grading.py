"""How fast is a class graded, here and by nbgrader alone?

    python benchmarks/grading.py [--students 200] [--rounds 2]

The class: six NumPy functions, 12 tests, 18 points, a plot in each notebook; a third is right, a
third wrong, a third mixed. In each round every side grades the whole class, one after the other:
`mlcourse grade` with two workers and with one, unmodified `nbgrader autograde`. All marks must
agree. Peak memory is what the machine as a whole had less of meanwhile: let it do nothing else.
Then: how long a sandboxed candidate takes from the request to its first cell.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import numpy as np
from nbgrader.api import Gradebook

from autograder.course import Course, build, put_environment_on_path, write_release
from autograder.desk import lay_out
from autograder.office import Office, Rules
from autograder.submission import read_notebook

PROGRAMS = Path(sys.executable).parent
FUNCTIONS = {  # name → arguments, right, wrong, how it is tested
    "mean_square": ("x", "np.mean(x**2)", "np.mean(x)**2"),
    "center": ("x", "x - np.mean(x)", "x + np.mean(x)"),
    "softmax": ("x", "np.exp(x - x.max()) / np.exp(x - x.max()).sum()", "np.exp(x - x.max())"),
    "relu": ("x", "np.maximum(x, 0)", "np.abs(x)"),
    "outer": ("x", "x[:, None] * x[None, :]", "x * x"),
    "running_sum": ("x", "np.cumsum(x)", "np.cumsum(x[::-1])"),
}
RICH = """import matplotlib.pyplot as plt
plt.plot(np.sin(np.linspace(0, 6, 200)))
plt.title("a wave");"""


def cell(name, source, points=None, solution=False):
    made = nbformat.v4.new_code_cell(source, id=name)
    made.metadata["nbgrader"] = {
        "grade": points is not None, "grade_id": name, "locked": not solution,
        "schema_version": 3, "solution": solution, "task": False,
        **({"points": points} if points is not None else {}),
    }  # fmt: skip
    return made


def assignment():
    cells = [nbformat.v4.new_code_cell("import numpy as np", id="imports")]
    for name, (argument, right, _) in FUNCTIONS.items():
        code = f"    ### BEGIN SOLUTION\n    return {right}\n    ### END SOLUTION"
        call = f"np.testing.assert_allclose({name}(x), {right})"
        data = "import numpy as np\nx = np.array([1.0, -2.0, 3.0])"
        more = "import numpy as np\n### BEGIN HIDDEN TESTS\nx = np.linspace(-2, 3, 50)"
        cells += [
            cell(name, f"def {name}({argument}):\n{code}", solution=True),
            cell(f"{name}-shown", f"{data}\n{call}", points=1),
            cell(f"{name}-hidden", f"{more}\n{call}\n### END HIDDEN TESTS", points=2),
        ]
    cells.append(nbformat.v4.new_code_cell(RICH, id="rich"))
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL})


KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def make_course(root):
    (root / "source" / "hw").mkdir(parents=True)
    nbformat.write(assignment(), root / "source" / "hw" / "hw.ipynb")
    course = Course(root)
    fresh = build(course, "hw")
    write_release(course, fresh, list(fresh))
    return course


def hand_in(course, students):
    """A third of the class is right, a third wrong, a third makes one mistake in two."""
    release = read_notebook(course.path("release", "hw") / "hw.ipynb")
    for number in students:
        nb = nbformat.from_dict(release)
        for i, (name, (argument, right, wrong)) in enumerate(FUNCTIONS.items()):
            is_right = number % 3 == 0 or (number % 3 == 2 and (number // 3 + i) % 2)
            answer = f"def {name}({argument}):\n    return {right if is_right else wrong}"
            next(c for c in nb.cells if c.id == name).source = answer
        folder = course.path("submitted", "hw", f"student-{number:04d}")
        folder.mkdir(parents=True)
        nbformat.write(nb, folder / "hw.ipynb")


def marks(course):
    with Gradebook(course.directory.db_url) as gradebook:
        return {s.student.id: s.score for s in gradebook.find_assignment("hw").submissions}


def available():
    """Megabytes that the machine could still give to programs."""
    (line,) = (s for s in Path("/proc/meminfo").read_text().splitlines() if "MemAvailable" in s)
    return int(line.split()[1]) / 1024


def measured(command, root):
    """The seconds that a command takes, and the megabytes at most."""
    before, least, start = available(), available(), time.perf_counter()
    with (root / "said").open("w+") as said:
        process = subprocess.Popen(
            [str(PROGRAMS / command[0]), *command[1:]], cwd=root, stdout=said, stderr=said
        )
        while process.poll() is None:
            least = min(least, available())
            time.sleep(0.05)
        said.seek(0)
        if process.returncode:
            sys.exit(f"{' '.join(command)}: {said.read()[-3000:]}")
    return time.perf_counter() - start, before - least


SIDES = {
    "mlcourse grade, 2 workers": ["mlcourse", "grade", "hw", "--workers", "2"],
    "mlcourse grade, 1 worker": ["mlcourse", "grade", "hw", "--workers", "1"],
    "nbgrader autograde": ["nbgrader", "autograde", "hw"],
}


def take_turns(folder, n_students, rounds):
    """For each side the seconds of each round, and the megabytes."""
    found = {side: [] for side in SIDES}
    for turn in range(rounds):
        outcomes = []
        for side, command in SIDES.items():
            root = folder / f"{turn}-{command[0]}-{command[-1]}"
            course = make_course(root)
            hand_in(course, range(n_students))
            subprocess.run(
                [str(PROGRAMS / "nbgrader"), "generate_assignment", "hw", "--force"],
                cwd=root, capture_output=True, check=True,
            )  # fmt: skip
            found[side].append(measured(command, root))
            outcomes.append(marks(course))
            shutil.rmtree(root)
            print(f"round {turn + 1}: {side}: {n_students} in {found[side][-1][0]:.1f} s")
        if any(outcome != outcomes[0] for outcome in outcomes):
            sys.exit("the marks differ")
    return found


def start_ups(folder, n):
    """Milliseconds from the request to the end of a first cell, and peak memory in MB."""
    course = make_course(folder / "starts")
    taken = []
    with Office(lay_out(course, "hw"), Rules(), course.root, folder) as office:
        for _ in range(n):
            office.open()
            start = time.perf_counter()
            candidate = office.warm.candidate(12)
            candidate.tell({"run": "1 + 1"}, 10)
            taken.append((time.perf_counter() - start) * 1e3)
            candidate.close()
    return np.percentile(taken, [50, 95])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    put_environment_on_path()
    folder = Path(tempfile.mkdtemp(prefix="grading-"))
    folder.chmod(0o755)
    try:
        found = take_turns(folder, options.students, options.rounds)
        middle, late = start_ups(folder, 100)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    theirs = np.mean(found["nbgrader autograde"], axis=0)[0]
    print(f"{options.students} submissions, {os.cpu_count()} cores, the same marks on all sides")
    for side, rounds in found.items():
        taken, memory = np.mean(rounds, axis=0)
        each, ratio = taken / options.students, theirs / taken
        print(f"  {side:26} {taken:6.1f} s  {each:6.3f} s each  {ratio:5.1f} ×  {memory:5.0f} MB")
    print(f"  a sandboxed candidate's first cell: median {middle:.0f} ms, 95 % {late:.0f} ms")


if __name__ == "__main__":
    main()
