"""A course directory: its assignments, where things lie, and release/ built from source/."""

import glob
import os
import re
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import capture_log, is_ignored
from sqlalchemy.exc import SAWarning
from traitlets.config import Config, LoggingConfigurable, PyFileConfigLoader

# nbgrader 0.9 reads half-added submissions; SQLAlchemy says so each time, and it is harmless.
warnings.filterwarnings("ignore", category=SAWarning, message="Object of type <Submitted")


class UserError(Exception):
    """What the user can mend: one line that says what was got, expected, and what to do."""


class Course:
    """An nbgrader course directory, laid out as its nbgrader_config.py says."""

    def __init__(self, root: str | Path = ".") -> None:
        self.root = Path(root).resolve()
        if not self.root.is_dir():
            raise UserError(f"no folder {root}: expected a course directory that holds source/")
        put_environment_on_path()
        self.config = Config()
        if (self.root / "nbgrader_config.py").is_file():
            self.config = PyFileConfigLoader("nbgrader_config.py", str(self.root)).load_config()
        self.config.CourseDirectory.root = str(self.root)
        self.directory = CourseDirectory(config=self.config)

    def path(self, step: str, assignment: str, student: str = ".") -> Path:
        """Where nbgrader keeps the assignment in the folder of `step`, e.g. "submitted"."""
        folder = getattr(self.directory, f"{step}_directory")
        return Path(os.path.normpath(self.directory.format_path(folder, student, assignment)))

    def assignments(self) -> list[str]:
        """The assignments that have a notebook in source/, by name."""
        return sorted({p.parent.name for p in self.path("source", "x").parent.glob("*/*.ipynb")})

    def require(self, assignment: str) -> None:
        """Raise UserError that names the assignments there are if this is none of them."""
        known = self.assignments()
        if assignment not in known:
            there = ", ".join(known) or "none: there is no notebook under source/"
            raise UserError(
                f"no assignment {assignment!r} in {self.root}, expected one of: {there}"
            )

    def notebooks(self, assignment: str) -> list[str]:
        """The notebooks of the assignment in source/, by name without .ipynb."""
        return sorted(p.stem for p in self.path("source", assignment).glob("*.ipynb"))

    def submissions(self, assignment: str) -> list[str]:
        """The students who have a folder in submitted/ for the assignment, by name."""
        format_path, folder = self.directory.format_path, self.directory.submitted_directory
        found = glob.glob(format_path(folder, "*", glob.escape(assignment)))
        pattern = format_path(folder, "(?P<student>.*)", re.escape(assignment), escape=True)
        return sorted(m["student"] for path in found if (m := re.fullmatch(pattern, path)))


def find_course(*starts: Path) -> Course:
    """The nearest course directory at or above one of the folders, in their order."""
    for start in starts:
        for folder in [start.resolve(), *start.resolve().parents]:
            if (folder / "nbgrader_config.py").is_file() or (folder / "source").is_dir():
                return Course(folder)
    raise UserError(
        f"no course at or above {starts[-1].resolve()}: expected a folder that holds source/; "
        "go there, or name it with --course DIR"
    )


def put_environment_on_path() -> None:
    """Let programs that nbgrader calls by name (alembic) be found without activation."""
    here, path = str(Path(sys.executable).parent), os.environ.get("PATH", "")
    if here not in path.split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([here, path])


def copy_course(course: Course, assignment: str, to: Path) -> Course:
    """A scratch course in the folder `to`: same configuration, source/ of one assignment."""
    to.mkdir(parents=True, exist_ok=True)
    if (course.root / "nbgrader_config.py").is_file():
        shutil.copy(course.root / "nbgrader_config.py", to)
    scratch = Course(to)
    scratch.directory.db_url = f"sqlite:///{scratch.root}/gradebook.db"  # whatever it says
    shutil.copytree(course.path("source", assignment), scratch.path("source", assignment))
    return scratch


def generate(course: Course, assignment: str) -> None:
    """Run nbgrader's generate_assignment: release/ from source/, cells into the gradebook."""
    outcome = run(GenerateAssignment, course, assignment, ".")
    if outcome:
        raise UserError(f"source/{assignment} cannot be released: {outcome}")


def run(converter: type, course: Course, assignment: str, student: str) -> str:
    """Run an nbgrader converter; return "" or the line that says what went wrong."""
    course.directory.assignment_id, course.directory.student_id = assignment, student
    app: LoggingConfigurable = converter(
        coursedir=course.directory, config=course.config, force=True
    )
    app.log.propagate = False
    outcome = capture_log(app)
    if outcome["success"]:
        return ""
    return _reason(outcome.get("log", "") + outcome["error"])


def _reason(log: str) -> str:
    """The line of an nbgrader log that says what went wrong: the exception, if it names one."""
    log = re.sub(r"\x1b\[[0-9;]*m", "", log)
    raised = re.findall(r"^ *(?:[\w.]+\.)?(\w+(?:Error|Exception): .+)$", log, re.MULTILINE)
    errors = re.findall(r"\[ERROR\] (.+)", log)
    return [*errors, *(line for line in raised if "NbGraderException" not in line)][-1]


def build(course: Course, assignment: str) -> dict[Path, bytes]:
    """Return what release/ holds for the assignment: path relative to the course → content."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = copy_course(course, assignment, Path(folder))
        generate(scratch, assignment)
        return {
            path.relative_to(scratch.root): path.read_bytes()
            for path in _files(scratch, assignment)
        }


def stale(course: Course, assignment: str, fresh: dict[Path, bytes]) -> list[Path]:
    """The files of release/ that differ from `fresh`, are missing from it, or too many."""
    present = {path.relative_to(course.root) for path in _files(course, assignment)}
    different = {p for p in present & fresh.keys() if (course.root / p).read_bytes() != fresh[p]}
    return sorted(different | (present ^ fresh.keys()))


def write_release(course: Course, fresh: dict[Path, bytes], changed: list[Path]) -> None:
    """Bring the `changed` files of release/ to what `fresh` says."""
    for path in changed:
        target = course.root / path
        if path in fresh:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(fresh[path])
        else:
            target.unlink()


def _files(course: Course, assignment: str) -> list[Path]:
    release, ignore = course.path("release", assignment), course.directory.ignore
    return [
        path
        for path in sorted(release.rglob("*"))
        if path.is_file()
        and not any(
            is_ignored(str(p), ignore) for p in [path, *path.parents][: -len(release.parts)]
        )
    ]
