"""An answer without a language model: the passage that answers, quoted. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bot.core import policy
from bot.core.citations import MarkFilter, make_citation
from bot.core.markdown import escape, place
from bot.core.models import Citation, Passage
from bot.core.words import Block, split_blocks, words

_RELEVANT = 0.5
"""Of the best passage's share of the question's words: what a page needs to be named beside it."""


@dataclass(frozen=True, slots=True)
class Extract:
    """A quotation and the sources it names; the first is the page quoted."""

    text: str
    citations: tuple[Citation, ...]


def extract_answer(question: str, passages: Sequence[Passage]) -> Extract:
    """Quotes the best passage and names up to two more pages that share the question's words.

    `passages`: at least one, best first.
    """
    best = passages[0]
    cited = [best, *_others(question, passages)]
    citations = tuple(make_citation(n, passage, question) for n, passage in enumerate(cited, start=1))
    # The quotation stands as it is below a line that says what it is, and not as a block quote: chat
    # platforms show code fences inside block quotes badly or not at all.
    parts = [
        f"The documentation says under *{escape(place(best))}* [1]:",
        quote_passage(question, best, passages),
    ]
    if len(citations) > 1:
        parts.append("See also " + " ".join(f"[{citation.number}]" for citation in citations[1:]))
    return Extract("\n\n".join(parts), citations)


def quote_passage(question: str, passage: Passage, passages: Sequence[Passage] = ()) -> str:
    """The consecutive blocks of a passage that stand closest to the question, within the policy's limits."""
    blocks = split_blocks(passage.text)
    if not blocks:
        return ""
    weights = _weigh(words(question), [*passages, passage])
    first, last = _grow(blocks, *_closest(blocks, weights))
    quoted = "\n\n".join(_fit(block) for block in blocks[first : last + 1])
    # A page's own footnote marks would pass for marks of this answer.
    marks = MarkFilter(0)
    return (marks.feed(quoted) + marks.finish() + marks.closing).strip("\n")


def _weigh(wanted: frozenset[str], passages: Sequence[Passage]) -> dict[str, float]:
    """The question's words with their weight: rare ones among the blocks found count more."""
    held = [words(block.text) for passage in passages for block in split_blocks(passage.text)]
    return {word: math.log(1 + len(held) / (1 + sum(word in block for block in held))) for word in wanted}


def _closest(blocks: Sequence[Block], weights: dict[str, float]) -> tuple[int, int]:
    """The window with most of the question's words in least text; the beginning where none has any."""
    found = [words(block.text) & weights.keys() for block in blocks]
    total = sum(weights.values()) or 1.0
    best, score = (0, 0), 0.0
    for first in range(len(blocks)):
        covered: frozenset[str] = frozenset()
        length = 0
        for last in range(first, len(blocks)):
            covered |= found[last]
            length += _length(blocks[last])
            if length > policy.EXTRACT_CHARACTERS and last > first:
                break
            value = sum(weights[word] for word in covered) / total - 0.3 * length / policy.EXTRACT_CHARACTERS
            if covered and value > score:
                best, score = (first, last), value
    return best


def _grow(blocks: Sequence[Block], first: int, last: int) -> tuple[int, int]:
    """Takes in what belongs to the window: the sentence before a code block, the code behind a sentence."""
    length = sum(_length(block) for block in blocks[first : last + 1])

    def room(i: int) -> bool:
        # One code block may go beyond the limit: the text that announces it is nothing without it.
        return 0 <= i < len(blocks) and length + _beyond(blocks[i]) <= policy.EXTRACT_CHARACTERS

    if (blocks[first].kind == "code" or _heads(blocks[first - 1])) and room(first - 1):
        first -= 1
        length += _length(blocks[first])
    while room(last + 1) and (
        blocks[last + 1].kind == "code" or _heads(blocks[last]) or length < policy.EXTRACT_LEAST
    ):
        last += 1
        length += _length(blocks[last])
    return first, last


def _heads(block: Block) -> bool:
    """Whether it announces the block that follows."""
    return (block.kind == "prose" and block.text.rstrip().endswith((":", "："))) or block.text.startswith("#")


def _limit(block: Block) -> int:
    return policy.FENCE_CHARACTERS if block.kind == "code" else policy.EXTRACT_CHARACTERS


def _length(block: Block) -> int:
    return min(len(block.text), _limit(block))


def _beyond(block: Block) -> int:
    return 0 if block.kind == "code" else _length(block)


def _fit(block: Block) -> str:
    """A block that alone is too long, cut at a line or a word, its fence closed."""
    limit = _limit(block)
    if len(block.text) <= limit:
        return block.text
    head = block.text[:limit]
    cut = head.rpartition("\n")[0] or head.rpartition(" ")[0] or head
    if block.kind == "prose":
        return f"{cut} …"
    fence = block.text.lstrip()
    mark = fence[: len(fence) - len(fence.lstrip(fence[0]))]
    return f"{cut}\n…\n{mark}"


def _others(question: str, passages: Sequence[Passage]) -> list[Passage]:
    wanted = words(question)

    def share(passage: Passage) -> int:
        return len(wanted & words(f"{passage.title} {passage.heading} {passage.text}"))

    least = max(1.0, _RELEVANT * share(passages[0]))
    others: dict[str, Passage] = {}
    for passage in passages[1:]:
        if (passage.source, passage.path) != (passages[0].source, passages[0].path) and share(
            passage
        ) >= least:
            others.setdefault(passage.path, passage)
    return list(others.values())[: policy.NEAREST_PAGES - 1]
