"""A wrong answer is called by the name of its mistake: the right name, or none."""

import math
import time

import pytest

from autograder.misconceptions import tell
from autograder.questions import questions_of
from autograder.questions.form import Misconception, Question
from autograder.rehearsal import Rehearsal, same

pytestmark = pytest.mark.xdist_group("misconceptions")

ADDS = "def double(x):\n    return x + 2"
ASSIGNMENTS = ["ps1-perceptron", "ps6-momentum"]


def sit(exam, questions=None, seconds=5, tries=False, **answers):
    """The outcome for a notebook that is right but for the given answers."""
    nb = exam.notebook(**answers)
    nb.cells = [cell for cell in nb.cells if tries or not cell.id.startswith("try-")]
    office, desk = exam.office, exam.office.desk
    office.desk = desk if questions is None else desk._replace(questions=questions)
    try:
        return exam.sit(nb, seconds)
    finally:
        office.desk = desk


def named(outcome):
    """What the report will say: question cell → the name of the mistake."""
    return outcome.examined.nb.metadata.get("mlcourse", {}).get("misconceptions", {})


def messages(outcome, question):
    return [cell.message for cell in outcome.cells.values() if cell.question == question]


def equal_where_asked(exam, outcome, question, one, other):
    """Whether two mistakes gave the same answers in all the tests that called them."""
    paper = exam.desk.exams[exam.assignment]
    place = paper.place(question.cell)
    for test, record in outcome.examined.records.items():
        calls = [c for c in record.calls if paper.owner(c.name, paper.place(test)) == place]
        for call in calls:
            got = [
                Rehearsal(paper, paper.place(test), place, mistake.code).outcome(call)
                for mistake in (one, other)
            ]
            if not same(*got):
                return False
    return True


@pytest.mark.parametrize("name", ASSIGNMENTS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_every_known_mistake_is_recognised(name, examinations):
    """By its name, or, where its answers were the same as another's, by that one's.

    One mistake in each question at a time, so that they all get their turn in a few notebooks.
    """
    exam, questions = examinations(name), questions_of(name)
    for i in range(max(len(q.misconceptions) for q in questions)):
        made = {q.cell: q.misconceptions[i % len(q.misconceptions)] for q in questions}
        outcome = sit(exam, **{cell: mistake.code for cell, mistake in made.items()}, seconds=4)
        said = named(outcome)
        assert said.keys() == made.keys()
        for question in questions:
            mistake, name = made[question.cell], said[question.cell]
            other = next(m for m in question.misconceptions if m.name == name)
            assert other == mistake or equal_where_asked(exam, outcome, question, mistake, other)
            assert any(other.hint in text for text in messages(outcome, question.cell))


@pytest.mark.parametrize("name", ASSIGNMENTS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_mistake_alone_is_recognised(name, examinations):
    for question in questions_of(name):
        mistake = question.misconceptions[0]
        outcome = sit(examinations(name), **{question.cell: mistake.code})
        assert named(outcome) == {question.cell: mistake.name}


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_right_answers_of_every_style_are_never_accused(name, examinations):
    exam, questions = examinations(name), questions_of(name)
    for number in range(5):
        answers = {q.cell: q.right[number] for q in questions}
        outcome = sit(exam, **answers)
        assert named(outcome) == {}
        assert not any(cell.message for cell in outcome.cells.values() if cell.points is not None)


def test_a_wrong_answer_like_no_other_gets_no_name(examinations):
    wrong = "def momentum_step(w, v, grad, gamma, eta):\n    return w - 0.3 * grad(w), 7 * v"
    outcome = sit(examinations("ps6-momentum"), momentum_step=wrong)
    assert named(outcome) == {}
    assert outcome.points < 90
    assert not any("looks like" in text for text in messages(outcome, "momentum-step"))


def test_a_style_of_ones_own_hides_no_mistake(examinations):
    """Lists for arrays, a comprehension, other names: the answers are what is compared."""
    keras = """
def momentum_step(w, v, grad, gamma, eta):
    slope = list(grad(w))
    moved = [eta * old - gamma * g for old, g in zip(v, slope)]
    return [a + b for a, b in zip(w, moved)], moved
"""
    assert named(sit(examinations("ps6-momentum"), momentum_step=keras)) == {
        "momentum-step": "Keras' sign"
    }


def test_a_mistake_that_only_nearly_fits_is_not_named(examinations):
    """Right by the visible test's numbers, another mistake by the hidden test's."""
    two_faced = """
def to_average(gamma, eta, v):
    if gamma == 0.125:
        return gamma, v / gamma
    return gamma / (1 - eta), v
"""
    assert named(sit(examinations("ps6-momentum"), to_average=two_faced)) == {}


def test_the_student_is_told_the_name_and_the_hint_where_the_message_has_no_hint(examinations):
    mistake = questions_of("ps6-momentum")[0].misconceptions[0]
    outcome = sit(examinations("ps6-momentum"), momentum_step=mistake.code)
    by_hand = outcome.cells["test-momentum-by-hand"].message
    assert by_hand.count(mistake.hint) == 1
    assert "looks like" not in by_hand
    fifty = outcome.cells["test-momentum-fifty-steps"].message
    assert fifty.endswith(f"This looks like “{mistake.name}”: {mistake.hint}")
    cells = {cell.id: cell for cell in outcome.examined.nb.cells}
    (error,) = cells["test-momentum-fifty-steps"].outputs
    assert error.traceback[-1] == f"AssertionError: {error.evalue}"


def test_the_question_that_made_the_mistake_is_blamed(examinations):
    """train fails because of update, which it calls; its own lines are right."""
    update, train = questions_of("ps1-perceptron")[1:3]
    mistake = next(m for m in update.misconceptions if m.name == "bias not updated")
    outcome = sit(examinations("ps1-perceptron"), update=mistake.code, train=train.right[0])
    assert messages(outcome, "train")[0]
    assert named(outcome) == {"update": "bias not updated"}
    alone = next(m for m in train.misconceptions if m.name == "bias not updated")
    outcome = sit(examinations("ps1-perceptron"), train=alone.code)
    assert named(outcome) == {"train": "bias not updated"}


def test_mistakes_in_two_questions_are_both_named(examinations):
    momentum, nesterov, *_ = questions_of("ps6-momentum")
    first, second = momentum.misconceptions[3], nesterov.misconceptions[0]
    outcome = sit(examinations("ps6-momentum"), momentum_step=first.code, nesterov_step=second.code)
    assert named(outcome) == {"momentum-step": first.name, "nesterov-step": second.name}


def test_only_the_question_that_is_wrong_is_named(examinations):
    exam = examinations("hw")
    known = [
        Question("double", "double", [], [Misconception("adds two", "Twice?", ADDS)]),
        Question("negate", "negate", [], [Misconception("keeps", "", "def negate(x):\n return x")]),
    ]
    outcome = sit(exam, known, double="def double(number):\n    return 2 + number")
    assert named(outcome) == {"double": "adds two"}
    assert outcome.cells["double-hidden"].message == "3 gives 6 This looks like “adds two”: Twice?"
    assert outcome.cells["negate-shown"].message == ""


def test_what_is_remembered_from_earlier_cells_is_taken_into_account(examinations):
    """The lecture's own cell has called the function before the first test does."""
    exam, question = examinations("ps6-momentum"), questions_of("ps6-momentum")[0]
    mistake = question.misconceptions[-1]
    assert mistake.name == "remembers outside of v"
    outcome = sit(exam, tries=True, momentum_step=mistake.code)
    assert named(outcome) == {"momentum-step": mistake.name}


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("def double(x):\n    while True:\n        pass", "endless"),
        ("def double(x):\n    raise LookupError('no')", "raises"),
        ("def double(x):\n    raise ZeroDivisionError('no')", ""),
        ("import os\ndef double(x):\n    os._exit(1)", ""),
        ("def double(x):\n    raise NotImplementedError", ""),
        ("double = 4", ""),
        ("def double(x", ""),
    ],
)
def test_errors_and_endless_loops_are_compared_by_their_kind(examinations, code, hint):
    known = [
        Misconception("endless", "Does it end?", "def double(n):\n    while n == n: n += 1"),
        Misconception("raises", "Which key?", "def double(n):\n    raise LookupError(n)"),
        Misconception("stub", "", "def double(x):\n    raise NotImplementedError"),
    ]
    outcome = sit(
        examinations("hw"), [Question("double", "double", [], known)], double=code, seconds=0.7
    )
    assert outcome.points == 4
    assert named(outcome) == ({"double": hint} if hint else {})


