"""The walls around a candidate: with and without bubblewrap, as root and as an ordinary user."""

import os
import subprocess
import sys

import pytest
from conftest import ROOT, needs
from examining import Examination

from autograder import doctor, warm
from autograder.course import Course, UserError
from autograder.office import Office, Rules

pytestmark = pytest.mark.xdist_group("sandbox")

LOOK = f"""import os
left = os.listdir(".")
open("left behind", "w").close()

def double(x):
    seen = [*left]
    for path in ("{ROOT}/README.md", "{ROOT}/source", os.path.expanduser("~root/.bashrc")):
        try:
            os.listdir(path) if path.endswith("source") else open(path)
            seen.append(path)
        except OSError:
            pass
    try:
        import socket
        socket.create_connection(("127.0.0.1", 9), timeout=1)
    except PermissionError:
        pass
    except OSError:
        seen.append("the network")
    return 2 * x if not seen else str(seen)
"""


@pytest.fixture(scope="module")
def hw(foreign_course, tmp_path_factory):
    made = Examination(Course(foreign_course), "hw", tmp_path_factory.mktemp("hw"))
    yield made
    made.office.close()


@pytest.fixture
def another(hw, foreign_course, tmp_path):
    """Offices for the same desk under other conditions, closed in the end."""
    opened = []

    def open_(**rules):
        hw.office, mine = Office(hw.desk, Rules(**rules), foreign_course, tmp_path), hw.office
        opened.append(mine)
        return hw

    yield open_
    while opened:
        hw.office.close()
        hw.office = opened.pop()


def test_enough_walls_stand_on_this_machine():
    walls = warm.standing()
    assert warm.missing(walls) == []
    assert "no new privileges" in walls
    assert "limits" in walls


def test_a_candidate_sees_neither_course_nor_network_nor_its_predecessor(hw):
    for _ in range(2):
        assert hw.sit(hw.notebook(double=LOOK)).cells["double-hidden"].points == 3


def test_without_bubblewrap_the_other_walls_hold(another, monkeypatch):
    monkeypatch.setattr(warm.shutil, "which", lambda name: None)
    outcome = another().sit(another().notebook(double=LOOK))
    assert outcome.points == 9
    assert "bubblewrap" not in outcome.examined.walls


def test_a_bubblewrap_that_may_not_work_here_is_done_without(another, tmp_path, monkeypatch):
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho bwrap: not permitted >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setattr(warm.shutil, "which", lambda name: str(fake))
    hw = another()
    assert hw.sit(hw.notebook()).points == 9


def test_a_machine_that_cannot_shut_in_refuses_unless_it_is_told_to(another, monkeypatch):
    assert warm.missing(["a process of its own", "limits"]) == [
        "a closed file system", "no network", "own processes",
    ]  # fmt: skip
    monkeypatch.setattr(warm, "missing", lambda walls, forks: ["no network"])
    hw = another()
    with pytest.raises(UserError, match=r"no network.*--isolation process"):
        hw.sit(hw.notebook())
    hw = another(isolation="process")
    outcome = hw.sit(hw.notebook(double="def double(x):\n    return x + 2"))
    assert outcome.points == 6
    assert "no network" not in outcome.examined.walls
    assert hw.sit(hw.notebook()).points == 9


def test_process_isolation_leaves_nothing_running_and_nothing_behind(another):
    hw = another(isolation="process")
    stays = "import os, time\nif os.fork() == 0:\n    time.sleep(600)\ndef double(x): return 2 * x"
    marker = "open('left', 'w').close()\n"
    hw.sit(hw.notebook(double=marker + stays), seconds=2)
    clean = "import os\ndef double(x): return 2 * x if not os.path.exists('left') else 0"
    assert hw.sit(hw.notebook(double=clean)).points == 9


AS_USER = """
import sys, tempfile
from pathlib import Path
sys.path.insert(0, {tests!r})
import os
assert os.geteuid() != 0
from autograder.warm import missing, standing
walls = standing()
assert missing(walls) == [], walls
assert "an unprivileged user" in walls
print("walls stand for", os.geteuid())
"""


def test_the_walls_stand_for_an_ordinary_user_too(tmp_path):
    """As root the script runs as nobody, where the environment can be read by anybody."""
    script = tmp_path / "script.py"
    script.write_text(AS_USER.format(tests=str(ROOT / "tests")))
    command = [sys.executable, str(script)]
    if os.geteuid() == 0:
        bwrap = needs("bwrap", "apt install bubblewrap")
        paths = ["/usr", "/bin", "/lib", "/lib64", "/etc", "/sys", sys.base_prefix, sys.prefix]
        paths += [str(ROOT / name) for name in ("autograder", "mlcourse_utils", "tests")]
        shown = [*paths, str(script)]
        above = sorted({str(p) for path in shown for p in script.__class__(path).parents})
        command = [
            bwrap, "--die-with-parent", "--cap-add", "ALL", "--perms", "1777", "--tmpfs", "/tmp",
            *(arg for path in above for arg in ("--perms", "0755", "--dir", path)),
            "--dev-bind", "/dev", "/dev", "--proc", "/proc",
            *(arg for path in shown for arg in ("--ro-bind-try", path, path)),
            "--chdir", "/", "--", "setpriv", "--reuid", "65534", "--regid", "65534",
            "--clear-groups", "--inh-caps=-all", "--bounding-set=-all",
            "env", "HOME=/tmp", *command,
        ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.stdout.startswith("walls stand for "), done.stderr


def test_doctor_asks_a_real_candidate_and_names_what_would_help(monkeypatch):
    monkeypatch.setattr(doctor, "standing", lambda: ["a process of its own", "own processes"])
    found = {finding.what: finding for finding in doctor.isolation()}
    assert found["isolation: own processes"].well
    assert not found["isolation: bubblewrap"].well
    assert found["isolation: bubblewrap"].mend == "apt install bubblewrap"
    assert "no network" in found["isolation, all in all"].seen
    monkeypatch.undo()
    assert {f.what: f for f in doctor.isolation()}["isolation, all in all"].well
