"""A program on a pseudo-terminal of its own, and a glass that shows what a person would see."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

# The child makes the terminal its controlling one, so that Ctrl-C becomes a signal as on a real one.
_LAUNCH = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)
ROOT = Path(__file__).parents[2]


class PseudoTerminal:
    """Runs `python ARGS…`; what it prints is collected while the test waits for something in it."""

    def __init__(
        self, args: Sequence[str], *, folder: Path, env: Mapping[str, str] | None = None, rows: int = 24
    ) -> None:
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, 80, 0, 0))
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.process = subprocess.Popen(
            [sys.executable, "-c", _LAUNCH, *args],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=folder,
            env={
                **kept,
                "TERM": "xterm",
                "PYTHONPATH": str(ROOT),
                "PYTHONUTF8": "1",
                "PROMPT_TOOLKIT_NO_CPR": "1",  # nobody is there to answer where the cursor is
                **(env or {}),
            },
            start_new_session=True,
        )
        os.close(slave)
        self.output = ""
        self._seen = 0

    def __enter__(self) -> PseudoTerminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self._master)

    def send(self, text: str) -> None:
        os.write(self._master, text.encode())

    def read_until(self, text: str, *, seconds: float = 15) -> str:
        """What came since the last call, up to and with `text`."""
        end = time.monotonic() + seconds
        while (place := self.output.find(text, self._seen)) < 0:
            left = end - time.monotonic()
            if left <= 0 or not self._read(left):
                raise AssertionError(f"{text!r} did not come; this did: {self.output[self._seen :]!r}")
        start, self._seen = self._seen, place + len(text)
        return self.output[start : self._seen]

    def _read(self, seconds: float) -> bool:
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        try:
            block = os.read(self._master, 65536)
        except OSError:  # Linux says so when the last one has closed the other end
            return False
        self.output += block.decode("utf-8", errors="replace")
        return bool(block)

    def wait(self, *, seconds: float = 15) -> int:
        """The exit code; what still comes is collected."""
        end = time.monotonic() + seconds
        while self._read(max(0.0, end - time.monotonic())):
            pass
        return self.process.wait(timeout=max(0.1, end - time.monotonic()))


_TOKEN = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])|\x1b\][^\x07]*\x07|[\s\S]")


class Glass:
    """What a terminal of some height shows after all that, scrolled-off lines included."""

    def __init__(self, height: int) -> None:
        self._height = height
        self._lines: list[str] = [""]
        self._row = 0
        self._column = 0

    def feed(self, output: str) -> None:
        for match in _TOKEN.finditer(output):
            number, letter = match.group(1), match.group(2)
            if letter == "A":
                top = max(0, len(self._lines) - self._height)
                self._row = max(top, self._row - int(number or 1))
            elif letter == "K":
                self._lines[self._row] = "" if number == "2" else self._lines[self._row][: self._column]
            elif letter is None:
                self._type(match.group())

    def _type(self, character: str) -> None:
        if character == "\r":
            self._column = 0
        elif character == "\n":
            self._row, self._column = self._row + 1, 0
            if self._row == len(self._lines):
                self._lines.append("")
        elif character >= " ":
            line = self._lines[self._row].ljust(self._column)
            self._lines[self._row] = line[: self._column] + character + line[self._column + 1 :]
            self._column += 1

    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self._lines).strip("\n")
