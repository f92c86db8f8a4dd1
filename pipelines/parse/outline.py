"""Headings, tabs and blocks in the order of the page → the document's sections."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from pipelines.parse.models import Block, Document, Heading, Section
from pipelines.parse.slugs import Slugs, slug

HEADING_CHARACTERS = 400
"""A longer heading is no heading: its words go into the text, the breadcrumb stays short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """A heading as the page has it."""

    level: int
    text: str
    """Plain."""
    anchor: str = ""
    """The id that the author gave; empty: made from the text."""
    quiet: bool = False
    """Has an anchor but opens no section: it stands in a list or a quotation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A tab, a step, an accordion begins: a heading without an address of its own."""

    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """It ends, and what follows stands under the heading that was open before it."""


Event = Headline | Opened | Closed | Block


@dataclass(slots=True)
class Scope:
    """An open tab."""

    label: str
    before: tuple[Heading, ...]
    """The headings around it."""
    shown: bool = False
    """Something stands in it, so that it has become a heading."""

    @property
    def floor(self) -> int:
        """Headings inside the tab close no more than what is below this depth."""
        return len(self.before) + 1


@dataclass(slots=True)
class Outline:
    """Builds the sections of one page."""

    title: str
    """From front matter; empty: the first heading of level 1 becomes it."""
    slugs: Slugs = field(default_factory=Slugs)
    headings: tuple[Heading, ...] = ()
    blocks: list[Block] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    """Of tabs that held nothing (their code is not in the file): one line of text instead of headings."""
    begun: bool = False
    """The section at hand was begun by a heading, so that it is kept even when it is empty."""
    first: bool = True
    """No heading has been met."""
    titled: bool = False
    """The page's title has been met as a heading."""

    def add(self, event: Event) -> None:
        match event:
            case Block():
                self._show()
                self._write_labels()
                self.blocks.append(event)
            case Headline():
                self._head(event)
            case Opened():
                self._show()
                self.scopes.append(Scope(event.label, self.headings))
            case Closed():
                self._close()

    def finish(self) -> tuple[Section, ...]:
        while self.scopes:
            self._close()
        self._flush((), begun=False)
        return tuple(self.sections)

    def _flush(self, headings: tuple[Heading, ...], *, begun: bool) -> None:
        self._write_labels()
        if self.blocks or self.begun:
            self.sections.append(Section(headings=self.headings, blocks=tuple(self.blocks)))
        self.blocks = []
        self.headings = headings
        self.begun = begun

    def _write_labels(self) -> None:
        if self.labels:
            self.blocks.append(Block(kind="prose", text=", ".join(self.labels)))
            self.labels = []

    def _head(self, line: Headline) -> None:
        anchor = self.slugs.claim(line.anchor) if line.anchor else self.slugs.of_heading(line.text)
        if line.quiet:
            return
        self._show()
        first, self.first = self.first, False
        if not self.titled and not self.scopes and self._is_title(line, first=first):
            self.titled = True
            self.title = self.title or line.text
            self._flush((), begun=True)
            return
        floor = self.scopes[-1].floor if self.scopes else 0
        around = self.headings
        while len(around) > floor and around[-1].level >= line.level:
            around = around[:-1]
        self._flush((*around, Heading(level=line.level, text=line.text, anchor=anchor)), begun=True)

    def _is_title(self, line: Headline, *, first: bool) -> bool:
        """The page's title as a heading; emoji and punctuation may differ. Some pages have it at level 2."""
        if not self.title:
            return line.level == 1
        return (line.level == 1 or first) and slug(self.title).strip("-") == slug(line.text).strip("-")

    def _show(self) -> None:
        """Makes a heading of the tab that was opened last, now that something stands in it."""
        if not self.scopes or self.scopes[-1].shown:
            return
        scope = self.scopes[-1]
        scope.shown = True
        around = scope.before
        level = min(around[-1].level + 1, 6) if around else 2
        anchor = around[-1].anchor if around else ""
        self._flush((*around, Heading(level=level, text=scope.label, anchor=anchor)), begun=False)

    def _close(self) -> None:
        if not self.scopes:
            return
        scope = self.scopes.pop()
        if scope.shown:
            self._flush(scope.before, begun=False)
        else:
            self.labels.append(scope.label)


def build_document(path: str, events: Iterable[Event], *, title: str = "", description: str = "") -> Document:
    """The document that the events tell of; without a title of its own it is named after its file."""
    outline = Outline(title=title)
    for event in events:
        outline.add(event)
    sections = outline.finish()
    return Document(title=outline.title or name_page(path), description=description, sections=sections)


def name_page(path: str) -> str:
    """A title made from the file's name: `guides/getting-started.md` → `Getting started`."""
    file = PurePosixPath(path)
    stem = file.stem
    if stem.lower() in {"index", "readme", "_index"} and file.parent.name not in ("", ".", ".."):
        stem = file.parent.name
    words = " ".join(stem.replace("-", " ").replace("_", " ").split())
    return words[:1].upper() + words[1:]
