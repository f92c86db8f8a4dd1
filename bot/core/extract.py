"""An answer without a language model: the passage that answers, quoted. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core import policy
from bot.core.citations import MarkFilter, make_citation
from bot.core.markdown import escape, place
from bot.core.models import Citation, Passage
from bot.core.words import Block, split_blocks, words

_RELEVANT = 0.5
"""Of the best passage's share of the question's words: what another one needs to be quoted or named too."""
_LENGTH_COST = 0.3
"""Of the question's whole weight: what a quotation of full length must gain over one of no length."""


@dataclass(frozen=True, slots=True)
class Extract:
    """A quotation and the sources it names; the first is the page quoted."""

    text: str
    citations: tuple[Citation, ...]


def extract_answer(question: str, passages: Sequence[Passage]) -> Extract:
    """Quotes the best passage, the next one too where the first is short, and names further pages.

    `passages`: at least one, best first. Only passages that share the question's words come after the first.
    """
    relevant = _relevant(question, passages)
    quoted = _quote(question, relevant, passages)
    pages = {(passage.source, passage.path) for passage in relevant[: len(quoted)]}
    named = list(relevant[: len(quoted)])
    for passage in relevant[len(quoted) :]:
        if (passage.source, passage.path) not in pages:
            pages.add((passage.source, passage.path))
            named.append(passage)
    citations = tuple(
        make_citation(number, passage, question)
        for number, passage in enumerate(named[: policy.NEAREST_PAGES], start=1)
    )
    parts = [_introduce(number, named[number - 1], text) for number, text in enumerate(quoted, start=1)]
    further = [f"[{citation.number}]" for citation in citations[len(quoted) :]]
    if further:
        parts.append("See also " + " ".join(further))
    return Extract("\n\n".join(parts), citations)


def _quote(question: str, relevant: Sequence[Passage], passages: Sequence[Passage]) -> list[str]:
    first = quote_passage(question, relevant[0], passages)
    left = policy.EXTRACT_CHARACTERS - len(first)
    if len(relevant) < 2 or left < policy.SECOND_CHARACTERS:
        return [first]
    second = quote_passage(question, relevant[1], passages, limit=left)
    whole = len(first) + len(second) <= policy.FENCE_CHARACTERS
    return [first, second] if second and whole else [first]


def _introduce(number: int, passage: Passage, quoted: str) -> str:
    # The quotation stands as it is below a line that says what it is, and not as a block quote: chat
    # platforms show code fences inside block quotes badly or not at all.
    opening = "The documentation says" if number == 1 else "And"
    return f"{opening} under *{escape(place(passage))}* [{number}]:\n\n{quoted}"


def _relevant(question: str, passages: Sequence[Passage]) -> list[Passage]:
    wanted = words(question)
    shares = [len(wanted & words(f"{p.title} {p.heading} {p.text}")) for p in passages]
    least = max(1.0, _RELEVANT * shares[0])
    rest = zip(passages[1:], shares[1:], strict=True)
    return [passages[0], *(passage for passage, share in rest if share >= least)]


def quote_passage(
    question: str,
    passage: Passage,
    passages: Sequence[Passage] = (),
    *,
    limit: int = policy.EXTRACT_CHARACTERS,
) -> str:
    """The consecutive blocks of a passage that stand closest to the question, at most `limit` characters.

    One code block may go beyond it, to `policy.FENCE_CHARACTERS`. `passages`: what else was found; it tells
    which of the question's words are rare.
    """
    blocks = split_blocks(passage.text)
    if not blocks:
        return ""
    weights = _weigh(words(question), [*passages, passage])
    first, last = _grow(blocks, *_closest(blocks, weights, limit), limit)
    quoted = "\n\n".join(_fit(block, weights, limit) for block in blocks[first : last + 1])
    # A page's own footnote marks would pass for marks of this answer.
    marks = MarkFilter(0)
    return (marks.feed(quoted) + marks.finish() + marks.closing).strip("\n")


def _weigh(wanted: frozenset[str], passages: Sequence[Passage]) -> dict[str, float]:
    """The question's words with their weight: rare ones among the blocks found count more."""
    held = [words(block.text) for passage in passages for block in split_blocks(passage.text)]
    return {word: math.log(1 + len(held) / (1 + sum(word in block for block in held))) for word in wanted}


def _closest(blocks: Sequence[Block], weights: Mapping[str, float], limit: int) -> tuple[int, int]:
    """The window with most of the question's words in least text; the beginning where none has any."""
    found = [words(block.text) & weights.keys() for block in blocks]
    total = sum(weights.values()) or 1.0
    best, score = (0, 0), 0.0
    for first in range(len(blocks)):
        covered: frozenset[str] = frozenset()
        length = 0
        for last in range(first, len(blocks)):
            covered |= found[last]
            length += _length(blocks[last], limit)
            if length > limit and last > first:
                break
            value = sum(weights[word] for word in covered) / total - _LENGTH_COST * length / limit
            if covered and value > score:
                best, score = (first, last), value
    return best


def _grow(blocks: Sequence[Block], first: int, last: int, limit: int) -> tuple[int, int]:
    """Takes in what belongs to the window: the sentence before a code block, the code behind a sentence."""
    length = sum(_length(block, limit) for block in blocks[first : last + 1])

    def room(i: int) -> bool:
        if not 0 <= i < len(blocks):
            return False
        # One code block may go beyond the limit: the text that announces it is nothing without it.
        return length + (0 if blocks[i].kind == "code" else _length(blocks[i], limit)) <= limit

    if (blocks[first].kind == "code" or _heads(blocks[first - 1])) and room(first - 1):
        first -= 1
        length += _length(blocks[first], limit)
    while room(last + 1) and (
        blocks[last + 1].kind == "code" or _heads(blocks[last]) or length < policy.EXTRACT_LEAST
    ):
        last += 1
        length += _length(blocks[last], limit)
    return first, last


def _heads(block: Block) -> bool:
    """Whether it announces the block that follows."""
    return (block.kind == "prose" and block.text.rstrip().endswith((":", "："))) or block.text.startswith("#")


def _length(block: Block, limit: int) -> int:
    return min(len(block.text), policy.FENCE_CHARACTERS if block.kind == "code" else limit)


def _fit(block: Block, weights: Mapping[str, float], limit: int) -> str:
    """The block, or what is most to the point of one that alone is too long: no fence stays open."""
    room = _length(block, limit)
    if len(block.text) == room:
        return block.text
    if block.kind == "prose" and block.text.lstrip().startswith("|"):
        return _fit_table(block.text.split("\n"), weights, room)
    head = block.text[:room]
    cut = head.rpartition("\n")[0] or head.rpartition(" ")[0] or head
    if block.kind == "prose":
        return f"{cut} …"
    fence = block.text.lstrip()
    mark = fence[: len(fence) - len(fence.lstrip(fence[0]))]
    return f"{cut}\n…\n{mark}"


def _fit_table(rows: Sequence[str], weights: Mapping[str, float], room: int) -> str:
    """A table's head and, in their order, the rows that share most with the question."""
    head = 2 if len(rows) > 1 and not rows[1].strip("|:- \t") else 0
    value = {i: sum(weights[w] for w in words(rows[i]) & weights.keys()) for i in range(head, len(rows))}
    kept = list(range(head))
    left = room - sum(len(rows[i]) + 1 for i in kept)
    for i in sorted(value, key=lambda i: -value[i]):
        left -= len(rows[i]) + 1
        if left < 0:
            break
        kept.append(i)
    return "\n".join(rows[i] for i in sorted(kept)) or rows[0][:room]
