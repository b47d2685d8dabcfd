"""Measures the running product: one JSON object a line, {"name", "value", "unit"}. `make bench` runs it."""
