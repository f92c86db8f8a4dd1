"""docutils, made patient: what Sphinx and its extensions add loses no text and reports nothing.

Every directive but the few of docutils that have a form of their own becomes its argument and its content;
every role its text. Nothing is read from files or the network, nothing is registered beyond one document.
"""

from __future__ import annotations

from collections.abc import Callable
from re import Match

from docutils import frontend, nodes, utils
from docutils.parsers.rst import Directive, Parser, directives, states

OWN_FORM = frozenset(
    [
        *("csv-table", "figure", "image", "line-block", "list-table", "math", "parsed-literal", "replace"),
        *("table", "unicode"),
    ]
)
"""Directives that docutils reads itself."""
CODE = frozenset({"code", "code-block", "sourcecode", "code-tab", "prompt", "ipython", "doctest", "testcode"})
SILENT = frozenset(
    [
        *("class", "contents", "currentmodule", "date", "default-domain", "default-role", "footer", "header"),
        *("highlight", "include", "index", "literalinclude", "meta", "module", "raw", "role", "rst-class"),
        *("sectnum",),
        *("section-numbering", "tabularcolumns", "target-notes", "title", "testsetup", "testcleanup"),
    ]
)
"""Directives of which no reader sees a word that stands in the file."""
TABS = frozenset({"tab", "tab-item", "group-tab", "dropdown", "details", "collapse"})
PLAIN = frozenset(
    {"tab-set", "tabs", "only", "container", "compound", "grid", "epigraph", "highlights", "pull-quote"}
)
"""Directives that show their content alone."""
BARE = frozenset(
    [
        *("attention", "caution", "danger", "epigraph", "error", "highlights", "hint", "important", "note"),
        *("pull-quote", "seealso", "tab-set", "tabs", "tip", "todo", "toctree", "warning"),
    ]
)
TEXT_ROLES = frozenset(
    [
        *(
            "ref",
            "doc",
            "term",
            "guilabel",
            "menuselection",
            "abbr",
            "numref",
            "download",
            "any",
            "dfn",
            "index",
        ),
        *("emphasis", "strong", "sub", "subscript", "sup", "superscript", "title", "t", "abbreviation", "ac"),
    ]
)
"""Roles whose text is words; that of the others is code."""


class AnyOption(dict[str, Callable[[str], object]]):
    """Options of every name, with any value."""

    def __missing__(self, name: str) -> Callable[[str], object]:
        return str

    def __bool__(self) -> bool:
        return True


class Patient(Directive):
    """Any directive: its argument, then its content."""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = AnyOption()

    def run(self) -> list[nodes.Node]:
        name = self.name.lower()
        argument = " ".join(self.arguments[0].split()) if self.arguments else ""
        if name.rpartition(":")[2] in SILENT:
            return []
        if name in CODE:
            return self._code(argument)
        if name == "toctree":
            return self._contents()
        content = nodes.container()
        self.state.nested_parse(self.content, self.content_offset, content)
        if name in TABS:
            content["label"] = argument
            return [content]
        if name in PLAIN:
            return list(content.children)
        return [*self._title(name, argument), *content.children]

    def _title(self, name: str, argument: str) -> list[nodes.Node]:
        """`.. note:: text` → Note, text; `.. py:function:: f(x)` → its signature as code."""
        if (
            ":" in name
            or name.startswith("auto")
            or name in {"function", "class", "method", "option", "envvar"}
        ):
            lines = self.arguments[0].strip() if self.arguments else ""
            return [nodes.literal_block(lines, lines)] if lines else []
        words = nodes.paragraph()
        is_title = name in {"admonition", "topic", "sidebar", "rubric", "centered", "card", "grid-item-card"}
        if not is_title:
            words += nodes.strong("", name.replace("-", " ").capitalize())
            words += nodes.Text(" ")
        if argument:
            inlines, _ = self.state.inline_text(argument, self.lineno)
            words.extend([nodes.strong("", "", *inlines)] if is_title else inlines)
        return [words] if words.astext().strip() else []

    def _code(self, argument: str) -> list[nodes.Node]:
        language, _, label = argument.partition(" ")
        text = "\n".join(self.content)
        found: list[nodes.Node] = []
        caption = self.options.get("caption") or (label if self.name == "code-tab" else "")
        if caption:
            found.append(nodes.paragraph("", "", nodes.strong("", caption)))
        if text.strip():
            found.append(nodes.literal_block(text, text, language=language))
        return found

    def _contents(self) -> list[nodes.Node]:
        entries = nodes.bullet_list()
        for line in self.content:
            if line.strip():
                entries += nodes.list_item("", nodes.paragraph("", line.strip()))
        caption = self.options.get("caption")
        title = [nodes.paragraph("", "", nodes.strong("", caption))] if caption else []
        return [*title, *([entries] if entries.children else [])]


