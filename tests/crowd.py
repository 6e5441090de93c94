"""A class of thousands with simulated examiners: what the process that records takes for it.

python crowd.py COURSE N prints, as JSON, its peak memory in MB, the CPU seconds of the first and
of the last tenth of the class, and how many submissions it recorded.
"""

import json
import os
import sys
from concurrent.futures import Future
from pathlib import Path
from time import process_time

import nbformat

from autograder import engine
from autograder.course import Course
from autograder.office import Result
from autograder.scratch import scratch_folder


class Simulated:
    """An examiner who finds in every submission what the given notebook shows."""

    def __init__(self, executed: Path) -> None:
        self.text, self.asked = executed.read_text(), list[str]()

    def __call__(self, submission) -> Future:
        self.asked.append(submission.student)
        future: Future = Future()
        notebooks = {"hw": nbformat.reads(self.text, as_version=4)}
        future.set_result(Result(submission.student, notebooks))
        return future


def record(course: Course, students: list[str], examine: Simulated) -> list[engine.Graded]:
    """Record the students' submissions as if they had been examined."""
    with scratch_folder(course.root) as scratch:
        engine.register(course, "hw", scratch / "registered")
        return list(engine.record(course, "hw", students, examine, 2, scratch))


def crowd(course: Course, n: int) -> list[str]:
    """Hand in what ada handed in, n times."""
    students = [f"student-{number:05d}" for number in range(n)]
    for student in students:
        folder = course.path("submitted", "hw", student)
        folder.mkdir(parents=True)
        os.link(course.path("submitted", "hw", "ada") / "hw.ipynb", folder / "hw.ipynb")
    return students


def main() -> None:
    course, n = Course(sys.argv[1]), int(sys.argv[2])
    students, seconds = crowd(course, n), [process_time()]
    examine = Simulated(course.path("autograded", "hw", "ada") / "hw.ipynb")
    with scratch_folder(course.root) as scratch:
        engine.register(course, "hw", scratch / "registered")
        for _ in engine.record(course, "hw", students, examine, 2, scratch):
            seconds.append(process_time())
    tenth = n // 10
    status = Path("/proc/self/status").read_text()
    found = {
        "peak": int(status.split("VmHWM:")[1].split()[0]) / 1024,
        "first": seconds[tenth + 1] - seconds[1],
        "last": seconds[-1] - seconds[-1 - tenth],
        "recorded": len(seconds) - 1,
        "pending": len(engine.pending(course, "hw")),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
