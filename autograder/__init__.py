"""Grading for the course: build assignments, examine submissions, report on a class."""

import sys

# jsonschema builds a grammar of URLs at import, a whole second, if this package is there; no
# notebook format asks for one.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
