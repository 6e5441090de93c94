"""Who may import whom: the rule of the house, read from the source files."""

import ast
import sys
from pathlib import Path

import pytest
from conftest import ROOT

UTILS, GRADER = ROOT / "mlcourse_utils", ROOT / "autograder"
SHOWS = {"plotting", "stage", "progress"}  # know matplotlib, IPython or ipywidgets
BASE = {"numpy", "matplotlib", "ipywidgets", "anywidget", "IPython", "PIL"}

# autograder, from the ground up: a module may import what stands in the lines above its own.
LAYERS = [
    ["__init__", "candidate", "course", "measures", "names", "precedent", "questions", "results"],
    ["scratch", "shown", "standins"],
    ["adoption", "exam", "ledger", "paper", "record", "similar", "warm", "written"],
    ["desk", "inquiry", "room", "sitting", "tally"],
    ["rehearsal", "submission", "trial"],
    ["doctor", "examiner", "hygiene", "misconceptions", "report"],
    ["office"],
    ["clerk", "verdict"],
    ["preprocessor", "workers"],
    ["engine"],
    ["demo", "terminal"],
    ["cli"],
    ["__main__"],
]
BESIDE_HOSTILE_CODE = {"numpy", "IPython", "traitlets"}


def imports(path: Path) -> set[str]:
    """Every module that the file imports, by its full name."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative import"
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            package = ROOT / node.module.replace(".", "/")
            found |= names if package.is_dir() else {node.module}
    return found


def inside(path: Path, package: str) -> set[str]:
    """The modules of `package` that the file imports, by the name after the package's."""
    return {name.split(".")[1] for name in imports(path) if name.startswith(package + ".")}


def foreign(path: Path) -> set[str]:
    """The distributions outside the standard library that the file imports."""
    top = {name.split(".")[0] for name in imports(path)}
    return top - set(sys.stdlib_module_names) - {"mlcourse_utils", "autograder"}


def modules(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def layer(path: Path, package: Path) -> str:
    return path.relative_to(package).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", modules(UTILS), ids=lambda p: str(p.relative_to(UTILS)))
def test_the_course_package_knows_neither_grader_nor_server(path):
    assert not inside(path, "autograder")
    assert foreign(path) <= BASE


@pytest.mark.parametrize("path", modules(UTILS), ids=lambda p: str(p.relative_to(UTILS)))
def test_the_mathematics_knows_numpy_and_itself(path):
    where = layer(path, UTILS)
    if where == "widgets":
        return
    if where in SHOWS:
        assert inside(path, "mlcourse_utils") <= SHOWS | {"validate"}
        return
    shown = {"datasets": {"matplotlib", "PIL"}, "training": set()}.get(where, set())
    may_show = {"progress"} if where == "training" else set()
    assert foreign(path) <= {"numpy"} | shown
    assert not inside(path, "mlcourse_utils") & ((SHOWS | {"widgets"}) - may_show)


@pytest.mark.parametrize("path", modules(GRADER), ids=lambda p: str(p.relative_to(GRADER)))
def test_the_grader_s_layers_only_look_down(path):
    where = layer(path, GRADER)
    (height,) = (i for i, row in enumerate(LAYERS) if where in row)
    below = {name for row in LAYERS[:height] for name in row}
    assert inside(path, "autograder") - {where} <= below
    if where != "questions":
        assert not any(name.startswith("mlcourse_utils") for name in imports(path))


@pytest.mark.parametrize("path", modules(GRADER / "candidate"), ids=lambda p: p.name)
def test_what_runs_beside_hostile_code_knows_nothing_of_the_grader(path):
    assert inside(path, "autograder") <= {"candidate"}
    assert foreign(path) <= BESIDE_HOSTILE_CODE


def test_every_module_of_the_grader_has_its_layer():
    rows = {name for row in LAYERS for name in row}
    assert {layer(path, GRADER) for path in modules(GRADER)} == rows


def test_the_rule_would_notice_a_wrong_import(tmp_path):
    bad = tmp_path / "optimizers.py"
    bad.write_text("from mlcourse_utils import stage\nimport scipy\nimport autograder.cli\n")
    assert inside(bad, "mlcourse_utils") == {"stage"}
    assert foreign(bad) == {"scipy"}
    assert inside(bad, "autograder") == {"cli"}
