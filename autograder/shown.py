"""What a notebook shows after an exam, as far as any file and any page can take it."""

import json
import re
from typing import Any

import nbformat
from nbformat import NotebookNode, from_dict

PART = 8  # as many characters in a row are a quotation
MAX_ERROR, MAX_CELL, MAX_PIECES = 4000, 6 << 20, 250
ODD = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def shown(pieces: Any, space: int) -> tuple[list[NotebookNode], int]:
    """What a candidate says that a cell showed, as far as that may be, and how much it is."""
    good: list[NotebookNode] = []
    used = 0
    for piece in pieces[:MAX_PIECES] if isinstance(pieces, list) else []:
        try:
            text = json.dumps(piece, ensure_ascii=False).encode("utf-8", "replace")
            node = from_dict(json.loads(text))
        except (ValueError, RecursionError):  # only for show: what is too deep is left out
            continue
        if _is_output(piece) and used + len(text) <= min(MAX_CELL, space):
            good.append(node)
            used += len(text)
    return good, used


def _is_output(piece: Any) -> bool:
    match piece:
        case {"output_type": "stream", "name": "stdout" | "stderr", "text": str(), **rest}:
            return not rest
        case {"output_type": "error", "ename": str(), "evalue": str(), "traceback": [*lines]}:
            return len(piece) == 4 and all(isinstance(line, str) for line in lines)
        case {"output_type": "display_data", "data": {**data}, "metadata": dict(), **rest}:
            return not rest and _is_bundle(data)
        case {"output_type": "execute_result", "data": {**data}, "metadata": dict(), **rest}:
            return rest == {"execution_count": None} and _is_bundle(data)
    return False


def _is_bundle(data: dict) -> bool:
    return all(isinstance(held, str) or mime.endswith("json") for mime, held in data.items())


def result_output(text: str) -> NotebookNode:
    """The value of a cell's last line."""
    return nbformat.v4.new_output(
        "execute_result", data={"text/plain": legible(text, 2000)}, execution_count=None
    )


def error_output(name: str, text: str, lines: list[str] | None = None) -> NotebookNode:
    """An error, after the lines that say where."""
    name, text = legible(name, 80), legible(text, MAX_ERROR)
    said = [*(lines or []), f"{name}: {text}" if text else name]
    return nbformat.v4.new_output("error", ename=name, evalue=text, traceback=said)


def stream_output(text: str) -> NotebookNode:
    """What was printed."""
    return nbformat.v4.new_output("stream", name="stdout", text=legible(text, 10_000))


def legible(text: str, most: int) -> str:
    """A text that any file and any terminal can take: no escape sequences, no half characters."""
    return ODD.sub("", text[:most].encode("utf-8", "replace").decode())


def quotes(text: str, said: list[str]) -> bool:
    """Whether a part of what the candidate's exceptions say stands in a text, plain or quoted."""
    if len(said) > MAX_PIECES:
        return True
    parts = {text[i : i + PART] for i in range(len(text))}
    forms = (form for line in said for form in (line, repr(line)[1:-1]) if line)
    return any(
        form[i : i + PART] in (parts if len(form) >= PART else text)
        for form in forms
        for i in range(max(1, len(form) - PART + 1))
    )
