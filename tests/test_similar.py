"""Near-identical submissions: what a copier changes is seen through, style of one's own is not."""

from itertools import combinations

import pytest
from conftest import ROOT

from autograder.course import Course
from autograder.demo import solutions
from autograder.questions import questions_of
from autograder.similar import Group, harder, similar, tree

ORIGINAL = '''
def helper(rows, scale):
    """Scale them."""
    total = 0
    for row in rows:
        total += 2 * row.sum() / scale
    return total


def descend(w, grads, rate=0.5):
    path = [w]
    for grad in grads:
        if grad is None:
            continue
        w = w - rate * grad(w) * helper(rows=path, scale=1000)
        path.append(w)
    return path, helper(path, 'x')
'''
COPIES = {
    "renamed": ORIGINAL.replace("total", "s").replace("rows", "them").replace("grad", "slope"),
    "the function renamed": ORIGINAL.replace("helper", "zz_first"),
    "reformatted": ORIGINAL.replace("    ", "  ").replace(" * ", "*").replace("[w]", "[\n w,\n ]"),
    "commented": ORIGINAL.replace("path = [w]", "path = [w]  # mine!").replace("Scale", "My"),
    "docstring dropped": ORIGINAL.replace('    """Scale them."""\n', ""),
    "hinted": ORIGINAL.replace("(w, grads, rate=0.5)", "(w: list, grads: 'x', rate: int = 0.5)")
    .replace("scale):", "scale) -> 'int':")
    .replace("path = [w]", "path: list[int] = [w]"),
    "other spelling": ORIGINAL.replace("0.5", ".50").replace("1000", "1e3").replace("'x'", '"x"')
    .replace("2 *", "2.0 *"),
    "reordered": "\n\n".join(reversed(ORIGINAL.split("\n\n\n"))),
    "imports": "import os\n" + ORIGINAL.replace("    path =", "    import math\n    path ="),
    "parentheses and pass": ORIGINAL.replace("return path,", "pass\n    return (path),"),
}  # fmt: skip
OTHERS = {
    "another number": ORIGINAL.replace("0.5", "0.25"),
    "another operation": ORIGINAL.replace("w - rate", "w + rate"),
    "another method": ORIGINAL.replace(".sum()", ".max()"),
    "other names used twice": ORIGINAL.replace("return total", "return scale"),
    "another text": ORIGINAL.replace("'x'", "'y'"),
    "a statement more": ORIGINAL.replace("continue", "path = []\n            continue"),
}


@pytest.mark.parametrize("code", COPIES.values(), ids=COPIES)
def test_what_a_copier_changes_is_seen_through(code):
    assert code != ORIGINAL
    assert tree(code) == tree(ORIGINAL) != ""


@pytest.mark.parametrize("code", OTHERS.values(), ids=OTHERS)
def test_another_program_has_another_tree(code):
    assert tree(code) not in ("", tree(ORIGINAL))


@pytest.mark.parametrize(
    "code", ["", "def half_a(", "x = 1", "%matplotlib inline", "\0", "(" * 5000, "-" * 90_000 + "1"]
)
def test_what_is_no_program_has_no_tree(code):
    assert tree(code) == ""


@pytest.mark.parametrize("name", ["ps1-perceptron", "ps6-momentum"])
def test_right_answers_in_different_styles_are_different(name):
    """All the styles that careful students write, and all known mistakes, a pair at a time."""
    course = Course(ROOT)
    reference = solutions(course, name)
    for question in questions_of(name):
        trees = {tree(code) for code in question.right if tree(code)}
        assert len(trees) == sum(tree(code) != "" for code in question.right)
    students = {
        f"style {i}": {q.cell: q.right[i % len(q.right)] for q in questions_of(name)}
        for i in range(5)
    }
    for one, other in combinations(students, 2):
        pair = {one: students[one], other: students[other]}
        assert similar(pair, {cell: [text] for cell, text in reference.items()}) == []


def variant(number):
    return ORIGINAL.replace("0.5", str(number + 2))


def class_of(n, **special):
    """n students with answers of their own in three questions, and some special ones."""
    cells = ["a", "b", "c"]
    own = {f"s{i}": {c: variant(10 * i + j) for j, c in enumerate(cells)} for i in range(n)}
    return {**own, **special}


COPY = dict.fromkeys("abc", COPIES["renamed"])


def test_two_shared_answers_make_a_group_and_one_does_not():
    one = class_of(20, ada={**COPY}, bob={**COPY, "b": variant(900), "c": variant(901)})
    assert similar(one, {}) == []
    two = class_of(20, ada={**COPY}, bob={**COPY, "c": variant(901)})
    assert similar(two, {}) == [Group(["ada", "bob"], ["a", "b"])]


def test_a_ring_is_one_group_and_its_closest_pair_another():
    ring = class_of(20, ada=COPY, bob=COPY, cy={**COPY, "c": variant(901)})
    assert similar(ring, {}) == [
        Group(["ada", "bob"], ["a", "b", "c"]),
        Group(["ada", "bob", "cy"], ["a", "b"]),
    ]


def test_what_is_common_knowledge_or_given_accuses_nobody():
    pair = class_of(20, ada=COPY, bob=COPY)
    assert similar(pair, {"a": [ORIGINAL], "b": [ORIGINAL]}) == []
    crowd = class_of(20, **{f"t{i}": COPY for i in range(5)})
    assert similar(crowd, {}) == []
    assert similar(class_of(50, **{f"t{i}": COPY for i in range(5)}), {}) == [
        Group([f"t{i}" for i in range(5)], ["a", "b", "c"])
    ]


def test_short_answers_accuse_nobody():
    short = dict.fromkeys("abc", "def f(x):\n    return x * 2")
    assert similar({"ada": short, "bob": short}, {}) == []


def test_questions_that_all_answer_alike_do_not_count():
    """Four questions: the two with one natural answer are left out, whoever shares them."""
    easy = {"c": ORIGINAL, "d": ORIGINAL}
    students = {f"s{i}": {"a": variant(i), "b": variant(50 + i), **easy} for i in range(3)}
    assert similar(students, {}) == []
    assert harder({("a", "1"): 1, ("a", "2"): 1, ("b", "1"): 1, ("c", "1"): 9, ("d", "1"): 9}) == {
        "a",
        "b",
    }


def test_a_large_class_takes_a_moment_only():
    students = {f"s{i}": {"a": variant(i), "b": variant(2 * i)} for i in range(300)}
    students["copy"] = students["s0"]
    (group,) = similar(students, {})
    assert group == Group(["copy", "s0"], ["a", "b"])