class Bare(Patient):
    """A directive without an argument: what stands behind its name begins the content."""

    optional_arguments = 0


class PatientInliner(states.Inliner):
    def interpreted(
        self, rawsource: str, text: str, role: str | None, lineno: int
    ) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """A role's text; of a link with a title, the title."""
        words = nodes.unescape(text).strip()
        name = (role or "").lower().rpartition(":")[2]
        title, angle, _ = words.rpartition("<")
        if angle and words.endswith(">") and title.strip():
            words = title.strip()
        elif role:
            words = words.lstrip("~!")
        if name in ("pep", "rfc"):
            return [nodes.Text(f"{name.upper()} {words}")], []
        if name in TEXT_ROLES:
            return [nodes.inline(rawsource, words)], []
        return [nodes.literal(rawsource, words)], []


def make_inliner() -> PatientInliner:
    """docutils takes parts of its patterns from the inliner's very class, not from its bases."""
    for name, value in vars(states.Inliner).items():
        if isinstance(value, str) and not name.startswith("__"):
            setattr(PatientInliner, name, value)
    return PatientInliner()


class PatientState(states.RSTState):
    """Mixed into each of docutils' states, so that nested ones are patient too."""

    def __init__(self, state_machine: states.RSTStateMachine, debug: bool = False) -> None:
        super().__init__(state_machine, debug)
        self.nested_sm_kwargs = {"state_classes": patient_states(), "initial_state": "Body"}


class PatientBody(PatientState, states.Body):
    """Mixed into the states that read directives."""

    def explicit_construct(self, match: Match[str]) -> tuple[list[nodes.Node], bool]:
        _, pattern = self.explicit.constructs[-1]
        found = pattern.match(match.string)
        if found:
            return self.directive(found)
        read: tuple[list[nodes.Node], bool] = super().explicit_construct(match)  # type: ignore[no-untyped-call]
        return read

    def directive(self, match: Match[str], **presets: object) -> tuple[list[nodes.Node], bool]:
        name = match.group(1).lower()
        found: type[Directive] = Bare if name in BARE else Patient
        if name in OWN_FORM:
            known, _ = directives.directive(name, self.memo.language, self.document)
            found = known or found
        read: tuple[list[nodes.Node], bool] = self.run_directive(  # type: ignore[no-untyped-call]
            found, match, match.group(1), presets
        )
        return read


_STATES: list[type[states.RSTState]] = []


def patient_states() -> list[type[states.RSTState]]:
    if not _STATES:
        for state in states.state_classes:
            mixed = PatientBody if issubclass(state, states.Body) else PatientState
            _STATES.append(type(state.__name__, (mixed, state), {}))
    return _STATES


def read_tree(text: str) -> nodes.document:
    """The tree of one document. May raise what docutils raises on markup that it cannot read."""
    settings = frontend.get_default_settings(Parser)
    settings.file_insertion_enabled = False
    settings.raw_enabled = False
    settings.report_level = 5
    settings.halt_level = 5
    settings.warning_stream = False
    settings.syntax_highlight = "none"
    document = utils.new_document("document", settings)
    parser = Parser(inliner=make_inliner())
    parser.state_classes = patient_states()
    parser.parse(text, document)
    return document
