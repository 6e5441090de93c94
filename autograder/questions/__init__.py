"""For each assignment: its questions, right answers of every style, and the known mistakes."""
