"""A notebook's shell: IPython as Jupyter's kernel runs it, with outputs kept instead of sent."""

import base64
import sys
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from autograder.candidate.errors import text_of
from autograder.candidate.outputs import Outputs, Spill, Stream

MAX_ERROR = 4000  # characters of an error's text, and of a line of its traceback


class Display(DisplayPublisher):
    """Rich output goes into the outputs of the cell that runs."""

    def publish(self, data: Any, metadata: Any = None, *args: Any, **how: Any) -> None:
        """Show a bundle of representations; an update of an earlier one is shown again."""
        self.shell.notebook.outputs.show("display_data", _plain(data), metadata or {})

    def clear_output(self, wait: bool = False) -> None:
        """Forget what the cell has shown so far."""
        self.shell.notebook.outputs = Outputs()


class Value(DisplayHook):
    """The value of a cell's last expression goes into its outputs."""

    def write_output_prompt(self) -> None:
        """Notebooks have their own prompts."""

    def write_format_data(self, format_dict: dict, md_dict: dict | None = None) -> None:
        """Add the value as the cell's result."""
        self.shell.notebook.outputs.show(
            "execute_result", _plain(format_dict), md_dict or {}, execution_count=None
        )


class Shell(InteractiveShell):
    """IPython as a notebook's kernel runs it, with errors kept as the notebook's outputs."""

    def enable_gui(self, gui: str | None = None) -> None:
        """There are no windows here, as %matplotlib inline knows."""

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        self.notebook.outputs.pieces.append(
            {
                "output_type": "error",
                "ename": etype.__name__,
                "evalue": text_of(evalue),
                "traceback": [line[:MAX_ERROR] for line in stb[-30:]],
            }
        )


class Notebook:
    """A shell, its streams, and the outputs of the cell that runs."""

    def __init__(self) -> None:
        config = Config()
        config.HistoryManager.enabled = False
        self.spills: dict[str, Spill] = {}
        self.outputs = Outputs()
        self.shell = Shell.instance(
            config=config, display_pub_class=Display, displayhook_class=Value
        )
        self.shell.notebook = self
        self.shell.system = self.shell.system_raw

    def reset(self) -> None:
        """As if no cell had run."""
        self.shell.reset(new_session=True)
        self.shell.execution_count = 1

    def open_streams(self) -> None:
        """From now on what is printed, here or by a program that is called, is an output."""
        self.spills = {"stdout": Spill(1), "stderr": Spill(2)}
        self.redirect()

    def redirect(self) -> None:
        """Let print write into the outputs."""
        sys.stdout, sys.stderr = (
            Stream(name, lambda: self.outputs, spill.fd) for name, spill in self.spills.items()
        )

    def run(self, source: str) -> dict:
        """Run a cell and return its outputs."""
        self.outputs = Outputs()
        if not all(hasattr(stream, "flush") for stream in (sys.stdout, sys.stderr)):
            self.redirect()  # no shell works without
        self.shell.run_cell(source, store_history=True)
        for name, spill in self.spills.items():
            if text := spill.drain():
                self.outputs.write(name, text)
        return {"outputs": self.outputs.finish()}

    def printed(self) -> str:
        """What was printed since this was asked last."""
        pieces, self.outputs = self.outputs.pieces, Outputs()
        return "".join(piece["text"] for piece in pieces if piece.get("name") == "stdout")


def _plain(data: dict) -> dict:
    """A MIME bundle as JSON holds it: bytes as base64 text."""
    return {
        mime: base64.b64encode(held).decode() if isinstance(held, bytes) else held
        for mime, held in data.items()
    }
