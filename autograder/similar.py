"""Submissions that say the same in other words: a list to look at, never a verdict.

Two answers are the same here if their syntax trees are, once names, comments, docstrings, type
hints, imports, the spelling of numbers and the order of functions are left out.
"""

import ast
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from statistics import median
from typing import NamedTuple

from autograder.names import python

MIN_NODES = 30  # a shorter tree is what anybody would write
MANY = 4  # students, or a tenth of the class: a tree that so many share is common knowledge

Answers = Mapping[str, Mapping[str, str]]  # student → answer cell → what stands there


class Group(NamedTuple):
    """Students whose answers in these cells have the same trees."""

    students: list[str]
    cells: list[str]


def similar(answers: Answers, common: Mapping[str, Iterable[str]]) -> list[Group]:
    """The groups that share at least two of the harder answers, the closest first.

    `common` holds for each cell what anybody may have: the stub, the reference, known answers.
    A question is one of the harder ones if its other answers are among the least often identical.
    """
    known = {(cell, tree(source)) for cell, sources in common.items() for source in sources}
    trees = {
        student: {cell: tree(source) for cell, source in cells.items()}
        for student, cells in answers.items()
    }
    written = (key for own in trees.values() for key in own.items())
    times = Counter(key for key in written if key[1] and key not in known)
    many = max(MANY, len(answers) / 10)
    telling = {key for key, n in times.items() if 2 <= n <= many}
    hard = harder(times)
    shared: defaultdict[tuple, set[str]] = defaultdict(set)  # two trees → who has both
    for student, own in trees.items():
        mine = sorted(key for key in own.items() if key in telling and key[0] in hard)
        for pair in combinations(mine, 2):
            shared[pair].add(student)
    groups: defaultdict[frozenset[str], set[str]] = defaultdict(set)
    for pair, students in shared.items():
        if len(students) > 1:
            groups[frozenset(students)] |= {cell for cell, _ in pair}
    found = [Group(sorted(students), sorted(cells)) for students, cells in groups.items()]
    return sorted(found, key=lambda group: (-len(group.cells), group))


def harder(times: Mapping[tuple[str, str], int]) -> set[str]:
    """The half of the cells, but two at least, in which two answers are least often identical."""
    sizes: defaultdict[str, list[int]] = defaultdict(list)
    for (cell, _), n in times.items():
        sizes[cell].append(n)

    def identical(cell: str) -> float:
        total = sum(sizes[cell])
        return sum(n * (n - 1) for n in sizes[cell]) / max(1, total * (total - 1))

    ranked = sorted(sizes, key=lambda cell: (identical(cell), cell))
    middle = median(map(identical, sizes)) if sizes else 0
    return {*ranked[:2], *(cell for cell in sizes if identical(cell) <= middle)}


def tree(source: str) -> str:
    """A name for the syntax tree of an answer; "" if it is no Python, or too short to tell."""
    try:
        module = ast.parse(python(source))
        shared = {name for node in module.body for name in bound(node)}
        shared |= {node.arg for node in ast.walk(module) if isinstance(node, ast.arg)}
        parts = [Plain(node, shared).visit(node) for node in module.body if _says(node)]
        texts = sorted(ast.dump(part) for part in parts)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    nodes = sum(isinstance(n, ast.expr | ast.stmt) for part in parts for n in ast.walk(part))
    return hashlib.sha256("\n".join(texts).encode()).hexdigest() if nodes >= MIN_NODES else ""


def bound(node: ast.stmt) -> set[str]:
    """The names that a statement binds where it stands."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and _stored(n)}


class Plain(ast.NodeTransformer):
    """Numbers the names of one statement of a cell in their order; other cells' names stay."""

    def __init__(self, statement: ast.stmt, shared: set[str]) -> None:
        self.numbers: dict[str, str] = {}
        self.outer = bound(statement)  # what the cell calls it: it may be called anything
        self.shared = shared
        self.own = {name for node in ast.walk(statement) for name in _bound_by(node)}

    def called(self, name: str) -> str:
        """What stands for a name; nothing tells the cell's functions apart, as they may move."""
        if name in self.own - self.outer:
            return self.numbers.setdefault(name, str(len(self.numbers)))
        return "_" if name in self.shared else name

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Leave out what is only said, and go on with the parts."""
        for field, value in ast.iter_fields(node):
            if field in ("body", "orelse", "finalbody") and isinstance(value, list):
                setattr(node, field, [child for child in value if _says(child)])
        for field in ("annotation", "returns", "type_comment", "kind"):
            if hasattr(node, field) and not isinstance(node, ast.AnnAssign):
                setattr(node, field, None)
        for field in ("id", "arg", "name"):
            if isinstance(name := getattr(node, field, None), str):
                setattr(node, field, self.called(name))
        if isinstance(node, ast.Global | ast.Nonlocal):
            node.names = [self.called(name) for name in node.names]
        return super().generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """A type hint on a value goes, the value stays."""
        assert node.value is not None  # without one it says nothing
        return self.visit(ast.Assign([node.target], node.value))

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """2 is 2.0, and "a" is 'a'."""
        value = node.value
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53:
            value = float(value)
        return ast.Constant(value)


def _bound_by(node: ast.AST) -> Iterator[str]:
    """The names that a node binds, wherever it stands."""
    if isinstance(node, ast.Name) and _stored(node):
        yield node.id
    for field in ("name", "arg"):
        name = getattr(node, field, None)
        if isinstance(name, str) and not isinstance(node, ast.keyword | ast.alias):
            yield name


def _stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store | ast.Del)


def _says(node: ast.AST) -> bool:
    """Whether it does anything: docstrings, imports, pass and bare type hints do not."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return False
    if isinstance(node, ast.AnnAssign) and node.value is None:
        return False
    return not isinstance(node, ast.Import | ast.ImportFrom | ast.Pass)
