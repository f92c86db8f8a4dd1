"""What two texts have in common, by their words; blocks and sentences of Markdown, cut and never changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

_WORD = re.compile(r"\w+")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")
_SENTENCE_END = re.compile(r"(?<=[.!?。！？])\s+|(?<=[。！？])|\n(?=[ \t]*(?:[-*+]|\d+[.)])[ \t])")
_STOP = re.compile(
    "a|an|and|are|as|at|be|by|can|do|does|for|from|has|have|how|i|if|in|into|is|it|its|me|my|of|on|or|our|should|"
    "so|than|that|the|their|them|there|these|they|this|to|use|using|via|want|was|we|what|when|where|which|who|why|"
    "will|with|would|you|your"
)
_PLURAL = re.compile(r"(?<=\w\w)(?:ies|(?<![s\d])s)$")
_STEM = 7


def words(text: str) -> frozenset[str]:
    """The words that carry meaning, folded so that "configure" and "configuration" are one.

    Identifiers stay whole and also give their parts; scripts written without blanks give pairs of characters.
    """
    return frozenset(_fold(text))


def _fold(text: str) -> Iterator[str]:
    for match in _WORD.finditer(text.casefold()):
        yield from _fold_word(match.group())


@lru_cache(maxsize=50_000)
def _fold_word(word: str) -> tuple[str, ...]:
    if _CJK.search(word):
        return tuple(word[i : i + 2] for i in range(max(1, len(word) - 1)))
    if word.isalpha():
        return () if _STOP.fullmatch(word) else (_stem(word),)
    parts = (_stem(part) for part in word.split("_") if part.isalpha() and not _STOP.fullmatch(part))
    return (word, *parts)


def _stem(word: str) -> str:
    # A prefix serves every language alike, and for overlap it serves as well as a stemmer.
    return _PLURAL.sub(lambda match: "y" if match.group() == "ies" else "", word)[:_STEM]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list, table or heading (`prose`), or a fence with its fence lines (`code`)."""

    kind: Literal["prose", "code"]
    text: str


def split_blocks(text: str) -> tuple[Block, ...]:
    """Markdown cut at blank lines and around fences; an unclosed fence runs to the end."""
    blocks: list[Block] = []
    lines: list[str] = []
    fence = ""

    def end(kind: Literal["prose", "code"]) -> None:
        if any(line.strip() for line in lines):
            blocks.append(Block(kind, "\n".join(lines).strip("\n")))
        lines.clear()

    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if fence:
            lines.append(line)
            if mark and mark.group(1).startswith(fence) and not line.strip().strip(fence[0]):
                end("code")
                fence = ""
        elif mark:
            end("prose")
            lines.append(line)
            fence = mark.group(1)
        elif line.strip():
            lines.append(line)
        else:
            end("prose")
    end("code" if fence else "prose")
    return tuple(blocks)


def sentence_spans(block: Block) -> tuple[tuple[int, int], ...]:
    """Where the block's sentences lie in its text; the lines of code and of tables, fence lines left out."""
    text = block.text
    if block.kind == "code" or text.lstrip().startswith("|"):
        cuts = [match.span() for match in re.finditer("\n", text)]
    else:
        cuts = [match.span() for match in _SENTENCE_END.finditer(text)]
    starts = [0, *(end for _, end in cuts)]
    ends = [*(start for start, _ in cuts), len(text)]
    spans = zip(starts, ends, strict=True)
    return tuple((start, end) for start, end in spans if not _empty(text[start:end], block.kind))


def _empty(line: str, kind: str) -> bool:
    return not line.strip() or (kind == "code" and _FENCE.match(line) is not None)


def last_sentence(text: str) -> str:
    """The sentence that a mark at the end of the text belongs to, earlier marks left out."""
    bare = re.sub(r"\[\d+\]", " ", text.rpartition("\n\n")[2]).rstrip(" \t\n.!?。！？:*_")
    return re.split(r"(?<=[.!?。！？])\s+|\n", bare)[-1].strip()
