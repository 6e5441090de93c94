"""The form in which an assignment's questions are written down."""

from collections.abc import Callable
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


def mistakes_in(code: str) -> Callable[[str, str, str, str], Misconception]:
    """Write mistakes as the few characters in which they differ from the right answer `code`."""

    def mistake(name: str, hint: str, old: str, new: str) -> Misconception:
        if old not in code:
            raise ValueError(f"{name}: {old!r} does not stand in the right answer")
        return Misconception(name, hint, code.replace(old, new))

    return mistake
