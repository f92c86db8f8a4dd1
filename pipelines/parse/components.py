"""What a reader sees of the components of Nextra, Docusaurus, Mintlify, Starlight and Fumadocs, and of HTML's
elements."""

from __future__ import annotations

from pipelines.parse.tags import Tag

SCOPES = {
    "Tab": ("title", "label", "name", "value"),
    "Tabs.Tab": ("title", "label", "name", "value"),
    "TabItem": ("label", "title", "value"),
    "Tabs.Item": ("title", "label", "value"),
    "TabPanel": ("title", "label", "value"),
    "TabsContent": ("title", "label", "value"),
    "CodeTab": ("title", "label", "value"),
    "Accordion": ("title", "label", "name"),
    "AccordionItem": ("title", "label", "header", "name"),
    "Collapse": ("title", "label"),
    "Collapsible": ("title", "label"),
    "Expandable": ("title", "label"),
    "ExpandableSection": ("title", "label"),
    "Details": ("title", "summary", "label"),
    "Step": ("title", "label", "name"),
    "Steps.Step": ("title", "label", "name"),
    "Update": ("label", "title"),
}
"""Components whose label stands over what is inside, as a heading does, and the attributes that hold it."""

FIELDS = frozenset({"ParamField", "ResponseField", "Property", "TypeTable.Field"})
"""Components that describe one parameter: name, type and default are seen."""
FIELD_WORDS = ("path", "query", "body", "header", "name", "type", "default")

SEEN = ("title", "label", "name", "heading", "caption", "summary", "description", "tip", "alt", "text")
"""Attributes of any other component that are written on the page."""

TRANSPARENT = frozenset(
    [
        *("AccordionGroup", "Accordions", "Admonition", "Aside", "Badge", "Callout", "Card"),
        *("CardGrid", "CardGroup", "Cards", "Cards.Card", "Caution", "Check", "CodeBlock"),
        *("CodeGroup", "Columns", "Column", "Danger", "FileTree", "FileTree.File", "FileTree.Folder"),
        *("Files", "File", "Folder", "Frame", "Grid", "Icon", "Info", "LinkCard", "LinkButton"),
        *("Note", "Panel", "RequestExample", "ResponseExample", "Snippet", "Steps", "Success"),
        *("Tabs", "TabList", "TabbedContent", "Tile", "Tiles", "Tip", "Tooltip", "Tree"),
        *("UniversalTabs", "View", "Warning", "Fragment", "Image", "Link", "Banner", "Button"),
        *("Head", "Hero"),
    ]
)
"""Components that are recognised in a file that is not known to be MDX."""

INLINE = frozenset(
    [
        *("a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font"),
        *("i", "img", "ins", "kbd", "label", "mark", "q", "rp", "rt", "ruby", "s", "samp", "small"),
        *("span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"),
    ]
)
BLOCK = frozenset(
    [
        *("address", "article", "aside", "blockquote", "body", "br", "caption", "center", "col"),
        *("colgroup", "dd", "details", "dialog", "div", "dl", "dt", "fieldset", "figcaption"),
        *("figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hgroup"),
        *("hr", "html", "iframe", "legend", "li", "link", "main", "menu", "meta", "nav", "ol"),
        *("optgroup", "option", "p", "picture", "pre", "section", "summary", "table", "tbody", "td"),
        *("tfoot", "th", "thead", "tr", "ul", "video", "audio", "script", "style", "svg", "template"),
        *("noscript", "button", "input", "select", "textarea", "canvas", "object", "embed"),
    ]
)
AMBIGUOUS = {"source": ("src", "srcset", "media", "type"), "data": ("value",), "summary": (), "title": ()}
"""Names of elements that pages on XML and on prompts use as plain words, and the attributes without which
they are taken as words. `<summary>` is an element inside `<details>` only."""
HIDDEN = frozenset({"script", "style", "svg", "template", "head", "iframe", "object", "canvas"})
"""Elements of whose inside a reader sees no word."""


def is_markup(tag: Tag, *, mdx: bool, details: bool) -> bool:
    """Whether a tag is one that the reader does not see.

    In MDX every tag is. In Markdown it is when HTML or a documentation generator knows its name:
    `<your-token>` and `List<String>` are words there. `details` says that a `<details>` is open.
    """
    if mdx:
        return True
    name = tag.name
    if name in SCOPES or name in TRANSPARENT:
        return True
    if name in AMBIGUOUS:
        return details if name == "summary" else any(word in tag.attributes for word in AMBIGUOUS[name])
    return name.lower() in INLINE or name.lower() in BLOCK


def visible(tag: Tag) -> str:
    """The words of a tag that are written on the page, as Markdown."""
    name = tag.name
    if name[:1].islower():
        return tag.said("alt") if name in ("img", "area", "input") else ""
    if name in FIELDS:
        return " ".join(f"`{word}`" for word in (tag.said(field) for field in FIELD_WORDS) if word)
    if name in ("Image", "Icon"):
        return tag.said("alt", "caption")
    words = [tag.said(seen) for seen in SEEN]
    kept = list(dict.fromkeys(word for word in words if word))
    if not kept:
        return ""
    address = tag.said("href", "to", "url")
    first = kept[0]
    if tag.said("title", "label", "heading"):
        first = f"[{first}]({address})" if address and " " not in address else f"**{first}**"
    return " ".join([first, *kept[1:]])
