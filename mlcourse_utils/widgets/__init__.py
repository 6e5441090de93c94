"""Live figures, one file a topic: `explore_*` functions return a widget to show."""
