"""Set-up: one list of packages in three files, and what a fresh clone relies on."""

import os
import re
import subprocess
import sys
import tomllib

import pytest
import yaml
from conftest import ROOT, needs
from packaging.requirements import Requirement

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]


def bounds(lines):
    """{package: its bounds}, whatever the order or spacing."""
    return {r.name: str(r.specifier) for r in map(Requirement, lines)}


def test_environment_yml_has_the_bounds_of_pyproject():
    listed = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    (pip,) = [entry["pip"] for entry in listed if isinstance(entry, dict)]
    conda = [entry for entry in listed if isinstance(entry, str) and entry != "pip"]
    ours = bounds(conda) | bounds(line for line in pip if not line.startswith("-e"))
    python = f"python{PROJECT['requires-python']}"
    assert ours == bounds([python, *PROJECT["dependencies"], *EXTRAS["lab"], *EXTRAS["grade"]])
    assert "-e ." in pip


def test_the_base_package_needs_four_packages():
    assert set(bounds(PROJECT["dependencies"])) == {
        "numpy", "matplotlib", "ipywidgets", "anywidget",
    }  # fmt: skip
    assert set(EXTRAS) == {"lab", "grade", "cluster", "verify", "docs", "dev"}


def test_constraints_pin_every_direct_dependency_within_its_bounds():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    pins = {name.lower().replace("_", "-"): version for name, version in pins.items()}
    wanted = [*PROJECT["dependencies"]] + [r for e in EXTRAS if e != "docs" for r in EXTRAS[e]]
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(pins[requirement.name.lower()]), requirement
    assert all(re.fullmatch(r"[\w.]+", version) for version in pins.values())


def test_make_names_its_commands_and_each_makes_the_environment():
    text = (ROOT / "Makefile").read_text()
    for command in ("lab", "test", "torture", "demo", "check", "bench", "verify", "grade"):
        assert re.search(rf"^{command}: \.venv/", text, re.MULTILINE), command
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "make test" in listed.stdout


def test_make_says_what_to_do_when_there_is_no_python(tmp_path):
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    stop = subprocess.run(["make", "PYTHON=", "lab"], cwd=tmp_path, capture_output=True, text=True)
    assert stop.returncode != 0
    assert "No Python from 3.11 to 3.13 found" in stop.stdout
    assert not (tmp_path / ".venv").exists()


def test_a_missing_program_leaves_tests_out_with_its_command_but_never_in_ci(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="to run it: apt install no-such-program"):
        needs("no-such-program", "apt install no-such-program")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="nothing may be left out"):
        needs("no-such-program", "apt install no-such-program")


def test_ci_runs_the_readme_s_test_command():
    script = (ROOT / ".ci" / "run").read_text()
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    for word in ("bubblewrap", "chromium", "postgresql", "make check", "make test"):
        assert word in script


README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
IN_TEXT = re.findall(r"`((?:make|mlcourse) [a-z][^`]*)`", README)
LINES = [part for block in BLOCKS for line in block.splitlines() for part in line.split("&&")]
COMMANDS = sorted({line.split("#")[0].strip() for line in LINES + IN_TEXT} - {""})


def test_the_readme_shows_commands_and_pictures_that_exist():
    assert {"make lab", "make test", "make demo"} <= set(COMMANDS)
    for path in re.findall(r"\]\(((?!https?:|#)[^)]+)\)", README):
        assert (ROOT / path).exists(), path
    for alt, _ in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", README):
        assert len(alt) > 20


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_readme_exists(command):
    """The slow ones are run by other tests and by hand; here each must at least be known."""
    words = command.split()
    if words[0] == "make":
        known = (ROOT / "Makefile").read_text()
        assert re.search(rf"^{words[1]}:", known, re.MULTILINE), command
    elif words[0].endswith("mlcourse"):
        ask = [sys.executable, "-m", "autograder", words[1], "--help"]
        subprocess.run(ask, check=True, capture_output=True)
    else:
        assert words[0] in {"git", "cd"}, command
