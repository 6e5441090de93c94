"""The one problem on which every optimizer is run, and how two runs are compared. NumPy alone.

A noisy quadratic ∇f_t(w) = scale·(A w − c + ξ_t) in three parameters, t = 1 … 30. Every number
of it is a short binary fraction, so all machines agree on it to the last bit. What it has on
purpose: a step on which the gradient is zero, a parameter that gets its first gradient late,
two changes of the rate on the way, and two sizes of gradient (a small one shows where ε stands).
"""

import json
from pathlib import Path

import numpy as np

RECORDED = Path(__file__).with_name("trajectories.json")
W0 = np.array([1.0, -2.0, 0.5])
A = np.array([[2.0, 0.5, 0.0], [0.5, 1.0, -0.25], [0.0, -0.25, 0.25]])
C = np.array([0.5, -0.25, 1.0])
N_STEPS = 30
SCALES = (1.0, 1e-3)


def gradient(w, t, scale):
    """∇f_t(w), shape (3,), at step t = 1, 2, …: zero at t = 7; the last entry zero before t = 4."""
    i = np.arange(3)
    noise = ((7 * t * t + 3 * i * t + 5 * i) % 17 - 8) / 16
    g = scale * ((A * w).sum(axis=1) - C + noise)
    return g * (t != 7) * (t > np.array([0, 0, 3]))


def rate_factor(t):
    """What the rate is multiplied by at step t: 1 up to 10, then ¼, and ½ from 21 on."""
    return 1.0 if t <= 10 else 0.25 if t <= 20 else 0.5


def run(step, rate, scale):
    """Drive w = step(∇f_t(w), γ_t) from W0; the trajectory, shape (N_STEPS + 1, 3)."""
    ws = [W0]
    for t in range(1, N_STEPS + 1):
        w = step(gradient(ws[-1], t, scale), rate * rate_factor(t))
        ws.append(np.array(w, dtype=np.float64))
    return np.array(ws)


def apart(a, b):
    """Largest distance between two trajectories, in units of how far b travels from its start."""
    return np.abs(a - b).max() / np.abs(b - b[0]).max()


def parting_step(a, b, tolerance):
    """The first step at which two trajectories are more than tolerance·(way travelled by b) apart.

    None if they never are; NaN is apart from everything.
    """
    beyond = ~(np.abs(a - b).max(axis=1) <= tolerance * np.abs(b - b[0]).max())
    return int(beyond.argmax()) if beyond.any() else None


def differences(new, recorded, tolerance=1e-11):
    """One line for each trajectory of `new` that is missing from `recorded` or differs from it.

    Both are what `read` returns. Rounding in another order stays below the tolerance: a library
    may fuse a multiplication and an addition on one machine and not on another.
    """
    lines = []
    for row, by_scale in new["trajectories"].items():
        for scale, ws in by_scale.items():
            where = f"{row}, gradients × {scale}"
            old = recorded["trajectories"].get(row, {}).get(scale)
            if old is None:
                lines.append(f"{where}: not recorded yet")
            elif (t := parting_step(ws, old, tolerance)) is not None:
                lines.append(f"{where}: parts at step {t}, is up to {apart(ws, old):.1e} away")
    for row, defaults in new["defaults"].items():
        if defaults != recorded["defaults"].get(row):
            old = recorded["defaults"].get(row)
            lines.append(f"{row}: its default arguments were {old}, are now {defaults}")
    return lines


def read(path=RECORDED):
    """The recorded file: {"versions", "defaults", "trajectories"}; trajectories become arrays."""
    data = json.loads(Path(path).read_text(encoding="utf-8"))
    data["trajectories"] = {
        row: {scale: np.array(ws) for scale, ws in by_scale.items()}
        for row, by_scale in data["trajectories"].items()
    }
    return data


def write(data, path=RECORDED):
    """Write what `read` reads, exactly (a float's repr is exact), one line a section or a row."""
    rows = {
        row: {scale: ws.tolist() for scale, ws in by_scale.items()}
        for row, by_scale in data["trajectories"].items()
    }
    sections = (
        f'"versions": {json.dumps(data["versions"])}',
        f'"defaults": {_one_a_line(data["defaults"])}',
        f'"trajectories": {_one_a_line(rows)}',
    )
    Path(path).write_text("{" + ",\n".join(sections) + "}\n", encoding="utf-8")


def _one_a_line(entries):
    lines = (f"{json.dumps(name)}: {json.dumps(value)}" for name, value in entries.items())
    return "{\n" + ",\n".join(lines) + "\n}"
