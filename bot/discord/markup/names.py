"""The names of the application commands, as Discord shows them."""

ASK, STATUS, REINDEX, CONFIG = "ask", "status", "reindex", "config"
ANSWER = "Answer from the docs"
NAMES = frozenset({ASK, STATUS, REINDEX, CONFIG, ANSWER})
