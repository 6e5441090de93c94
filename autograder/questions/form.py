"""The form in which an assignment's questions are written down."""

from typing import NamedTuple


class Misconception(NamedTuple):
    """A wrong solution that students really write.

    `name` says the mistake in a few words, `hint` leads on without giving the line away,
    `code` is a whole solution cell that makes this mistake and no other.
    """

    name: str
    hint: str
    code: str


class Question(NamedTuple):
    """One question of an assignment: what goes into its solution cell `cell`.

    `right` holds right solution cells as differently written as careful students write
    them; the tests of the assignment must accept each, and refuse each misconception.
    """

    name: str
    cell: str
    right: list[str]
    misconceptions: list[Misconception]
