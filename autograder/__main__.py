"""The command mlcourse, also as `python -m autograder`."""

import sys


def main() -> int:
    """Run the command line; without the packages for grading say in one line how to get them."""
    try:
        from autograder import cli
    except ModuleNotFoundError as missing:
        name = str(missing.name).partition(".")[0]
        print(f'mlcourse: {name} is missing: pip install "mlcourse[lab,grade]"')
        return 2
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
