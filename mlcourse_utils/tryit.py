"""What stands around a try-it cell of an exercise while the student's function is a stub."""

from contextlib import contextmanager


@contextmanager
def trying(function):
    """Run a try-it cell; where it meets `raise NotImplementedError()`, say so in one line.

    `function` is the name of what has to be written first. Every other error goes its way.

    >>> with trying("predict"):
    ...     raise NotImplementedError()
    Nothing to see yet: write `predict` first.
    """
    try:
        yield
    except NotImplementedError:
        print(f"Nothing to see yet: write `{function}` first.")
