"""Build, check, grade and report: what the instructor runs."""