def test_the_comparison_is_bounded_whatever_a_misconception_does(examinations):
    """Endless ones, greedy ones, ones that end the process: the next is tried, or none."""
    endless = [
        Misconception(f"loop {i}", "", "def double(x):\n    while True: pass") for i in range(50)
    ]
    greedy = Misconception("greedy", "", "def double(x):\n    return bytearray(1 << 40)")
    noisy = Misconception("noisy", "", "def double(x):\n    print('!' * 9)\n    return x + 2")
    broken = Misconception("broken", "", "def double(")
    exam, wrong = examinations("hw"), ADDS

    def seconds(known):
        start = time.monotonic()
        outcome = sit(exam, [Question("double", "double", [], known)], double=wrong)
        return named(outcome), time.monotonic() - start

    assert seconds([broken, greedy, noisy])[0] == {"double": "noisy"}
    name, took = seconds(endless)
    assert name == {}
    assert took < 25
    exits = Misconception("exits", "", "import os\ndef double(x):\n    os._exit(0)")
    assert seconds([exits, noisy])[0] == {}


def test_naming_changes_no_mark_and_no_state(examinations):
    exam, wrong = examinations("hw"), ADDS
    tricky = Misconception("tricky", "Hm.", "import math\nmath.tau = 0\n" + ADDS)
    outcome = sit(exam, [Question("double", "double", [], [tricky])], double=wrong)
    assert named(outcome) == {"double": "tricky"}
    assert math.tau > 6
    assert outcome.points == sit(exam, double=wrong).points == 6


def test_no_more_is_recorded_than_the_bound(examinations):
    """A test that calls 300 times: 200 are compared; large values are not kept at all."""
    exam = examinations("hw")
    outcome = sit(exam)
    record = outcome.examined.records["double-shown"]
    assert [(c.name, c.args, c.how, c.value) for c in record.calls] == [
        ("double", (2,), "value", 4)
    ]
    record.listen(lambda *a, **k: 1, "call", (next(iter(record.names)),), ([0] * 10**6,), {})
    assert len(record.calls) == 1
    for i in range(300):
        record.listen(lambda *a, **k: 1, "call", (next(iter(record.names)),), (i,), {})
    assert len(record.calls) == 200


def test_another_course_has_no_questions_and_no_names(examinations):
    assert questions_of("hw") == []
    assert questions_of("form") == []
    assert examinations("hw").desk.questions == []
    assert named(sit(examinations("hw"), double=ADDS)) == {}


def test_a_hint_is_told_once():
    class Error(dict):
        __getattr__, __setattr__ = dict.get, dict.__setitem__

    error = Error(ename="AssertionError", evalue="got 1. Which sign?", traceback=["x"])
    tell(error, "minus", "Which sign?")
    assert error.evalue == "got 1. Which sign?"
    tell(error, "plus", "Up or down")
    assert error.evalue == "got 1. Which sign? This looks like “plus”: Up or down."
