"""Runs a module as a program of its own, and says at its end what memory it took.

`python -m tests.benchmarks.child OUT MODULE [ARGUMENT…]` writes to OUT one JSON object with the numbers of
/proc/self/status, in kB: VmHWM (peak), VmRSS, RssAnon (of its own), RssFile (mapped files, as the index is).
"""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path

_KEPT = ("VmHWM", "VmRSS", "RssAnon", "RssFile")


def main() -> None:
    out, module, *arguments = sys.argv[1:]
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        sys.stdout.flush()
        Path(out).write_text(json.dumps(read_status()), encoding="utf-8")


def read_status() -> dict[str, int]:
    """This process's memory, in kB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    return {name: int(fields[name].split()[0]) for name in _KEPT}


if __name__ == "__main__":
    main()
