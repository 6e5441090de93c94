"""`python -m autograder` is the command mlcourse."""

import sys

from autograder.cli import main

sys.exit(main())
