"""The labels of tabs, steps and accordions, as marks for headings."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipelines.parse.components import SCOPES
from pipelines.parse.tags import Tag, read_labels

OPEN, CLOSE = "\ufdd0", "\ufdd1"
"""A line that begins with OPEN holds the label of a tab, one of CLOSE ends the tab. They are code points but
no characters; decoding drops them from every file."""
DEEPEST = 6
"""Tabs in tabs beyond this open no heading: the breadcrumb would be longer than the text."""
NEAR = 20
"""Open components, innermost first, among which a closing tag looks for its own."""


@dataclass(slots=True)
class Frame:
    """An open component that has labels for its children, or that stands for a heading itself."""

    name: str
    labels: list[str] = field(default_factory=list)
    next: int = 0
    scope: bool = False


class Labels:
    """The components that are open at one place of the page."""

    def __init__(self) -> None:
        self._frames: list[Frame] = []
        self._depth = 0

    def enter(self, tag: Tag) -> None:
        """A component that lists its children's labels: `<Tabs items={["npm", "yarn"]}>`, in Docusaurus
        `<Tabs values={[{label: "npm", value: "n"}]}>`."""
        items = tag.attributes.get("items") or tag.attributes.get("values")
        if items and items.code:
            self._frames.append(Frame(tag.name, read_labels(items.text)))

    def open(self, tag: Tag, *, in_list: bool) -> str:
        """The Markdown with which a tab begins: a mark, or in a list and far down its label alone."""
        label = self.label(tag)
        scope = bool(label) and not in_list and self._depth < DEEPEST
        self._depth += scope
        self._frames.append(Frame(tag.name, scope=scope))
        if scope:
            return f"\n\n{OPEN}{label}\n\n"
        return f"**{label}**\n\n" if label else ""

    def label(self, tag: Tag) -> str:
        """Its own label, else the one that the component around has for its place."""
        around = self._frames[-1] if self._frames else None
        listed = ""
        if around and around.labels:
            listed = around.labels[around.next] if around.next < len(around.labels) else ""
            around.next += 1
        # Where the component around has labels, `value` is a key and no words.
        return listed if listed and not tag.said("title", "label") else tag.said(*SCOPES[tag.name])

    def close(self, name: str) -> str | None:
        """The marks that end a component and what was left open in it; None where it is not open."""
        for index in range(len(self._frames) - 1, max(len(self._frames) - NEAR, 0) - 1, -1):
            if self._frames[index].name == name:
                return self._drop(index)
        return None

    def close_all(self) -> str:
        return self._drop(0)

    def _drop(self, index: int) -> str:
        dropped = self._frames[index:]
        del self._frames[index:]
        scopes = sum(frame.scope for frame in dropped)
        self._depth -= scopes
        return f"\n\n{CLOSE}\n\n" * scopes
