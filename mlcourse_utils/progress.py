"""How far a long computation has come: a bar in a notebook, one line in a terminal.

Where nobody watches (stderr is a pipe or a file) only the last line is written, if there is one.
"""

import shutil
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

PAUSE = 0.1  # seconds between two pictures: the eye asks for no more, and drawing costs time


class Bar(NamedTuple):
    """show(done, text) moves the bar; close(line) ends it and leaves `line` to be read.

    >>> bar = Bar(show=lambda done, text: print(done, text), close=print)
    >>> bar.show(3, "of 10")
    3 of 10
    """

    show: Callable
    close: Callable


quiet = Bar(lambda done, text: None, lambda line="": None)


def progress_bar(total):
    """Return the Bar that fits this place: of `total` steps, redrawn at most every 0.1 s."""
    if _in_notebook():
        return _widget_bar(total)
    if sys.stderr.isatty():
        return _text_bar(total)
    return Bar(quiet.show, _say)


def _in_notebook():
    """Only a Jupyter kernel has `get_ipython().kernel`; plain Python never loads IPython."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")


def _say(line=""):
    if line:
        print(line, file=sys.stderr)


def _text_bar(total):
    def show(done, text):
        filled = 20 * done // total
        line = f"[{'#' * filled:<20}] {text}"[: shutil.get_terminal_size().columns - 1]
        sys.stderr.write(f"\r{line}\x1b[K")  # ESC [K clears what a longer line left behind
        sys.stderr.flush()

    def close(line=""):
        sys.stderr.write("\n")
        _say(line)

    return Bar(_seldom(show, total), close)


def _widget_bar(total):
    import ipywidgets
    from IPython.display import display

    bar, label = ipywidgets.IntProgress(max=total), ipywidgets.Label()
    display(ipywidgets.HBox([bar, label]))

    def show(done, text):
        bar.value, label.value = done, text

    def close(line=""):
        label.value = line or label.value

    return Bar(_seldom(show, total), close)


def _seldom(show, total):
    drawn = float("-inf")

    def throttled(done, text):
        nonlocal drawn
        if done == total or time.monotonic() - drawn >= PAUSE:
            show(done, text)
            drawn = time.monotonic()

    return throttled
