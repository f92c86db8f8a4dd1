"""HTML → a tree, with the end tags that HTML lets an author leave out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bs4 import BeautifulSoup, Tag

if TYPE_CHECKING:
    from bs4._typing import _RawAttributeValues

CLOSED_BY = {
    "li": ({"li"}, {"ul", "ol", "menu"}),
    "dt": ({"dt", "dd"}, {"dl"}),
    "dd": ({"dt", "dd"}, {"dl"}),
    "td": ({"td", "th"}, {"tr", "table"}),
    "th": ({"td", "th"}, {"tr", "table"}),
    "tr": ({"tr", "td", "th"}, {"table"}),
    "tbody": ({"tbody", "thead"}, {"table"}),
    "tfoot": ({"tbody", "thead"}, {"table"}),
    "option": ({"option"}, {"select"}),
}
"""Beginning one of these ends the open ones of the first set, up to the nearest of the second."""
ENDS_PARAGRAPH = frozenset(
    [
        *(
            "address",
            "article",
            "aside",
            "blockquote",
            "details",
            "div",
            "dl",
            "fieldset",
            "figure",
            "footer",
        ),
        *(
            "form",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "header",
            "hr",
            "main",
            "nav",
            "ol",
            "p",
            "pre",
            "section",
        ),
        *("table", "ul"),
    ]
)
HOLDS_PARAGRAPH = {"td", "th", "li", "dd", "div", "section", "article", "blockquote", "button", "main"}
PARAGRAPH = {"p"}
NOTHING: tuple[set[str], set[str]] = (set(), set())
NEAR = 30
"""Open elements, innermost first, among which one that must end is looked for."""


class Tree(BeautifulSoup):
    """A document's tree; `Tree(text, "html.parser")`."""

    def handle_starttag(
        self,
        name: str,
        namespace: str | None,
        nsprefix: str | None,
        attrs: _RawAttributeValues,
        sourceline: int | None = None,
        sourcepos: int | None = None,
        namespaces: dict[str, str] | None = None,
    ) -> Tag | None:
        for ended in self._ended_by(name):
            self.handle_endtag(ended)
        return super().handle_starttag(name, namespace, nsprefix, attrs, sourceline, sourcepos, namespaces)

    def _ended_by(self, name: str) -> list[str]:
        """Names of the open elements that end where one of this name begins, innermost first."""
        closed, stops = CLOSED_BY.get(name, NOTHING)
        if name in ENDS_PARAGRAPH:
            closed, stops = PARAGRAPH, HOLDS_PARAGRAPH
        if not closed:
            return []
        ended: list[str] = []
        for tag in self.tagStack[: -NEAR - 1 : -1]:
            if tag.name in stops:
                break
            if tag.name in closed:
                ended.append(tag.name)
        return ended
