"""Which names a cell binds, read from its text without running it."""

import ast
import symtable
from functools import cache
from typing import NamedTuple

from IPython.core.inputtransformer2 import TransformerManager


class Names(NamedTuple):
    """The names that a cell leaves behind: bound or changed by it, and those it imports."""

    bound: frozenset[str]
    imported: frozenset[str]
    star: bool


@cache
def names(source: str) -> Names:
    """What a cell binds at its top level; nothing if it is no Python at all."""
    try:
        text = python(source)
        table, tree = symtable.symtable(text, "cell", "exec"), ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return Names(frozenset(), frozenset(), False)
    symbols = table.get_symbols()
    imported = frozenset(s.get_name() for s in symbols if s.is_imported())
    bound = {s.get_name() for s in symbols if s.is_assigned() or s.is_namespace()}
    changed = {root for node in ast.walk(tree) if (root := _changed(node))}
    star = any(isinstance(n, ast.ImportFrom) and n.names[0].name == "*" for n in ast.walk(tree))
    return Names(frozenset(bound | changed) | imported, imported, star)


def python(source: str) -> str:
    """The cell as Python: magics and shell commands become calls, as IPython does it."""
    return TransformerManager().transform_cell(source)


def _changed(node: ast.AST) -> str:
    """The name whose value a statement changes in place: x[0] = …, x.a = …, x.append(…)."""
    target: ast.AST = node
    stored = isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        target, stored = node.value.func, isinstance(node.value.func, ast.Attribute)
    while stored and isinstance(target, ast.Subscript | ast.Attribute):
        target = target.value
    return target.id if stored and isinstance(target, ast.Name) else ""
