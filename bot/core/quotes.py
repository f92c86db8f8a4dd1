"""The words of a page that stand closest to a claim."""

from __future__ import annotations

import re

from bot.core import policy, words


def find_quote(text: str, claim: str) -> str:
    """One or two sentences of the text that share most words with the claim, to the letter; may be empty.

    The first ones where none shares a word. At most `policy.QUOTE_CHARACTERS`.
    """
    wanted = words.words(claim)
    best, score = "", -1.0
    for block in words.split_blocks(text):
        spans = words.sentence_spans(block)
        for i, (start, end) in enumerate(spans):
            for stop in (end, spans[i + 1][1] if i + 1 < len(spans) else end):
                candidate = _bare(block.text[start:stop])
                if not candidate or (stop != end and len(candidate) > policy.QUOTE_CHARACTERS):
                    continue
                shared = len(wanted & words.words(candidate)) - len(candidate) / 1_000
                if shared > score or not best:
                    best, score = candidate, shared
    return _cut(best)


def _bare(sentence: str) -> str:
    return re.sub(r"^(?:[ \t]*(?:[-*+>|]|#{1,6}|\d+[.)])[ \t]+)+", "", sentence.strip()).rstrip("| \t")


def _cut(quote: str) -> str:
    if len(quote) <= policy.QUOTE_CHARACTERS:
        return quote
    head, blank, _ = quote[: policy.QUOTE_CHARACTERS].rpartition(" ")
    return head if blank else quote[: policy.QUOTE_CHARACTERS]
