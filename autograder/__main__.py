"""The command mlcourse, also as `python -m autograder`."""

import gc
import sys


def main() -> int:
    """Run the command line; without the packages for grading say in one line how to get them."""
    try:
        gc.disable()  # among what is imported there is no garbage
        from autograder import cli

        gc.freeze()
        gc.enable()
    except ModuleNotFoundError as missing:
        name = str(missing.name).partition(".")[0]
        print(f'mlcourse: {name} is missing: pip install "mlcourse[lab,grade]"')
        return 2
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
