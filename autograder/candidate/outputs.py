"""What a cell shows, in the notebook's own form, and never more than a reader could want."""

import os
from collections.abc import Callable
from typing import Any

MAX_TEXT = 100_000  # characters of one stream of one cell
MAX_SHOWN = 4 << 20  # bytes of pictures and other rich output of one cell
MAX_PIECES = 200


class Outputs:
    """The outputs of one cell, gathered as they come."""

    def __init__(self) -> None:
        self.pieces: list[dict] = []
        self.texts = {"stdout": 0, "stderr": 0}
        self.shown = 0

    def write(self, name: str, text: str) -> None:
        """Add to the stream `name`; past the limit only how much was left out is kept."""
        room = max(0, MAX_TEXT - self.texts[name])
        self.texts[name] += len(text)
        last = self.pieces[-1] if self.pieces else {}
        if not text[:room] or len(self.pieces) > MAX_PIECES:
            return
        if last.get("name") == name:
            last["text"] += text[:room]
        else:
            self.pieces.append({"output_type": "stream", "name": name, "text": text[:room]})

    def show(self, kind: str, data: dict, metadata: dict, **more: Any) -> None:
        """Add a display_data or execute_result."""
        size = sum(len(v) if isinstance(v, str | bytes) else 1000 for v in data.values())
        self.shown += size
        if self.shown <= MAX_SHOWN and len(self.pieces) <= MAX_PIECES:
            piece = {"output_type": kind, "data": data, "metadata": metadata, **more}
            self.pieces.append(piece)

    def finish(self) -> list[dict]:
        """All pieces, and a line for what was left out."""
        for name, length in self.texts.items():
            if length > MAX_TEXT:
                text = f"\n… {length - MAX_TEXT:,} more characters were left out\n"
                self.pieces.append({"output_type": "stream", "name": name, "text": text})
        if self.shown > MAX_SHOWN:
            text = f"… pictures beyond {MAX_SHOWN >> 20} MB were left out\n"
            self.pieces.append({"output_type": "stream", "name": "stdout", "text": text})
        return self.pieces


class Stream:
    """A text file that writes into the outputs of the cell that runs."""

    encoding, errors, closed = "utf-8", "replace", False

    def __init__(self, name: str, outputs: Callable[[], Outputs], fd: int) -> None:
        self.name, self._outputs, self._fd = name, outputs, fd

    def write(self, text: str) -> int:
        """Write text, as print does."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._outputs().write(self.name, text)
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Nothing waits to be written."""

    close = flush

    def isatty(self) -> bool:
        """This is no terminal."""
        return False

    def writable(self) -> bool:
        """One can write."""
        return True

    def readable(self) -> bool:
        """One cannot read."""
        return False

    seekable = readable

    def fileno(self) -> int:
        """The file that programs write to; what they wrote is added when the cell ends."""
        return self._fd


class Spill:
    """A nameless file in memory under a file descriptor, for what is written past Python."""

    def __init__(self, fd: int) -> None:
        memory = os.memfd_create("output", 0)
        os.dup2(memory, fd)
        os.close(memory)
        self.fd, self.read = fd, 0

    def drain(self) -> str:
        """What was written since the last time."""
        end = os.fstat(self.fd).st_size
        text = os.pread(self.fd, min(end - self.read, 4 * MAX_TEXT), self.read)
        self.read = end
        return text.decode("utf-8", "replace")
