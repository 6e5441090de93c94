"""Which names a cell binds, read from its text without running it."""

import ast
import builtins
import contextlib
import importlib
import re
import symtable
from functools import cache, lru_cache
from typing import NamedTuple

from IPython.core.inputtransformer2 import TransformerManager

CELL_MAGIC = re.compile(r"\A\s*?%%(time|timeit|capture|prun)\b.*")
LINE_MAGIC = re.compile(r"^(\s*)%(?:time|timeit|prun) +(?:-[nr] *\d+ +)*(?=[^\s-])", re.MULTILINE)
MUTATORS = {"shuffle", "fill_diagonal", "copyto", "put", "putmask", "place", "put_along_axis", "at",
            "heappush", "heappop", "heapify", "insort", "insort_left", "insort_right"}  # fmt: skip
MAKERS = {"default_rng", "RandomState", "Random", "Generator", "iter", "count", "cycle"}
EVERYBODY_S = "random.random"  # the generator that a module keeps for everybody
SHARED = {"random", "np.random", "numpy.random"}


class Names(NamedTuple):
    """The names that a cell binds, those of them that it only imports, others that it changes.

    `handed` are those that it gives to a function to be changed there, perhaps; `classes` are
    defined there; `streams` are random generators that it makes, `used` all names that it reads.
    """

    bound: frozenset[str] = frozenset()
    imported: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    handed: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    streams: frozenset[str] = frozenset()
    used: frozenset[str] = frozenset()


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
    handed = {name for node in tree.body for name in _handed(node)}
    bound = assigned | imported
    classes = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    found = bound, imported - assigned, changed - bound, handed - bound, classes, _streams(tree)
    return Names(*map(frozenset, (*found, used)))


def imports(source: str) -> str:
    """The import statements of an exam's cell, without the rest of it."""
    tree = ast.parse(python(source))
    tree.body = [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]
    return ast.unparse(tree)


@lru_cache(1000)
def python(source: str) -> str:
    """The cell as Python: magics and shell commands become calls, as IPython does it.

    What a magic only measures or silences stays itself, line by line.
    """
    plain = LINE_MAGIC.sub(r"\1", CELL_MAGIC.sub("", source, count=1))
    return TransformerManager().transform_cell(plain)


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


def _handed(node: ast.AST) -> set[str]:
    """The names that a statement gives to a function whose result it does not use."""
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return set()
    called = node.value.func
    known = isinstance(called, ast.Attribute) and called.attr in MUTATORS
    own = isinstance(called, ast.Name) and not hasattr(builtins, called.id)
    own = own and ast.unparse(called) != "display"
    given = [*node.value.args, *(keyword.value for keyword in node.value.keywords)]
    return {x.id for x in given if isinstance(x, ast.Name)} if known or own else set()


def _streams(tree: ast.Module) -> set[str]:
    """The random generators and iterators that a cell makes, as far as it is to be seen."""
    found = set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            maker = ast.unparse(node.value.func).rpartition(".")[2] in MAKERS
            found |= {x.id for x in node.targets if maker and isinstance(x, ast.Name)}
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in SHARED:
            found |= {EVERYBODY_S} if node.attr not in MAKERS else set()
    return found
