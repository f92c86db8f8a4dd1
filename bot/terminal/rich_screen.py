"""The screen of a real terminal: Markdown with colours, shown while it is being written."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TextIO

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.live import Live
from rich.markdown import Markdown
from rich.segment import Segment
from rich.text import Text

from bot.core.models import Citation
from bot.terminal.blocks import cut, parser
from bot.terminal.screen import source_lines
from bot.terminal.text import Cleaner, clean, clean_line

SECONDS_A_FRAME = 0.08


def make_console(stream: TextIO, environ: Mapping[str, str]) -> Console:
    # Nothing that is printed here is markup of rich's: a document's [red] stays as it is.
    return Console(
        file=stream,
        markup=False,
        emoji=False,
        highlight=False,
        soft_wrap=False,
        no_color=bool(environ.get("NO_COLOR")),
    )


class Page(Markdown):
    """Markdown whose links show their address and whose HTML is shown, not dropped."""

    def __init__(self, text: str) -> None:
        super().__init__("", hyperlinks=False)
        self.parsed = parser().parse(text)


class Tail:
    """The last lines of something, as many as the terminal is high: more could not be erased again."""

    def __init__(self, inner: RenderableType) -> None:
        self._inner = inner

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = console.render_lines(self._inner, options.update(height=None), pad=False)
        for line in lines[-max(1, console.size.height - 2) :]:
            yield from line
            yield Segment.line()


class RichScreen:
    """Finished blocks are printed for good; only the last one is drawn anew as it grows."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._markdown = parser()
        self._cleaner = Cleaner()
        self._live: Live | None = None
        self._text = ""
        """What was written and is not yet printed for good."""
        self._printed = False
        self._frame: asyncio.TimerHandle | None = None

    def _draw(self, renderable: RenderableType) -> None:
        if self._live is None:
            self._live = Live(
                console=self._console,
                auto_refresh=False,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
                vertical_overflow="visible",
            )
            self._live.start()
        self._live.update(renderable, refresh=True)

    def _gap(self) -> tuple[str, ...]:
        return ("",) if self._printed else ()

    def _print(self, text: str) -> None:
        if text.strip():
            self._console.print(Group(*self._gap(), Page(text)))
            self._printed = True

    def status(self, text: str) -> None:
        if self._console.is_terminal and not self._text:
            self._draw(Text(clean_line(text), style="dim"))

    def write(self, piece: str) -> None:
        self._text += self._cleaner.feed(piece)
        if self._frame is None:
            self._frame = asyncio.get_running_loop().call_later(SECONDS_A_FRAME, self.draw_now)

    def draw_now(self) -> None:
        """Draws what was written by now, without waiting for the next frame."""
        self._cancel_frame()
        place = cut(self._text, self._markdown)
        self._print(self._text[:place])
        self._text = self._text[place:]
        self._draw(Tail(Group(*self._gap(), Page(self._text))))

    def _cancel_frame(self) -> None:
        if self._frame is not None:
            self._frame.cancel()
            self._frame = None

    def end(self) -> None:
        self._cancel_frame()
        if self._live is not None:
            self._live.update("")
            self._live.stop()
            self._live = None
        self._print(self._text + self._cleaner.flush())
        self._text, self._printed = "", False

    def say(self, text: str) -> None:
        self._console.print(Text(clean(text)))

    def list_sources(self, citations: Sequence[Citation], *, heading: str, quotes: bool = False) -> None:
        if not citations:
            return
        self._console.print()
        self._console.print(Text(heading, style="bold"))
        for citation in citations:
            name, address = source_lines(citation)
            # An address that is wrapped cannot be opened: the terminal breaks it, if it must.
            self._console.print(Text(name), soft_wrap=True)
            self._console.print(Text(f"    {address}", style="cyan"), soft_wrap=True)
            if quotes and citation.quote:
                self._console.print(Text(f"    “{clean_line(citation.quote)}”", style="dim"))
