import sys
from types import SimpleNamespace

import ipywidgets
import pytest

from mlcourse_utils import progress


def test_a_pipe_gets_the_last_line_alone(capsys):
    bar = progress.progress_bar(10)
    bar.show(10, "epoch 1")
    bar.close("interrupted")
    assert capsys.readouterr() == ("", "interrupted\n")
    progress.progress_bar(10).close()
    assert capsys.readouterr() == ("", "")


def test_quiet_says_nothing_at_all(capsys):
    progress.quiet.show(10, "epoch 1")
    progress.quiet.close("interrupted")
    assert capsys.readouterr() == ("", "")


def test_a_terminal_gets_one_line_that_is_written_over(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(progress, "PAUSE", 0)
    monkeypatch.setenv("COLUMNS", "40")
    bar = progress.progress_bar(10)
    bar.show(5, "epoch 1")
    bar.show(10, "epoch 2" + 50 * "!")
    bar.close("done")
    _, first, second = capsys.readouterr().err.split("\r")
    assert first == "[" + 10 * "#" + 10 * " " + "] epoch 1\x1b[K"
    assert second == "[" + 20 * "#" + "] epoch 2!!!!!!!!!\x1b[K\ndone\n"


@pytest.fixture
def shown(monkeypatch):
    """A Jupyter kernel, as far as the bar can tell; what it displays is collected."""
    shown = []
    kernel = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=object()))
    monkeypatch.setitem(sys.modules, "IPython", kernel)
    display = SimpleNamespace(display=shown.append)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    return shown


def test_a_notebook_gets_a_widget(shown, capsys):
    bar = progress.progress_bar(10)
    bar.show(10, "epoch 1")
    (box,) = shown
    assert isinstance(box.children[0], ipywidgets.IntProgress)
    assert (box.children[0].value, box.children[0].max) == (10, 10)
    assert box.children[1].value == "epoch 1"
    bar.close("interrupted")
    assert box.children[1].value == "interrupted"
    assert capsys.readouterr() == ("", "")


def test_ipython_in_a_terminal_is_no_notebook(shown, monkeypatch):
    monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda: None)
    progress.progress_bar(10).show(10, "epoch 1")
    assert shown == []


def test_pictures_are_few_but_the_last_is_drawn(shown):
    bar = progress.progress_bar(1000)
    box, drawn = shown[0], []
    box.children[0].observe(drawn.append, "value")
    for done in range(1, 1001):
        bar.show(done, "")
    assert box.children[0].value == 1000
    assert len(drawn) < 500
