"""Markdown as Slack's own markup, for the places that take no Markdown: sections, notifications."""

from __future__ import annotations

import re

from markdown_it.tree import SyntaxTreeNode

from bot.slack.markup.safety import OPEN, SlackRules
from bot.text.links import is_honest, read_target
from bot.text.markup import align, plain_cell, plain_node, read_markdown
from bot.text.rules import BREAK, guard_code

_MARKS = {"strong": "*", "em": "_", "s": "~"}
_COMMAND = re.compile(rf"(?:{OPEN.pattern})(?=[!@#])")


def to_mrkdwn(markdown: str) -> str:
    """Safe for Slack whatever stands in it; text that is no markup is escaped."""
    return _blocks(read_markdown(markdown), "\n\n").strip("\n")


def escape(text: str) -> str:
    """Plain text in Slack's markup: it is shown as it is, and is no command even if it is decoded twice."""
    return _escape(break_commands(text))


def break_commands(text: str) -> str:
    """Plain text in which Slack would read nothing even where it read plain text."""
    return _COMMAND.sub(rf"\g<0>{BREAK}", text)


def _escape_code(text: str) -> str:
    """As `escape`, with nothing invisible in what is copied but where Slack would read it."""
    return _escape(guard_code(text, SlackRules()))


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _blocks(node: SyntaxTreeNode, between: str) -> str:
    return between.join(filter(None, map(_block, node.children)))


def _block(node: SyntaxTreeNode) -> str:
    match node.type:
        case "heading":
            text = _inline(node, bold=True)
            return f"*{text}*" if text.strip() else ""
        case "fence" | "code_block":
            return _fence(node.content)
        case "blockquote":
            return "\n".join(f"> {line}" for line in _blocks(node, "\n\n").split("\n"))
        case "bullet_list" | "ordered_list":
            return _list(node)
        case "table":
            rows = [row for part in node.children for row in part.children]
            return _fence(align([[plain_cell(cell) for cell in row.children] for row in rows]))
        case "hr":
            return "———"
        case "paragraph":
            # A `>` that begins a line is a quote to Slack, escaped or not.
            return re.sub(r"^(?=&gt;)", BREAK, _inline(node), flags=re.MULTILINE)
        case _:
            return _blocks(node, "\n\n") if node.children else escape(node.content)


def _list(node: SyntaxTreeNode) -> str:
    first = int(node.attrs.get("start", 1))
    items = []
    for number, item in enumerate(node.children, first):
        mark = f"{number}. " if node.type == "ordered_list" else "• "
        items.append(mark + _blocks(item, "\n").replace("\n", "\n    "))
    return "\n".join(items)


def _fence(content: str) -> str:
    body = _escape_code(content.strip("\n")).replace("```", BREAK.join("```"))
    return f"```\n{body}\n```"


def _inline(node: SyntaxTreeNode, *, bold: bool = False) -> str:
    text = ""
    for child in node.children:
        piece = _inline(child, bold=bold) if child.type == "inline" else _span(child, bold=bold)
        # Slack reads its marks at the border of a word only.
        marked = piece[:1] in "*_~`" and child.type != "text"
        glued = (marked and text[-1:].isalnum()) or (text[-1:] in set("*_~`") and piece[:1].isalnum())
        text += f"{BREAK if glued else ''}{piece}"
    return text


def _span(node: SyntaxTreeNode, *, bold: bool) -> str:
    match node.type:
        case "text":
            return escape(node.content)
        case "softbreak" | "hardbreak":
            return "\n"
        case "code_inline":
            code = _escape_code(node.content).replace("`", "ˋ")
            return f"`{code}`" if code.strip() else code
        case "strong" | "em" | "s":
            text = _inline(node, bold=bold or node.type == "strong")
            mark = "" if bold and node.type == "strong" else _MARKS[node.type]
            return f"{mark}{text}{mark}" if text.strip() else text
        case "link" | "image":
            return _link(node)
        case _:
            return escape(node.content)


def _link(node: SyntaxTreeNode) -> str:
    face = " ".join(plain_node(node).split())
    address = node.attrs.get("src" if node.type == "image" else "href", "")
    target = read_target(str(address))
    if target is None:
        return escape(face)
    if not face or face == target:
        return f"<{escape(target)}>"
    if not is_honest(face, target):
        return f"{escape(face)} (<{escape(target)}>)"
    return f"<{escape(target)}|{escape(face).replace('|', '¦')}>"
