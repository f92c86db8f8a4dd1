"""docutils' inline nodes → inline Markdown."""

from __future__ import annotations

from docutils import nodes

MARKS = {"strong": "**", "emphasis": "*"}
CODE = (nodes.literal, nodes.math, nodes.title_reference)


class Inliner:
    """Writes inline nodes of one document, whose substitutions and link targets it knows."""

    def __init__(self, document: nodes.document) -> None:
        self._substitutions = {str(name): node for name, node in document.substitution_defs.items()}
        self._addresses = {
            str(name): str(target["refuri"])
            for target in document.findall(nodes.target)
            if target.get("refuri")
            for name in target["names"]
        }
        self._open: set[str] = set()

    def plain(self, node: nodes.Node) -> str:
        if isinstance(node, nodes.substitution_reference):
            return self._substituted(node, plain=True)
        if isinstance(node, nodes.Element) and node.children:
            return "".join(self.plain(child) for child in node.children)
        return node.astext()

    def markdown(self, node: nodes.Node) -> str:
        """The node on one line; the white space inside is kept."""
        if isinstance(node, nodes.Text):
            # docutils keeps each backslash as NUL.
            return nodes.unescape(str(node))
        if isinstance(node, nodes.image):
            return str(node.get("alt") or "")
        if isinstance(node, CODE):
            return code(node.astext())
        if isinstance(node, nodes.substitution_reference):
            return self._substituted(node, plain=False)
        if isinstance(node, nodes.footnote_reference | nodes.citation_reference):
            return f"[{node.astext()}]" if node.astext() else ""
        if isinstance(node, nodes.raw | nodes.comment | nodes.system_message) or not isinstance(
            node, nodes.Element
        ):
            return ""
        inside = "".join(self.markdown(child) for child in node.children)
        if isinstance(node, nodes.reference):
            return self._link(node, inside)
        mark = MARKS.get(node.tagname)
        return f"{mark}{inside}{mark}" if mark and inside.strip() else inside

    def _link(self, node: nodes.reference, inside: str) -> str:
        address = str(node.get("refuri") or self._addresses.get(str(node.get("refname", "")), ""))
        if not address or address.removeprefix("mailto:") == inside:
            return inside
        return f"[{inside}]({address})"

    def _substituted(self, node: nodes.substitution_reference, *, plain: bool) -> str:
        """What `|name|` stands for; the name where the page defines none, or defines it by itself."""
        name = str(node.get("refname", ""))
        found = self._substitutions.get(name)
        if found is None or name in self._open:
            return node.astext()
        self._open.add(name)
        write = self.plain if plain else self.markdown
        text = "".join(write(child) for child in found.children)
        self._open.discard(name)
        return text or node.astext()


def code(text: str) -> str:
    words = " ".join(text.split())
    if not words:
        return ""
    return f"`{words}`" if "`" not in words else f"`` {words} ``"
