"""Load and faults of the chat fronts, run by hand: `uv run python -m tests.load --help`. No test of time."""
