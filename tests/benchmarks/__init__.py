"""Figures beside the tutorial's, run by hand: `uv run python -m tests.benchmarks --help`. No test of time."""
