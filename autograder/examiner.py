"""Examine one notebook: the student's cells run in a candidate, the tests run here.

First the candidate runs every cell that is no test, and leaves a snapshot of itself wherever a
test stands; then it is ended. Only after that do the tests run, in this process, which alone
knows them, each against its snapshot. A name that a test uses and that is the student's work
is fetched from there: values as copies, functions and objects as stand-ins.

Why a student cannot win
- What tests, reference and gradebook say is in no process and no file that a candidate reaches
  (warm, candidate.sandbox, desk); what cells show is collected before the first test begins, and
  what functions print is shown of visible tests only, which come before all hidden ones.
- Which tests there are, what they say and what they are worth comes from source/ (exam).
- A value arrives as data, built here from exact, known types (candidate.wire, candidate.kinds):
  no comparison, no conversion and no attribute of it runs a student's code.
- A stand-in can be asked only what the instructor's own solution was asked in the same test
  (precedent, adoption, standins): no object agrees with everything where values are expected.
- No exception ends a test quietly, and a candidate that dies, hangs or babbles ends it for good,
  whatever the test catches (inquiry).
- What a candidate changes in a test's own values, and the instructor's solution does not, is
  changed back, and the test runs again without it (trial).
- Points follow from what a test does here; nothing that a candidate prints or claims is read for
  them. Of a hidden test its own message is shown, and nothing that the candidate made of what
  the test gave it (trial, shown).
"""

import copy
from collections.abc import Callable
from contextlib import ExitStack
from typing import NamedTuple

from nbformat import NotebookNode

from autograder.candidate.wire import Channel
from autograder.exam import Exam, grade_id, restore
from autograder.inquiry import Inquiry
from autograder.precedent import Precedent
from autograder.record import Record
from autograder.room import Room
from autograder.sitting import Sitting
from autograder.trial import Trial
from autograder.warm import Cold, Warm

AGAIN = 5  # times that a submission's cells run once more because snapshots had ended


class Examined(NamedTuple):
    """The executed notebook, what had been tampered with, which walls stood, what was asked."""

    nb: NotebookNode
    notes: list[str]
    walls: list[str]
    records: dict[str, Record]


def examine(
    exam: Exam, submitted: NotebookNode, warm: Warm | Cold, precedent: Precedent, seconds: float
) -> Examined:
    """Run a submitted notebook and every test of the exam; return it with the outcomes."""
    nb, notes = restore(exam, submitted)
    places = {i: exam.place(name) for i, cell in enumerate(nb.cells) if (name := _test(exam, cell))}

    def asked(test: int, name: str) -> bool:
        return precedent.known(exam.cells[test].name, "name", name)

    with ExitStack() as stack:

        def sit(written: NotebookNode) -> Sitting:
            found = Sitting(warm, written, list(places), exam.classes(), seconds)
            return stack.enter_context(found).run_cells()

        def sit_test(i: int, place: int, peer: Inquiry) -> Inquiry:
            others = snapshots.peers.values()
            nb.cells[i].outputs = Trial(room, place, peer, seconds, others).outputs(nb, i)
            records[exam.cells[place].name] = peer.record
            return peer

        room, records = Room(exam, asked), dict[str, Record]()
        snapshots = Snapshots(sit, nb, precedent, room)
        # The hidden ones last: what they give to a function of the student's, that function
        # could keep in a file, and tell when a test calls it that shows what it says.
        order = [(n, i, place) for n, (i, place) in enumerate(places.items())]
        for n, i, place in sorted(order, key=lambda test: exam.cells[test[-1]].is_hidden):
            if sit_test(i, place, snapshots.of(n)).ended:
                sit_test(i, place, snapshots.again(n))
        return Examined(nb, notes, snapshots.sitting.walls, records)


class Snapshots:
    """Who answers each test's questions: its snapshot, or that of another sitting."""

    def __init__(
        self,
        sit: Callable[[NotebookNode], Sitting],
        nb: NotebookNode,
        precedent: Precedent,
        room: Room,
    ) -> None:
        self.sit, self.nb, self.precedent, self.room = sit, nb, precedent, room
        self.peers: dict[Channel, Inquiry] = {}
        self.sitting, self.spare = sit(nb), AGAIN

    def of(self, test: int) -> Inquiry:
        """Whoever answers the test: not who was lost in an earlier one."""
        peer = self._peer(test)
        return self.again(test) if peer.lost else peer

    def again(self, test: int) -> Inquiry:
        """Who answers after what an earlier test called has ended the snapshot."""
        if self.spare:
            shown_elsewhere = copy.deepcopy(self.nb)  # what cells show is what they showed first
            self.sitting, self.spare = self.sit(shown_elsewhere), self.spare - 1
        return self._peer(test)

    def _peer(self, test: int) -> Inquiry:
        channel = self.sitting.snapshots[test]
        if channel not in self.peers:
            self.peers[channel] = Inquiry(channel, self.precedent, self.room.given_class)
        return self.peers[channel]


def _test(exam: Exam, cell: NotebookNode) -> str:
    name = grade_id(cell)
    return name if any(c.is_test and c.name == name for c in exam.cells) else ""
