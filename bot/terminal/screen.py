"""Where an answer is shown, and how its sources are listed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TextIO

from bot.core.models import Citation
from bot.terminal.text import Cleaner, clean, clean_line

SHORT_COMMIT = 7


class Screen(Protocol):
    """One answer at a time: status, then write…, then end; say and list_sources between answers."""

    def status(self, text: str) -> None:
        """What is being done now; shown until something else is."""
        ...

    def write(self, piece: str) -> None:
        """The next piece of the answer, Markdown."""
        ...

    def end(self) -> None:
        """The answer's text is whole, or broken off: everything that was written is on the screen."""
        ...

    def say(self, text: str) -> None:
        """Words of the program itself."""
        ...

    def list_sources(self, citations: Sequence[Citation], *, heading: str, quotes: bool = False) -> None: ...


def source_lines(citation: Citation) -> tuple[str, str]:
    """`[1] Title › Heading (1a2b3c4)` and the address; everything cleaned."""
    title, heading = clean_line(citation.title), clean_line(citation.heading).replace(" > ", " › ")
    name = " › ".join(part for part in dict.fromkeys((title or clean_line(citation.path), heading)) if part)
    commit = f" ({clean_line(citation.commit)[:SHORT_COMMIT]})" if citation.commit else ""
    return f"[{citation.number}] {name}{commit}", clean_line(citation.url or citation.path)


class PlainScreen:
    """Plain text, for a pipe, a file or a terminal that knows nothing else."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._cleaner = Cleaner()
        self._last = "\n"

    def _put(self, text: str) -> None:
        if text:
            self._stream.write(text)
            self._last = text[-1]
        self._stream.flush()

    def status(self, text: str) -> None:
        """A pipe's reader wants the answer alone."""

    def write(self, piece: str) -> None:
        self._put(self._cleaner.feed(piece))

    def end(self) -> None:
        self._put(self._cleaner.flush())
        if self._last != "\n":
            self._put("\n")

    def say(self, text: str) -> None:
        self._put(f"{clean(text)}\n")

    def list_sources(self, citations: Sequence[Citation], *, heading: str, quotes: bool = False) -> None:
        if not citations:
            return
        lines = [heading]
        for citation in citations:
            name, address = source_lines(citation)
            lines += [name, f"    {address}"]
            if quotes and citation.quote:
                lines.append(f"    “{clean_line(citation.quote)}”")
        self._put("\n" + "\n".join(lines) + "\n")
