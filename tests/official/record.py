"""Record what the libraries' optimizers do, or compare what they do here with what is recorded.

    PYTHONPATH=tests python -m official.record              # writes trajectories.json anew
    PYTHONPATH=tests python -m official.record --compare    # writes nothing; exit 1 if they differ

A library that cannot be imported is named and passed over; its recorded rows stay as they are.
TensorFlow and tf_keras may need an environment of their own: record in each in turn.
"""

import argparse
import inspect
import sys

from . import adapters
from .problem import RECORDED, SCALES, differences, read, run, write
from .rows import ROWS


def record_here():
    """Run every row whose library is installed; what `problem.read` returns."""
    data = {"versions": {}, "defaults": {}, "trajectories": {}}
    for name, open_library in adapters.LIBRARIES.items():
        try:
            library = open_library()
        except ImportError as error:
            print(f"{name}: passed over ({error})")
            continue
        data["versions"][name] = library.version
        for row in (row for row in ROWS if row.library == name):
            data["defaults"][f"{name} {row.rule}"] = default_arguments(library, name, row.rule)
            data["trajectories"][row.name] = {
                str(scale): run(adapters.start(library, row), row.rate, scale) for scale in SCALES
            }
        print(f"{name}: {sum(row.library == name for row in ROWS)} rows run, {library.version}")
    return data


def default_arguments(library, name, rule):
    """A rule's default rate and hyperparameters, as its signature states them.

    Of its arguments, those that some row of the library sets: the rest is housekeeping.
    """
    told = {"lr", "learning_rate", "learning_rate_init"}
    told.update(*(row.arguments for row in ROWS if row.library == name))
    parameters = inspect.signature(getattr(library.rules, rule)).parameters
    defaults = {key: p.default for key, p in parameters.items() if key in told}
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in defaults.items()
        if value is not inspect.Parameter.empty
    }


def compare(path):
    """Print each difference from the file; return the exit code."""
    new = record_here()
    if not new["trajectories"]:
        print("Nothing was compared: no library is installed. Try: pip install torch keras")
        return 1
    recorded = read(path)
    lines = differences(new, recorded)
    for name, version in new["versions"].items():
        if lines and version != recorded["versions"].get(name):
            print(f"{name} is {version} here, {recorded['versions'].get(name)} was recorded")
    print("\n".join(lines) or f"{len(new['trajectories'])} rows agree with {path.name}")
    return int(bool(lines))


def merge(new):
    """What is recorded, brought up to date where a library is installed, in the order of ROWS."""
    old = read() if RECORDED.exists() else {"versions": {}, "defaults": {}, "trajectories": {}}
    both = {part: old[part] | new[part] for part in old}
    rows = [row.name for row in ROWS]
    rules = [f"{row.library} {row.rule}" for row in ROWS]
    for part, names in zip(both, (adapters.LIBRARIES, rules, rows), strict=True):
        both[part] = {name: both[part][name] for name in names if name in both[part]}
    return both


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--compare", action="store_true", help="write nothing, report differences")
    if parser.parse_args().compare:
        return compare(RECORDED)
    write(merge(record_here()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
