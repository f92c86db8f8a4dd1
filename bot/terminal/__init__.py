"""The terminal, a front like any other: questions come from a prompt or a pipe, answers go to the screen."""
