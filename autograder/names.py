"""Which names a cell binds, read from its text without running it."""

import ast
import contextlib
import importlib
import symtable
from functools import cache
from typing import NamedTuple

from IPython.core.inputtransformer2 import TransformerManager


class Names(NamedTuple):
    """The names that a cell binds, those of them that it only imports, others that it changes.

    And those that are classes defined there.
    """

    bound: frozenset[str] = frozenset()
    imported: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()


@cache
def names(source: str) -> Names:
    """What an exam's cell binds at its top level; nothing if it is no Python at all."""
    try:
        text = python(source)
        table, tree = symtable.symtable(text, "cell", "exec"), ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return Names()
    symbols = table.get_symbols()
    assigned = {s.get_name() for s in symbols if s.is_assigned() or s.is_namespace()}
    imported = {s.get_name() for s in symbols if s.is_imported()} | _starred(tree)
    changed = {root for node in ast.walk(tree) if (root := _changed(node))}
    bound = assigned | imported
    classes = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    return Names(*map(frozenset, (bound, imported - assigned, changed - bound, classes)))


def imports(source: str) -> str:
    """The import statements of an exam's cell, without the rest of it."""
    tree = ast.parse(python(source))
    tree.body = [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]
    return ast.unparse(tree)


def python(source: str) -> str:
    """The cell as Python: magics and shell commands become calls, as IPython does it."""
    return TransformerManager().transform_cell(source)


def _starred(tree: ast.AST) -> set[str]:
    """What `from … import *` brings: these names are the module's, not to be asked of anyone."""
    found = set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.names[0].name == "*":
            with contextlib.suppress(ImportError):
                module = importlib.import_module(node.module)
                public = [name for name in vars(module) if not name.startswith("_")]
                found.update(getattr(module, "__all__", public))
    return found


def _changed(node: ast.AST) -> str:
    """The name whose value a statement changes in place: x[0] = …, x.a = …, x.append(…)."""
    target: ast.AST = node
    stored = isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        target, stored = node.value.func, isinstance(node.value.func, ast.Attribute)
    while stored and isinstance(target, ast.Subscript | ast.Attribute):
        target = target.value
    return target.id if stored and isinstance(target, ast.Name) else ""
