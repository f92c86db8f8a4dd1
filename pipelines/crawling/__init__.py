"""One crawl, as the engine's tasks run it: take it up, compare, have the difference carried, wait, settle.

The engine carries work and may lose it: with the engine killed, or its Postgres away, runs of two tasks are
left incomplete for good. So what is done is never asked of the engine: it is read from the index, and what is
missing after a silence is carried again. All of it may be done twice.
"""
