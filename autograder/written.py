"""Functions as they are written in a notebook: their source, signature and docstring.

They are compiled from the text and can be looked at, by inspect and by ast; nothing of the text
is ever run, not even a default value or a decorator.
"""

import ast
import contextlib
import copy
import linecache
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType
from typing import Any

from autograder.candidate.kinds import TYPES
from autograder.names import python

MAX_TEXT = 200_000  # characters of a cell
STUB = "def _():\n    raise RuntimeError('a function as it is written is not to be called')"
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Expression:
    """A default value or an annotation that is no plain value: its text."""

    def __init__(self, node: ast.AST) -> None:
        self.text = ast.unparse(node)

    def __repr__(self) -> str:
        return self.text


def writer(cells: list[str]) -> Callable[[str], Callable | None]:
    """How to look a function up by its name: the last definition in these cells, or None."""

    def written(name: str) -> Callable | None:
        for number in reversed(range(len(cells))):
            text = python(cells[number]) if len(cells[number]) < MAX_TEXT else ""
            try:
                found = [node for called, node in definitions(ast.parse(text)) if called == name]
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
            if found:
                return as_function(found[-1], text, f"<cell {number}>")
        return None

    return written


def definitions(tree: ast.AST) -> Iterator[tuple[str, Definition]]:
    """All functions with the names that they are given; those inside others come first."""
    for node in ast.iter_child_nodes(tree):
        yield from definitions(node)
    if isinstance(tree, ast.FunctionDef | ast.AsyncFunctionDef):
        yield tree.name, tree
    elif isinstance(tree, ast.Assign) and isinstance(tree.value, ast.Lambda):
        yield from ((x.id, tree.value) for x in tree.targets if isinstance(x, ast.Name))


def as_function(node: Definition, text: str, file: str) -> Callable:
    """A function object with the signature, the docstring and the source of a definition."""
    linecache.cache[file] = len(text), None, text.splitlines(keepends=True), file
    stub: Any = ast.parse(STUB)
    full = None if isinstance(node, ast.Lambda) else node
    name = full.name if full else "<lambda>"
    stub.body[0].args = bare(node.args)
    code = next(c for c in compile(stub, file, "exec").co_consts if isinstance(c, CodeType))
    first = min(x.lineno for x in (node, *(full.decorator_list if full else [])))
    code = code.replace(co_name=name, co_qualname=name, co_firstlineno=first)
    made = FunctionType(code, {"__name__": "__main__"}, name, (*map(value, node.args.defaults),))
    made.__doc__ = ast.get_docstring(full, clean=False) if full else None
    pairs = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    made.__kwdefaults__ = {arg.arg: value(default) for arg, default in pairs if default}
    said = {arg.arg: arg.annotation for arg in arguments(node.args)}
    said["return"] = full.returns if full else None
    made.__annotations__ = {name: value(node) for name, node in said.items() if node}
    return made


def arguments(args: ast.arguments) -> list[ast.arg]:
    """All arguments of a function."""
    starred = [args.vararg] if args.vararg else [], [args.kwarg] if args.kwarg else []
    return [*args.posonlyargs, *args.args, *starred[0], *args.kwonlyargs, *starred[1]]


def bare(args: ast.arguments) -> ast.arguments:
    """The same arguments without anything that would be evaluated."""
    args = copy.deepcopy(args)
    args.defaults = [ast.Constant(None) for _ in args.defaults]
    args.kw_defaults = [default and ast.Constant(None) for default in args.kw_defaults]
    for arg in arguments(args):
        arg.annotation = None
    return ast.fix_missing_locations(args)


def value(node: ast.AST) -> Any:
    """What an expression means if it is plain data or a type that everybody knows."""
    with contextlib.suppress(ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return ast.literal_eval(node)
    return TYPES.get(ast.unparse(node)) or Expression(node)
